package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	"github.com/agon-chain/agon/x/scoring/types"
)

type msgServer struct{ *Keeper }

// NewMsgServer serves the module's messages.
func NewMsgServer(k *Keeper) types.MsgServer { return msgServer{k} }

// CommitWeights promises weights.
func (s msgServer) CommitWeights(ctx context.Context, m *types.MsgCommitWeights) (*types.MsgCommitWeightsResponse, error) {
	return &types.MsgCommitWeightsResponse{}, s.Keeper.CommitWeights(ctx, m)
}

// RevealWeights shows promised weights.
func (s msgServer) RevealWeights(ctx context.Context, m *types.MsgRevealWeights) (*types.MsgRevealWeightsResponse, error) {
	return &types.MsgRevealWeightsResponse{}, s.Keeper.RevealWeights(ctx, m)
}

// SetWeights sets weights at once.
func (s msgServer) SetWeights(ctx context.Context, m *types.MsgSetWeights) (*types.MsgSetWeightsResponse, error) {
	return &types.MsgSetWeightsResponse{}, s.Keeper.SetWeights(ctx, m)
}

// ResumeEpochs lets a paused subnet go on.
func (s msgServer) ResumeEpochs(ctx context.Context, m *types.MsgResumeEpochs) (*types.MsgResumeEpochsResponse, error) {
	return &types.MsgResumeEpochsResponse{}, s.Keeper.ResumeEpochs(ctx, m)
}

// UpdateParams replaces the parameters; only governance may.
func (s msgServer) UpdateParams(ctx context.Context, m *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if m.Authority != s.authority {
		return nil, errorsmod.Wrapf(govtypes.ErrInvalidSigner, "authority is %s, must be %s; propose the change with: agond tx gov submit-proposal", m.Authority, s.authority)
	}
	if err := m.Params.Validate(); err != nil {
		return nil, err
	}
	if err := s.params.Set(ctx, m.Params); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventParamsUpdated{Params: m.Params})
}
