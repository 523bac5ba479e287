package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// Whose a hotkey or a subnet is changes here and nowhere else, so that what an owner has is found without asking everybody.

// giveHotkey makes next the owner of a hotkey that was old's, or nobody's where old is nil.
func (k *Keeper) giveHotkey(ctx context.Context, hotkey, old, next sdk.AccAddress) error {
	if old != nil {
		if err := k.ownedHotkeys.Remove(ctx, collections.Join(old, hotkey)); err != nil {
			return err
		}
	}
	if err := k.ownedHotkeys.Set(ctx, collections.Join(next, hotkey)); err != nil {
		return err
	}
	return k.owners.Set(ctx, hotkey, next)
}

// giveSubnet stores a subnet as next's that was old's, or is new where old is nil.
func (k *Keeper) giveSubnet(ctx context.Context, s types.Subnet, old, next sdk.AccAddress) error {
	if old != nil {
		if err := k.ownedSubnets.Remove(ctx, collections.Join(old, s.Netuid)); err != nil {
			return err
		}
	}
	if err := k.ownedSubnets.Set(ctx, collections.Join(next, s.Netuid)); err != nil {
		return err
	}
	s.Owner = next.String()
	return k.subnets.Set(ctx, s.Netuid, s)
}

// hotkeysOf returns at most so many hotkeys of an owner, in order of their bytes.
func (k *Keeper) hotkeysOf(ctx context.Context, owner sdk.AccAddress, most int) ([]sdk.AccAddress, error) {
	var out []sdk.AccAddress
	err := k.ownedHotkeys.Walk(ctx, collections.NewPrefixedPairRange[sdk.AccAddress, sdk.AccAddress](owner),
		func(key collections.Pair[sdk.AccAddress, sdk.AccAddress]) (bool, error) {
			if len(out) == most {
				return true, nil
			}
			out = append(out, key.K2())
			return false, nil
		})
	return out, err
}

// subnetsOf returns at most so many netuids of an owner, ascending.
func (k *Keeper) subnetsOf(ctx context.Context, owner sdk.AccAddress, most int) ([]uint32, error) {
	var out []uint32
	err := k.ownedSubnets.Walk(ctx, collections.NewPrefixedPairRange[sdk.AccAddress, uint32](owner),
		func(key collections.Pair[sdk.AccAddress, uint32]) (bool, error) {
			if len(out) == most {
				return true, nil
			}
			out = append(out, key.K2())
			return false, nil
		})
	return out, err
}

// checkOwned: each hotkey and each subnet stands among those of its owner, and nothing else does.
func (k *Keeper) checkOwned(ctx context.Context) error {
	hotkeys, netuids := 0, 0
	err := k.owners.Walk(ctx, nil, func(hotkey, owner sdk.AccAddress) (bool, error) {
		hotkeys++
		if has, err := k.ownedHotkeys.Has(ctx, collections.Join(owner, hotkey)); err != nil || !has {
			return true, broken("hotkey %s is not among those of its owner %s (%v)", hotkey, owner, err)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	err = k.eachSubnet(ctx, func(s types.Subnet) error {
		netuids++
		owner, err := types.ParseAddress("owner", s.Owner)
		if err != nil {
			return err
		}
		if has, err := k.ownedSubnets.Has(ctx, collections.Join(owner, s.Netuid)); err != nil || !has {
			return broken("netuid %d is not among those of its owner %s (%v)", s.Netuid, owner, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	listed := 0
	if err := k.ownedHotkeys.Walk(ctx, nil, func(collections.Pair[sdk.AccAddress, sdk.AccAddress]) (bool, error) {
		listed++
		return false, nil
	}); err != nil {
		return err
	}
	if listed != hotkeys {
		return broken("owners have %d hotkeys, there are %d", listed, hotkeys)
	}
	listed = 0
	if err := k.ownedSubnets.Walk(ctx, nil, func(collections.Pair[sdk.AccAddress, uint32]) (bool, error) {
		listed++
		return false, nil
	}); err != nil {
		return err
	}
	if listed != netuids {
		return broken("owners have %d subnets, there are %d", listed, netuids)
	}
	return nil
}
