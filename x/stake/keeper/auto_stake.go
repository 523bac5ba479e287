package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// What an owner's miners earn in a subnet can be put behind a hotkey that he chooses, a validator's for one, instead of
// behind each miner's own. It happens when a miner is settled, by the choice of that time. Take and dividends stay where they
// were earned. A choice outlives its subnet, since what a dissolved one has accrued is settled by it, and nothing is read of
// it once the neurons are gone: to look for all of a subnet's choices a block would have to read those of every owner.

// setAutoStake chooses the hotkey for an owner's mined rewards of a subnet; nil ends it, which a dissolved subnet allows.
func (k *Keeper) setAutoStake(ctx context.Context, owner sdk.AccAddress, netuid uint32, hotkey sdk.AccAddress) error {
	_, dissolved, err := k.pot(ctx, netuid)
	if err != nil {
		return err
	}
	if !dissolved || !hotkey.Empty() {
		if _, err := k.GetPool(ctx, netuid); err != nil {
			return err
		}
	}
	key := collections.Join(owner, netuid)
	old, err := k.autoStake(ctx, owner, netuid)
	if err != nil {
		return err
	}
	if hotkey.Empty() {
		if old == nil {
			return types.ErrNoAutoStake.Wrapf("%s in netuid %d: what is mined stays behind each miner's own hotkey already", owner, netuid)
		}
		if err := k.AutoStakes.Remove(ctx, key); err != nil {
			return err
		}
		if err := k.dropEmpty(ctx, owner, netuid, old); err != nil {
			return err
		}
		return emit(ctx, &types.EventAutoStakeSet{Owner: owner.String(), Netuid: netuid})
	}
	if err := k.backable(ctx, netuid, hotkey); err != nil {
		return err
	}
	if err := k.AutoStakes.Set(ctx, key, types.AutoStake{Owner: owner.String(), Netuid: netuid, Hotkey: hotkey.String()}); err != nil {
		return err
	}
	if old != nil && !old.Equals(hotkey) {
		if err := k.dropEmpty(ctx, owner, netuid, old); err != nil {
			return err
		}
	}
	// People find what they have earned by listing their positions.
	p, found, err := k.position(ctx, owner, netuid, hotkey)
	if err != nil {
		return err
	}
	if !found {
		if err := k.Positions.Set(ctx, collections.Join3(owner, netuid, hotkey), p); err != nil {
			return err
		}
	}
	return emit(ctx, &types.EventAutoStakeSet{Owner: owner.String(), Netuid: netuid, Hotkey: hotkey.String()})
}

// dropEmpty takes a position out that was kept for what might have been put there.
func (k *Keeper) dropEmpty(ctx context.Context, owner sdk.AccAddress, netuid uint32, hotkey sdk.AccAddress) error {
	p, found, err := k.position(ctx, owner, netuid, hotkey)
	if err != nil || !found {
		return err
	}
	return k.setPosition(ctx, owner, hotkey, p)
}

// autoStake is the hotkey that an owner chose in a subnet, nil for none.
func (k *Keeper) autoStake(ctx context.Context, owner sdk.AccAddress, netuid uint32) (sdk.AccAddress, error) {
	a, err := k.AutoStakes.Get(ctx, collections.Join(owner, netuid))
	if errors.Is(err, collections.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return address("hotkey", a.Hotkey)
}

// autoTarget is the hotkey behind which what a hotkey mines goes, nil where that is its own: its owner chose none, or this one, or
// one that holds no uid now.
func (k *Keeper) autoTarget(ctx context.Context, owner sdk.AccAddress, netuid uint32, hotkey sdk.AccAddress) (sdk.AccAddress, error) {
	to, err := k.autoStake(ctx, owner, netuid)
	if err != nil || to == nil || to.Equals(hotkey) {
		return nil, err
	}
	_, registered, err := k.registration(ctx, netuid, to)
	if err != nil || !registered {
		return nil, err
	}
	return to, nil
}

// putElsewhere puts mined alpha behind the hotkey that its owner chose, as his position; false where it is too little for a
// share. That hotkey's dividends are settled first, so that the newcomer gets nothing of them. What it mined itself stays accrued:
// that moves the value of no share, and following it would lead to a third hotkey, and so on.
func (k *Keeper) putElsewhere(ctx context.Context, netuid uint32, owner, to sdk.AccAddress, alpha uint64) (bool, error) {
	if err := k.settleDividends(ctx, netuid, to); err != nil {
		return false, err
	}
	h, err := k.hotkeyStake(ctx, netuid, to)
	if err != nil {
		return false, err
	}
	next, minted, err := h.SharePool().Deposit(alpha)
	if err != nil {
		return false, nil
	}
	if err := k.setHotkeyStake(ctx, netuid, to, next); err != nil {
		return false, err
	}
	return true, k.addShares(ctx, owner, netuid, to, minted, 0, sdk.UnwrapSDKContext(ctx).BlockHeight())
}

// settleDividends settles what a hotkey earned as a validator, and leaves accrued what it mined.
func (k *Keeper) settleDividends(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) error {
	uid, registered, err := k.registration(ctx, netuid, hotkey)
	if err != nil || !registered {
		return err
	}
	a, err := k.accruedOf(ctx, netuid, uid)
	if err != nil || a.dividends == 0 {
		return err
	}
	h, err := k.hotkeyStake(ctx, netuid, hotkey)
	if err != nil {
		return err
	}
	owner, err := k.subnet.OwnerOf(ctx, hotkey)
	if err != nil {
		return err
	}
	takeBps, err := k.TakeOf(ctx, hotkey)
	if err != nil {
		return err
	}
	s := distribute(h.SharePool(), accrued{dividends: a.dividends}, takeBps)
	if !s.settled() {
		return nil
	}
	s.left.incentive += a.incentive
	return k.apply(ctx, netuid, hotkey, owner, uid, s)
}

// settleFor settles a hotkey before an owner's own stake behind it is touched. Where it is the hotkey that he chose for what his
// miners earn, they are settled too, so that it is all there. It looks at the first MaxGathered of his positions in the subnet;
// others are settled when they are touched themselves.
func (k *Keeper) settleFor(ctx context.Context, owner sdk.AccAddress, netuid uint32, hotkey sdk.AccAddress) error {
	if err := k.settle(ctx, netuid, hotkey); err != nil {
		return err
	}
	to, err := k.autoStake(ctx, owner, netuid)
	if err != nil || to == nil || !to.Equals(hotkey) {
		return err
	}
	miners, err := k.minersOf(ctx, owner, netuid)
	if err != nil {
		return err
	}
	for _, miner := range miners {
		if err := k.settle(ctx, netuid, miner); err != nil {
			return err
		}
	}
	return nil
}

// minersOf lists an owner's own hotkeys in a subnet, of the first MaxGathered positions that he has there: each of them has one.
func (k *Keeper) minersOf(ctx context.Context, owner sdk.AccAddress, netuid uint32) ([]sdk.AccAddress, error) {
	it, err := k.Positions.Iterate(ctx, collections.NewSuperPrefixedTripleRange[sdk.AccAddress, uint32, sdk.AccAddress](owner, netuid))
	if err != nil {
		return nil, err
	}
	defer it.Close()
	var miners []sdk.AccAddress
	for n := 0; it.Valid() && n < types.MaxGathered; it.Next() {
		n++
		key, err := it.Key()
		if err != nil {
			return nil, err
		}
		_, registered, err := k.registration(ctx, netuid, key.K3())
		if err != nil {
			return nil, err
		}
		if !registered {
			continue
		}
		hotkeyOwner, err := k.subnet.OwnerOf(ctx, key.K3())
		if err != nil {
			return nil, err
		}
		if hotkeyOwner.Equals(owner) {
			miners = append(miners, key.K3())
		}
	}
	return miners, nil
}
