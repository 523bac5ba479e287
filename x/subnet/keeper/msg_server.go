package keeper

import (
	"context"

	"github.com/agon-chain/agon/x/subnet/types"
)

type msgServer struct{ k *Keeper }

// NewMsgServer returns the service that changes the module's state.
func NewMsgServer(k *Keeper) types.MsgServer { return msgServer{k} }

func (s msgServer) CreateSubnet(ctx context.Context, m *types.MsgCreateSubnet) (*types.MsgCreateSubnetResponse, error) {
	netuid, cost, err := s.k.createSubnet(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgCreateSubnetResponse{Netuid: netuid, Cost: cost}, nil
}

func (s msgServer) Register(ctx context.Context, m *types.MsgRegister) (*types.MsgRegisterResponse, error) {
	out, err := s.k.register(ctx, m)
	if err != nil {
		return nil, err
	}
	return &out, nil
}

func (s msgServer) ClaimCollateral(ctx context.Context, m *types.MsgClaimCollateral) (*types.MsgClaimCollateralResponse, error) {
	paid, held, err := s.k.claimCollateral(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgClaimCollateralResponse{Paid: paid, Held: held}, nil
}

func (s msgServer) ServeAxon(ctx context.Context, m *types.MsgServeAxon) (*types.MsgServeAxonResponse, error) {
	if err := s.k.serveAxon(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgServeAxonResponse{}, nil
}

func (s msgServer) CommitData(ctx context.Context, m *types.MsgCommitData) (*types.MsgCommitDataResponse, error) {
	if err := s.k.commitData(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgCommitDataResponse{}, nil
}

func (s msgServer) SetIdentity(ctx context.Context, m *types.MsgSetIdentity) (*types.MsgSetIdentityResponse, error) {
	if err := s.k.setIdentity(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgSetIdentityResponse{}, nil
}

func (s msgServer) UpdateSubnetIdentity(ctx context.Context, m *types.MsgUpdateSubnetIdentity) (*types.MsgUpdateSubnetIdentityResponse, error) {
	if err := s.k.updateSubnetIdentity(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgUpdateSubnetIdentityResponse{}, nil
}

func (s msgServer) UpdateHyperparams(ctx context.Context, m *types.MsgUpdateHyperparams) (*types.MsgUpdateHyperparamsResponse, error) {
	effective, err := s.k.updateHyperparams(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgUpdateHyperparamsResponse{EffectiveAt: effective}, nil
}

func (s msgServer) CancelHyperparams(ctx context.Context, m *types.MsgCancelHyperparams) (*types.MsgCancelHyperparamsResponse, error) {
	if err := s.k.cancelHyperparams(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgCancelHyperparamsResponse{}, nil
}

func (s msgServer) UpdateTaskParams(ctx context.Context, m *types.MsgUpdateTaskParams) (*types.MsgUpdateTaskParamsResponse, error) {
	if err := s.k.updateTaskParams(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgUpdateTaskParamsResponse{}, nil
}

func (s msgServer) OfferOwnership(ctx context.Context, m *types.MsgOfferOwnership) (*types.MsgOfferOwnershipResponse, error) {
	if err := s.k.offerOwnership(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgOfferOwnershipResponse{}, nil
}

func (s msgServer) AcceptOwnership(ctx context.Context, m *types.MsgAcceptOwnership) (*types.MsgAcceptOwnershipResponse, error) {
	if err := s.k.acceptOwnership(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgAcceptOwnershipResponse{}, nil
}

func (s msgServer) CancelOwnershipOffer(ctx context.Context, m *types.MsgCancelOwnershipOffer) (*types.MsgCancelOwnershipOfferResponse, error) {
	if err := s.k.cancelOwnershipOffer(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgCancelOwnershipOfferResponse{}, nil
}

func (s msgServer) StartSubnet(ctx context.Context, m *types.MsgStartSubnet) (*types.MsgStartSubnetResponse, error) {
	if err := s.k.startSubnet(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgStartSubnetResponse{}, nil
}

func (s msgServer) TrimNeurons(ctx context.Context, m *types.MsgTrimNeurons) (*types.MsgTrimNeuronsResponse, error) {
	removed, moved, err := s.k.trimNeurons(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgTrimNeuronsResponse{Removed: removed, Moved: moved}, nil
}

func (s msgServer) DissolveSubnet(ctx context.Context, m *types.MsgDissolveSubnet) (*types.MsgDissolveSubnetResponse, error) {
	if err := s.k.dissolveSubnet(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgDissolveSubnetResponse{}, nil
}

func (s msgServer) SwapHotkey(ctx context.Context, m *types.MsgSwapHotkey) (*types.MsgSwapHotkeyResponse, error) {
	return s.k.swapHotkey(ctx, m)
}

func (s msgServer) AnnounceOwnerSwap(ctx context.Context, m *types.MsgAnnounceOwnerSwap) (*types.MsgAnnounceOwnerSwapResponse, error) {
	ready, err := s.k.announceOwnerSwap(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgAnnounceOwnerSwapResponse{ReadyAt: ready}, nil
}

func (s msgServer) CancelOwnerSwap(ctx context.Context, m *types.MsgCancelOwnerSwap) (*types.MsgCancelOwnerSwapResponse, error) {
	if err := s.k.cancelOwnerSwap(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgCancelOwnerSwapResponse{}, nil
}

func (s msgServer) SwapOwner(ctx context.Context, m *types.MsgSwapOwner) (*types.MsgSwapOwnerResponse, error) {
	moved, more, err := s.k.swapOwner(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgSwapOwnerResponse{Moved: moved, More: more}, nil
}

func (s msgServer) UpdateParams(ctx context.Context, m *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if err := s.k.updateParams(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{}, nil
}
