package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

var _ subnettypes.OwnerHooks = (*Keeper)(nil)

// AfterHotkeyOwnerChanged moves the owner's positions behind a hotkey of his where it holds a uid or a seat: what it earns from now
// on, and what has accrued, goes to the new owner, who has a position for it. Where his mined rewards go is copied with it, so that
// they go where they went before the rest is moved too. It returns how many rows it wrote.
func (k *Keeper) AfterHotkeyOwnerChanged(ctx context.Context, hotkey, owner, next sdk.AccAddress) (rows uint32, err error) {
	netuids, err := k.registeredIn(ctx, hotkey)
	if err != nil {
		return 0, err
	}
	for _, netuid := range netuids {
		copied, err := k.inheritAutoStake(ctx, owner, next, netuid)
		if err != nil {
			return 0, err
		}
		if copied {
			rows++
		}
		p, _, err := k.position(ctx, owner, netuid, hotkey)
		if err != nil {
			return 0, err
		}
		if err := k.movePosition(ctx, owner, next, hotkey, p); err != nil {
			return 0, err
		}
		rows++
	}
	return rows, nil
}

// MoveOwned moves the choices of where mined rewards go, and the positions, of an owner of no hotkey; also those of dissolved
// subnets, whose pots they are paid from.
func (k *Keeper) MoveOwned(ctx context.Context, owner, next sdk.AccAddress, most uint32) (moved uint32, more bool, err error) {
	choices, err := rowsOf(ctx, k.AutoStakes, collections.NewPrefixedPairRange[sdk.AccAddress, uint32](owner), int(most)+1)
	if err != nil {
		return 0, false, err
	}
	for _, choice := range choices {
		if moved == most {
			return moved, true, nil
		}
		if err := k.moveAutoStake(ctx, owner, next, choice.Value); err != nil {
			return moved, false, err
		}
		moved++
	}
	positions, err := rowsOf(ctx, k.Positions, collections.NewPrefixedTripleRange[sdk.AccAddress, uint32, sdk.AccAddress](owner), int(most-moved)+1)
	if err != nil {
		return moved, false, err
	}
	for _, position := range positions {
		if moved == most {
			return moved, true, nil
		}
		if err := k.movePosition(ctx, owner, next, position.Key.K3(), position.Value); err != nil {
			return moved, false, err
		}
		moved++
	}
	return moved, false, nil
}

// movePosition gives a whole position to another owner, with its cost and its age: shares are neither made nor valued, so
// nothing is rounded. It goes into what the other has there, if only an empty one.
func (k *Keeper) movePosition(ctx context.Context, owner, next, hotkey sdk.AccAddress, p types.Position) error {
	to, _, err := k.position(ctx, next, p.Netuid, hotkey)
	if err != nil {
		return err
	}
	sum, overflow := to.Shares.Add(p.Shares)
	if overflow {
		return types.ErrOverflow.Wrapf("%v shares and %v more", to.Shares, p.Shares)
	}
	if to.Shares.IsZero() {
		to.Since = p.Since
	}
	to.Shares, to.Cost = sum, addCost(to.Cost, p.Cost)
	if err := k.Positions.Remove(ctx, collections.Join3(owner, p.Netuid, hotkey)); err != nil {
		return err
	}
	if err := k.setPosition(ctx, next, hotkey, to); err != nil {
		return err
	}
	return emit(ctx, &types.EventPositionMoved{Owner: owner.String(), NewOwner: next.String(), Netuid: p.Netuid, Hotkey: hotkey.String()})
}

// inheritAutoStake gives next an owner's choice in a subnet, unless next has made one, and says whether it did. Next has a position there
// then, empty at first, as who chooses has.
func (k *Keeper) inheritAutoStake(ctx context.Context, owner, next sdk.AccAddress, netuid uint32) (bool, error) {
	hotkey, err := k.autoStake(ctx, owner, netuid)
	if err != nil || hotkey == nil {
		return false, err
	}
	if has, err := k.autoStake(ctx, next, netuid); err != nil || has != nil {
		return false, err
	}
	if err := k.AutoStakes.Set(ctx, collections.Join(next, netuid), types.AutoStake{Owner: next.String(), Netuid: netuid, Hotkey: hotkey.String()}); err != nil {
		return false, err
	}
	p, _, err := k.position(ctx, next, netuid, hotkey)
	if err != nil {
		return false, err
	}
	if err := k.setPosition(ctx, next, hotkey, p); err != nil {
		return false, err
	}
	return true, emit(ctx, &types.EventAutoStakeSet{Owner: next.String(), Netuid: netuid, Hotkey: hotkey.String()})
}

// moveAutoStake ends an owner's choice, which next has inherited unless he has made one.
func (k *Keeper) moveAutoStake(ctx context.Context, owner, next sdk.AccAddress, choice types.AutoStake) error {
	if _, err := k.inheritAutoStake(ctx, owner, next, choice.Netuid); err != nil {
		return err
	}
	if err := k.AutoStakes.Remove(ctx, collections.Join(owner, choice.Netuid)); err != nil {
		return err
	}
	return emit(ctx, &types.EventAutoStakeSet{Owner: owner.String(), Netuid: choice.Netuid})
}

// rowsOf returns at most so many rows of a range.
func rowsOf[K, V any](ctx context.Context, m collections.Map[K, V], within collections.Ranger[K], most int) ([]collections.KeyValue[K, V], error) {
	it, err := m.Iterate(ctx, within)
	if err != nil {
		return nil, err
	}
	defer it.Close()
	var out []collections.KeyValue[K, V]
	for ; it.Valid() && len(out) < most; it.Next() {
		row, err := it.KeyValue()
		if err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}
