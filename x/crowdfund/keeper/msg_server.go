package keeper

import (
	"context"

	"github.com/agon-chain/agon/x/crowdfund/types"
)

type msgServer struct{ k *Keeper }

// NewMsgServer returns the service that changes the module's state.
func NewMsgServer(k *Keeper) types.MsgServer { return msgServer{k} }

func (s msgServer) CreateCrowdfund(ctx context.Context, m *types.MsgCreateCrowdfund) (*types.MsgCreateCrowdfundResponse, error) {
	id, err := s.k.create(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgCreateCrowdfundResponse{FundId: id}, nil
}

func (s msgServer) Contribute(ctx context.Context, m *types.MsgContribute) (*types.MsgContributeResponse, error) {
	paid, raised, err := s.k.contribute(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgContributeResponse{Amount: paid, Raised: raised}, nil
}

func (s msgServer) WithdrawContribution(ctx context.Context, m *types.MsgWithdrawContribution) (*types.MsgWithdrawContributionResponse, error) {
	back, left, err := s.k.withdraw(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgWithdrawContributionResponse{Amount: back, Left: left}, nil
}

func (s msgServer) Finalize(ctx context.Context, m *types.MsgFinalize) (*types.MsgFinalizeResponse, error) {
	o, err := s.k.finalize(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgFinalizeResponse{Netuid: o.Netuid, Cost: o.Cost, Surplus: o.Surplus}, nil
}

func (s msgServer) CancelCrowdfund(ctx context.Context, m *types.MsgCancelCrowdfund) (*types.MsgCancelCrowdfundResponse, error) {
	if err := s.k.cancel(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgCancelCrowdfundResponse{}, nil
}

func (s msgServer) Claim(ctx context.Context, m *types.MsgClaim) (*types.MsgClaimResponse, error) {
	alpha, refund, err := s.k.claim(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgClaimResponse{Alpha: alpha, Refund: refund}, nil
}

func (s msgServer) TransferShares(ctx context.Context, m *types.MsgTransferShares) (*types.MsgTransferSharesResponse, error) {
	shares, alpha, refund, err := s.k.transfer(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgTransferSharesResponse{Shares: shares, Alpha: alpha, Refund: refund}, nil
}

func (s msgServer) EndLease(ctx context.Context, m *types.MsgEndLease) (*types.MsgEndLeaseResponse, error) {
	if err := s.k.endLease(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgEndLeaseResponse{}, nil
}

func (s msgServer) UpdateParams(ctx context.Context, m *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if err := s.k.updateParams(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{}, nil
}
