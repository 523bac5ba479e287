package keeper

import (
	"context"

	"github.com/agon-chain/agon/x/model/types"
)

type msgServer struct{ k *Keeper }

// NewMsgServer returns the service that changes the module's state.
func NewMsgServer(k *Keeper) types.MsgServer { return msgServer{k} }

func (s msgServer) CreateModel(ctx context.Context, m *types.MsgCreateModel) (*types.MsgCreateModelResponse, error) {
	if err := s.k.createModel(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgCreateModelResponse{}, nil
}

func (s msgServer) DescribeModel(ctx context.Context, m *types.MsgDescribeModel) (*types.MsgDescribeModelResponse, error) {
	if err := s.k.describeModel(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgDescribeModelResponse{}, nil
}

func (s msgServer) OfferModel(ctx context.Context, m *types.MsgOfferModel) (*types.MsgOfferModelResponse, error) {
	if err := s.k.offerModel(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgOfferModelResponse{}, nil
}

func (s msgServer) AcceptModel(ctx context.Context, m *types.MsgAcceptModel) (*types.MsgAcceptModelResponse, error) {
	if err := s.k.acceptModel(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgAcceptModelResponse{}, nil
}

func (s msgServer) CancelModelOffer(ctx context.Context, m *types.MsgCancelModelOffer) (*types.MsgCancelModelOfferResponse, error) {
	if err := s.k.cancelOffer(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgCancelModelOfferResponse{}, nil
}

func (s msgServer) ReserveRoot(ctx context.Context, m *types.MsgReserveRoot) (*types.MsgReserveRootResponse, error) {
	expiresAt, err := s.k.reserve(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgReserveRootResponse{ExpiresAt: expiresAt}, nil
}

func (s msgServer) PublishVersion(ctx context.Context, m *types.MsgPublishVersion) (*types.MsgPublishVersionResponse, error) {
	return s.k.publish(ctx, m)
}

func (s msgServer) DeprecateVersion(ctx context.Context, m *types.MsgDeprecateVersion) (*types.MsgDeprecateVersionResponse, error) {
	if err := s.k.deprecate(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgDeprecateVersionResponse{}, nil
}

func (s msgServer) BindVersion(ctx context.Context, m *types.MsgBindVersion) (*types.MsgBindVersionResponse, error) {
	uid, err := s.k.bind(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgBindVersionResponse{Uid: uid}, nil
}

func (s msgServer) UnbindVersion(ctx context.Context, m *types.MsgUnbindVersion) (*types.MsgUnbindVersionResponse, error) {
	barredUntil, err := s.k.unbind(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgUnbindVersionResponse{BarredUntil: barredUntil}, nil
}

func (s msgServer) AnswerChallenge(ctx context.Context, m *types.MsgAnswerChallenge) (*types.MsgAnswerChallengeResponse, error) {
	if err := s.k.answer(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgAnswerChallengeResponse{}, nil
}

func (s msgServer) UpdateParams(ctx context.Context, m *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if err := s.k.updateParams(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{}, nil
}
