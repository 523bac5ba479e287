package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// backable refuses a hotkey that holds no uid in the subnet: nothing behind it earns, and there are as many places for
// stake in a subnet as it has neurons. At the root it asks for an owner, and deposit for a seat.
func (k *Keeper) backable(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) error {
	if netuid == types.RootNetuid {
		_, err := k.subnet.OwnerOf(ctx, hotkey)
		return err
	}
	if _, err := k.GetPool(ctx, netuid); err != nil {
		return err
	}
	if _, err := k.subnet.UIDOf(ctx, netuid, hotkey); err != nil {
		return errorsmod.Wrapf(err, "backing %s in netuid %d; list who holds a uid with agond query subnet neurons %d", hotkey, netuid, netuid)
	}
	return nil
}

// deposit puts alpha that the positions' account holds behind a settled hotkey. cost is what it cost its owner, since
// the height from which the position holds something if it held nothing before. At the root the hotkey has a seat then, or
// the error is ErrNoSeat.
func (k *Keeper) deposit(ctx context.Context, owner sdk.AccAddress, netuid uint32, hotkey sdk.AccAddress, alpha, cost uint64, since int64) error {
	h, err := k.hotkeyStake(ctx, netuid, hotkey)
	if err != nil {
		return err
	}
	next, minted, err := h.SharePool().Deposit(alpha)
	if err != nil {
		return types.ErrInvalidAmount.Wrap(err.Error())
	}
	if err := k.setHotkeyStake(ctx, netuid, hotkey, next); err != nil {
		return err
	}
	if err := k.addShares(ctx, owner, netuid, hotkey, minted, cost, since); err != nil || netuid != types.RootNetuid {
		return err
	}
	return k.claimSeat(ctx, hotkey)
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
