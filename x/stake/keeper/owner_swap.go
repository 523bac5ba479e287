package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// BeforeOwnerSwapAnnounced refuses a new owner who has positions: a typo must not mix what two people have.
func (k *Keeper) BeforeOwnerSwapAnnounced(ctx context.Context, _, next sdk.AccAddress) error {
	rows, err := k.positionsOf(ctx, next, 1)
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		return types.ErrOwnerHasStake.Wrapf("%s has stake in netuid %d; name a new account", next, rows[0].Key.K2())
	}
	return nil
}

// AfterHotkeyOwnerChanged moves the owner's positions behind a hotkey of his where it holds a uid: what it earns from now on, and
// what has accrued, goes to the new owner, who has a position for it.
func (k *Keeper) AfterHotkeyOwnerChanged(ctx context.Context, hotkey, owner, next sdk.AccAddress) (uint32, error) {
	id, err := k.identityOf(ctx, hotkey)
	if err != nil {
		return 0, err
	}
	b, err := k.behind(ctx, id)
	if err != nil || !b.hotkey.Equals(hotkey) {
		return 0, err // retired: nothing is earned under it
	}
	netuids, err := k.registeredIn(ctx, b.id)
	if err != nil {
		return 0, err
	}
	for _, netuid := range netuids {
		p, _, err := k.position(ctx, owner, netuid, b)
		if err != nil {
			return 0, err
		}
		if err := k.movePosition(ctx, owner, next, b, p); err != nil {
			return 0, err
		}
	}
	return uint32(len(netuids)), nil
}

// MoveOwned moves positions of an owner of no hotkey.
func (k *Keeper) MoveOwned(ctx context.Context, owner, next sdk.AccAddress, most uint32) (moved uint32, more bool, err error) {
	rows, err := k.positionsOf(ctx, owner, int(most)+1)
	if err != nil {
		return 0, false, err
	}
	for _, row := range rows {
		if moved == most {
			return moved, true, nil
		}
		b, err := k.behind(ctx, row.Key.K3())
		if err != nil {
			return moved, false, err
		}
		if err := k.movePosition(ctx, owner, next, b, row.Value); err != nil {
			return moved, false, err
		}
		moved++
	}
	return moved, false, nil
}

// movePosition gives a whole position to another owner, with its cost and its age: shares are neither made nor valued, so
// nothing is rounded. It goes into what the other has there, if only an empty one.
func (k *Keeper) movePosition(ctx context.Context, owner, next sdk.AccAddress, b backed, p types.Position) error {
	to, _, err := k.position(ctx, next, p.Netuid, b)
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
	if err := k.Positions.Remove(ctx, collections.Join3(owner, p.Netuid, b.id)); err != nil {
		return err
	}
	return k.setPosition(ctx, next, b, to)
}

// positionsOf returns at most so many positions of an owner, in order of netuid and identity.
func (k *Keeper) positionsOf(ctx context.Context, owner sdk.AccAddress, most int) ([]collections.KeyValue[positionKey, types.Position], error) {
	it, err := k.Positions.Iterate(ctx, collections.NewPrefixedTripleRange[sdk.AccAddress, uint32, types.Identity](owner))
	if err != nil {
		return nil, err
	}
	defer it.Close()
	var out []collections.KeyValue[positionKey, types.Position]
	for ; it.Valid() && len(out) < most; it.Next() {
		row, err := it.KeyValue()
		if err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}
