package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/payment/types"
)

// sweep closes a channel whose payer has expected no service for long enough that its payee could have claimed. Anyone may: the rest goes
// back to the account, whoever asks.
func (k *Keeper) sweep(ctx context.Context, m *types.MsgSweep) (uint64, error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, err
	}
	c, err := k.openOne(ctx, m.Channel)
	if err != nil {
		return 0, err
	}
	if now := height(ctx); now < c.SweepAt() {
		return 0, errorsmod.Wrapf(types.ErrTooEarly, "channel %d expires at block %d and can be swept from block %d on, this is block %d", c.Id, c.ExpiresAt, c.SweepAt(), now)
	}
	return k.close(ctx, c, types.CloseCause_CLOSE_CAUSE_SWEPT)
}
