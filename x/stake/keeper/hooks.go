package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

var _ subnettypes.SubnetHooks = (*Keeper)(nil)

// AfterSubnetCreated opens the subnet's pool with what was paid for it, in nagon.
func (k *Keeper) AfterSubnetCreated(ctx context.Context, netuid uint32, payer sdk.AccAddress, cost uint64) error {
	return k.createPool(ctx, netuid, payer, cost)
}

// AfterSubnetStarted changes nothing here: a token trades from the creation of its subnet on.
func (k *Keeper) AfterSubnetStarted(context.Context, uint32) error { return nil }

// AfterSubnetDissolved closes the subnet's pool, once what it is due has entered it. No epoch of it asks for children any more.
func (k *Keeper) AfterSubnetDissolved(ctx context.Context, netuid uint32) error {
	if err := k.Families.Remove(ctx, netuid); err != nil {
		return err
	}
	return k.closePool(ctx, netuid)
}

// BeforeNeuronReplaced settles what the leaving hotkey earned and leaves its uid empty. The stake behind the hotkey
// stays its backers': they can take it back, and it counts again if the hotkey returns.
func (k *Keeper) BeforeNeuronReplaced(ctx context.Context, netuid, uid uint32, hotkey sdk.AccAddress) error {
	if err := k.followSeat(ctx, netuid, uid, hotkey, false); err != nil {
		return err
	}
	return k.vacate(ctx, netuid, uid, hotkey)
}

// vacate settles what a hotkey earned in a uid or a seat, which it leaves empty.
func (k *Keeper) vacate(ctx context.Context, netuid, uid uint32, hotkey sdk.AccAddress) error {
	if err := k.settle(ctx, netuid, hotkey); err != nil {
		return err
	}
	owner, err := k.subnet.OwnerOf(ctx, hotkey)
	if err != nil {
		return err
	}
	rest, err := k.accruedOf(ctx, netuid, uid)
	if err != nil {
		return err
	}
	if !rest.isZero() {
		// What shares refuse cannot wait for a hotkey that is gone, nor fall to the next one: the owner gets the token.
		coins := sdk.NewCoins(types.Staked(netuid, rest.incentive+rest.dividends))
		if err := k.bank.SendCoinsFromModuleToAccount(ctx, types.PositionsAccount, owner, coins); err != nil {
			return err
		}
		if err := k.setAccruedAt(ctx, netuid, uid, accrued{}); err != nil {
			return err
		}
		event := &types.EventRewardsSettled{Netuid: netuid, Hotkey: hotkey.String(), Incentive: rest.incentive, Take: rest.dividends}
		if err := emit(ctx, event); err != nil {
			return err
		}
	}
	if err := k.setStakeAt(ctx, netuid, uid, 0); err != nil {
		return err
	}
	if err := k.Registrations.Remove(ctx, collections.Join(hotkey, netuid)); err != nil {
		return err
	}
	// An owner's position without shares was kept for what might have been earned.
	p, found, err := k.position(ctx, owner, netuid, hotkey)
	if err != nil || !found {
		return err
	}
	return k.setPosition(ctx, owner, hotkey, p)
}

// AfterNeuronRegistered gives a uid its place in the columns, with the stake that is still behind a hotkey that returns,
// and the owner a position, so that what the hotkey earns is found where its owner looks.
func (k *Keeper) AfterNeuronRegistered(ctx context.Context, netuid, uid uint32, hotkey, owner sdk.AccAddress) error {
	if _, err := k.GetPool(ctx, netuid); err != nil {
		return err
	}
	if err := k.register(ctx, netuid, uid, hotkey, owner); err != nil {
		return err
	}
	return k.setAccruedAt(ctx, netuid, uid, accrued{})
}

// AfterNeuronsTrimmed ends the subnet's columns, whose cells beyond are empty.
func (k *Keeper) AfterNeuronsTrimmed(ctx context.Context, netuid, count uint32) error {
	for _, c := range []struct {
		column collections.Map[uint32, []byte]
		width  int
	}{{k.StakeColumns, stakeWidth}, {k.AccruedColumns, accruedWidth}} {
		if err := endColumn(ctx, c.column, netuid, count, c.width); err != nil {
			return err
		}
	}
	if count > 0 {
		return nil
	}
	return k.SeatUIDs.Remove(ctx, netuid)
}

// register notes a hotkey's uid or seat, puts its stake into the column and sees to it that its owner has a position.
func (k *Keeper) register(ctx context.Context, netuid, uid uint32, hotkey, owner sdk.AccAddress) error {
	if err := k.followSeat(ctx, netuid, uid, hotkey, true); err != nil {
		return err
	}
	if err := k.Registrations.Set(ctx, collections.Join(hotkey, netuid), uid); err != nil {
		return err
	}
	h, err := k.hotkeyStake(ctx, netuid, hotkey)
	if err != nil {
		return err
	}
	if err := k.setStakeAt(ctx, netuid, uid, h.Alpha); err != nil {
		return err
	}
	p, found, err := k.position(ctx, owner, netuid, hotkey)
	if err != nil || found {
		return err
	}
	return k.Positions.Set(ctx, collections.Join3(owner, netuid, hotkey), p)
}
