package keeper

import (
	"context"

	"github.com/agon-chain/agon/x/payment/types"
)

type msgServer struct{ k *Keeper }

// NewMsgServer returns the service that changes the module's state.
func NewMsgServer(k *Keeper) types.MsgServer { return msgServer{k} }

func (s msgServer) Deposit(ctx context.Context, m *types.MsgDeposit) (*types.MsgDepositResponse, error) {
	balance, err := s.k.deposit(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgDepositResponse{Balance: balance}, nil
}

func (s msgServer) Withdraw(ctx context.Context, m *types.MsgWithdraw) (*types.MsgWithdrawResponse, error) {
	amount, balance, err := s.k.withdraw(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgWithdrawResponse{Amount: amount, Balance: balance}, nil
}

func (s msgServer) SetOperators(ctx context.Context, m *types.MsgSetOperators) (*types.MsgSetOperatorsResponse, error) {
	if err := s.k.setOperators(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgSetOperatorsResponse{}, nil
}

func (s msgServer) OpenChannel(ctx context.Context, m *types.MsgOpenChannel) (*types.MsgOpenChannelResponse, error) {
	c, err := s.k.openChannel(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgOpenChannelResponse{Id: c.Id, ExpiresAt: c.ExpiresAt, VersionId: c.VersionId}, nil
}

func (s msgServer) TopUp(ctx context.Context, m *types.MsgTopUp) (*types.MsgTopUpResponse, error) {
	c, err := s.k.topUp(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgTopUpResponse{Deposit: c.Deposit, ExpiresAt: c.ExpiresAt}, nil
}

func (s msgServer) RequestWithdrawal(ctx context.Context, m *types.MsgRequestWithdrawal) (*types.MsgRequestWithdrawalResponse, error) {
	at, err := s.k.requestWithdrawal(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgRequestWithdrawalResponse{ClosingAt: at}, nil
}

func (s msgServer) FinishWithdrawal(ctx context.Context, m *types.MsgFinishWithdrawal) (*types.MsgFinishWithdrawalResponse, error) {
	returned, err := s.k.finishWithdrawal(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgFinishWithdrawalResponse{Returned: returned}, nil
}

func (s msgServer) Claim(ctx context.Context, m *types.MsgClaim) (*types.MsgClaimResponse, error) {
	results, paid, err := s.k.claim(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgClaimResponse{Results: results, Paid: paid}, nil
}

func (s msgServer) CloseChannel(ctx context.Context, m *types.MsgCloseChannel) (*types.MsgCloseChannelResponse, error) {
	paid, returned, err := s.k.closeChannel(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgCloseChannelResponse{Paid: paid, Returned: returned}, nil
}

func (s msgServer) Sweep(ctx context.Context, m *types.MsgSweep) (*types.MsgSweepResponse, error) {
	returned, err := s.k.sweep(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgSweepResponse{Returned: returned}, nil
}

func (s msgServer) SetPrice(ctx context.Context, m *types.MsgSetPrice) (*types.MsgSetPriceResponse, error) {
	if err := s.k.setPrice(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgSetPriceResponse{}, nil
}

func (s msgServer) ClaimRefund(ctx context.Context, m *types.MsgClaimRefund) (*types.MsgClaimRefundResponse, error) {
	refunded, err := s.k.claimRefund(ctx, m)
	if err != nil {
		return nil, err
	}
	return &types.MsgClaimRefundResponse{Refunded: refunded}, nil
}

func (s msgServer) UpdateParams(ctx context.Context, m *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if err := s.k.updateParams(ctx, m); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{}, nil
}
