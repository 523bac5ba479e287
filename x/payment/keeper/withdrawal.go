package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/payment/types"
)

// requestWithdrawal begins the delay after which a payer can take the rest of a channel back. Until then, and until it does, a voucher beats it.
func (k *Keeper) requestWithdrawal(ctx context.Context, m *types.MsgRequestWithdrawal) (int64, error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, err
	}
	c, _, err := k.operated(ctx, m.Channel, m.Signer)
	if err != nil {
		return 0, err
	}
	if c.ClosingAt != 0 {
		return 0, errorsmod.Wrapf(types.ErrClosing, "channel %d can be closed from block %d on", c.Id, c.ClosingAt)
	}
	c.ClosingAt = height(ctx) + int64(c.Terms.WithdrawDelay)
	if err := k.channels.Set(ctx, c.Id, c); err != nil {
		return 0, err
	}
	return c.ClosingAt, emit(ctx, &types.EventWithdrawalRequested{Channel: c.Id, Payee: c.Payee, ClosingAt: c.ClosingAt})
}

// finishWithdrawal closes a channel after the delay.
func (k *Keeper) finishWithdrawal(ctx context.Context, m *types.MsgFinishWithdrawal) (uint64, error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, err
	}
	c, _, err := k.operated(ctx, m.Channel, m.Signer)
	if err != nil {
		return 0, err
	}
	if c.ClosingAt == 0 {
		return 0, errorsmod.Wrapf(types.ErrNotClosing, "channel %d; ask for it with agond payment withdraw-request", c.Id)
	}
	if now := height(ctx); now < c.ClosingAt {
		return 0, errorsmod.Wrapf(types.ErrTooEarly, "channel %d can be closed from block %d on, this is block %d", c.Id, c.ClosingAt, now)
	}
	return k.close(ctx, c, types.CloseCause_CLOSE_CAUSE_WITHDRAWN)
}
