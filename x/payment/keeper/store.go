package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/payment/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// GetChannel returns a channel. Errors: ErrChannelNotFound, also of one that is not kept any more.
func (k *Keeper) GetChannel(ctx context.Context, id uint64) (types.Channel, error) {
	c, err := k.channels.Get(ctx, id)
	if err != nil {
		return c, missing(err, types.ErrChannelNotFound, "channel %d; list yours with agond payment channels", id)
	}
	return c, nil
}

// openOne returns a channel that has not ended. Errors: ErrChannelNotFound, ErrClosed.
func (k *Keeper) openOne(ctx context.Context, id uint64) (types.Channel, error) {
	c, err := k.GetChannel(ctx, id)
	if err != nil {
		return c, err
	}
	if !c.Open() {
		return c, errorsmod.Wrapf(types.ErrClosed, "channel %d at block %d (%s); open another", id, c.ClosedAt, c.Cause)
	}
	return c, nil
}

// operated returns an open channel and its account, for one who may use it. Errors: ErrChannelNotFound, ErrClosed, ErrNotOperator.
func (k *Keeper) operated(ctx context.Context, id uint64, signer string) (types.Channel, types.Account, error) {
	c, err := k.openOne(ctx, id)
	if err != nil {
		return c, types.Account{}, err
	}
	a, err := k.operate(ctx, c.Owner, signer)
	return c, a, err
}

// parties are the two sides of a channel as bytes.
func parties(c types.Channel) (owner, payee sdk.AccAddress, err error) {
	if owner, err = subnettypes.ParseAddress("owner", c.Owner); err != nil {
		return nil, nil, err
	}
	payee, err = subnettypes.ParseHotkey("payee", c.Payee)
	return owner, payee, err
}

// putChannel writes a channel with its places in the indexes; one that has ended waits to be forgotten.
func (k *Keeper) putChannel(ctx context.Context, c types.Channel) error {
	owner, payee, err := parties(c)
	if err != nil {
		return err
	}
	if err := k.channels.Set(ctx, c.Id, c); err != nil {
		return err
	}
	if !c.Open() {
		if err := k.closed.Set(ctx, collections.Join(uint64(c.ClosedAt), c.Id)); err != nil {
			return err
		}
	}
	if err := k.byOwner.Set(ctx, collections.Join(owner, c.Id)); err != nil {
		return err
	}
	return k.byPayee.Set(ctx, collections.Join(payee, c.Id))
}

// removeChannel forgets a channel that has ended.
func (k *Keeper) removeChannel(ctx context.Context, id uint64) error {
	c, ok, err := found(k.channels.Get(ctx, id))
	if err != nil || !ok {
		return err
	}
	owner, payee, err := parties(c)
	if err != nil {
		return err
	}
	if err := k.byOwner.Remove(ctx, collections.Join(owner, id)); err != nil {
		return err
	}
	if err := k.byPayee.Remove(ctx, collections.Join(payee, id)); err != nil {
		return err
	}
	return k.channels.Remove(ctx, id)
}
