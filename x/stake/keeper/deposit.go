package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// backable is the stake behind a hotkey that may be backed. It refuses one that holds no uid in the subnet: nothing behind it
// earns, and there are as many places for stake in a subnet as it has neurons.
func (k *Keeper) backable(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) (backed, error) {
	if _, err := k.GetPool(ctx, netuid); err != nil {
		return backed{}, err
	}
	b, err := k.resolve(ctx, hotkey)
	if err != nil {
		return backed{}, err
	}
	if _, err := k.subnet.UIDOf(ctx, netuid, hotkey); err != nil {
		return backed{}, errorsmod.Wrapf(err, "backing %s in netuid %d; list who holds a uid with agond query subnet neurons %d", hotkey, netuid, netuid)
	}
	return b, nil
}

// deposit puts alpha that the positions' account holds behind a settled hotkey. cost is what it cost its owner, since
// the height from which the position holds something if it held nothing before.
func (k *Keeper) deposit(ctx context.Context, owner sdk.AccAddress, netuid uint32, b backed, alpha, cost uint64, since int64) error {
	h, err := k.hotkeyStake(ctx, netuid, b)
	if err != nil {
		return err
	}
	next, minted, err := h.SharePool().Deposit(alpha)
	if err != nil {
		return types.ErrInvalidAmount.Wrap(err.Error())
	}
	if err := k.setHotkeyStake(ctx, netuid, b, next); err != nil {
		return err
	}
	return k.addShares(ctx, owner, netuid, b, minted, cost, since)
}

// atLeastMinStake refuses an amount that is not worth a position of its own.
func (k *Keeper) atLeastMinStake(ctx context.Context, what string, amount uint64) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if amount < params.MinStake {
		return types.ErrBelowMinimum.Wrapf("%s is %d, at least %d", what, amount, params.MinStake)
	}
	return nil
}
