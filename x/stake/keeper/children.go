package keeper

import (
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// families returns who has children in a subnet; nobody is not an error.
func (k *Keeper) families(ctx context.Context, netuid uint32) (types.Families, error) {
	f, err := k.Families.Get(ctx, netuid)
	if errors.Is(err, collections.ErrNotFound) {
		return types.Families{Netuid: netuid}, nil
	}
	return f, err
}

// hasChildren says that a hotkey has children in force at a height, so that it is nobody's child: there is one generation.
func hasChildren(f types.Families, hotkey sdk.AccAddress, height int64) bool {
	at, found := f.Find(hotkey)
	return found && len(f.Families[at].At(height).Children) > 0
}

// SetChildren names the children of a hotkey in a subnet, in force after children_delay blocks; a change that is pending is
// replaced, and waits anew. It returns the height from which the children count.
//
// One generation is enough, and the rule that keeps it simple: whom one names as a child has no children, neither in force nor
// pending. That somebody names a hotkey as his child does not keep it from having children itself, as nobody was asked: from
// then on what was delegated to it stays with his parents.
func (k *Keeper) SetChildren(ctx context.Context, owner, hotkey sdk.AccAddress, netuid uint32, children []types.Child) (int64, error) {
	if _, err := k.GetPool(ctx, netuid); err != nil {
		return 0, err
	}
	if err := k.ownedBy(ctx, hotkey, owner); err != nil {
		return 0, err
	}
	if err := types.ValidateChildren(hotkey, children); err != nil {
		return 0, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return 0, err
	}
	height := sdk.UnwrapSDKContext(ctx).BlockHeight()
	stored, err := k.families(ctx, netuid)
	if err != nil {
		return 0, err
	}
	families, err := k.grown(ctx, stored, height)
	if err != nil {
		return 0, err
	}
	if err := k.checkFamily(ctx, families, hotkey, children); err != nil {
		return 0, err
	}
	family := types.Family{Parent: hotkey.String()}
	at, found := families.Find(hotkey)
	switch {
	case found:
		family.Children = families.Families[at].Children
	case len(children) == 0:
		return 0, types.ErrChildren.Wrapf("%s has no children in netuid %d; there is nothing to end", hotkey, netuid)
	case len(families.Families) >= types.MaxFamilies:
		return 0, types.ErrTooManyFamilies.Wrapf("netuid %d has %d hotkeys with children, at most %d", netuid, len(families.Families), types.MaxFamilies)
	}
	family.Pending, family.PendingAt = children, height+int64(params.ChildrenDelay)
	if found {
		families.Families[at] = family
	} else {
		families.Families = slices.Insert(families.Families, at, family)
	}
	if err := k.Families.Set(ctx, netuid, families); err != nil {
		return 0, err
	}
	return family.PendingAt, emit(ctx, &types.EventChildrenSet{
		Netuid: netuid, Hotkey: hotkey.String(), Children: children, PendingAt: family.PendingAt,
	})
}

// checkFamily: a parent has something that it can delegate, and each child does the work.
func (k *Keeper) checkFamily(ctx context.Context, families types.Families, parent sdk.AccAddress, children []types.Child) error {
	if len(children) == 0 {
		return nil
	}
	live, err := k.live(ctx, families.Netuid, parent)
	if err != nil {
		return err
	}
	if !live {
		return types.ErrChildren.Wrapf("%s holds neither a uid in netuid %d nor a seat at the root, so that nothing behind it counts; register it, or stake at the root", parent, families.Netuid)
	}
	for i, c := range children {
		child, err := sdk.AccAddressFromBech32(c.Hotkey)
		if err != nil {
			return types.ErrChildren.Wrapf("children[%d].hotkey: %v", i, err)
		}
		if _, registered, err := k.registration(ctx, families.Netuid, child); err != nil {
			return err
		} else if !registered {
			return types.ErrChildren.Wrapf("children[%d] %s holds no uid in netuid %d; list who does with agond query subnet neurons %d", i, child, families.Netuid, families.Netuid)
		}
		if _, found := families.Find(child); found {
			return types.ErrChildIsParent.Wrapf("children[%d] %s has children in netuid %d, in force or pending; there is one generation only", i, child, families.Netuid)
		}
	}
	return nil
}

// live says that a hotkey holds a uid in a subnet or a seat at the root.
func (k *Keeper) live(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) (bool, error) {
	_, registered, err := k.registration(ctx, netuid, hotkey)
	if err != nil || registered {
		return registered, err
	}
	_, seated, err := k.registration(ctx, types.RootNetuid, hotkey)
	return seated, err
}

// grown is families as they are at a height, without those that have no children any more; and where there is no room for
// another, without those whose parent holds nothing any more.
func (k *Keeper) grown(ctx context.Context, stored types.Families, height int64) (types.Families, error) {
	out := types.Families{Netuid: stored.Netuid}
	for _, f := range stored.Families {
		if f = f.At(height); !f.Empty() {
			out.Families = append(out.Families, f)
		}
	}
	if len(out.Families) < types.MaxFamilies {
		return out, nil
	}
	all := out.Families
	out.Families = nil
	for _, f := range all {
		parent, err := sdk.AccAddressFromBech32(f.Parent)
		if err != nil {
			return out, err
		}
		live, err := k.live(ctx, stored.Netuid, parent)
		if err != nil {
			return out, err
		}
		if live {
			out.Families = append(out.Families, f)
		}
	}
	return out, nil
}

// ownedBy refuses whoever does not own a hotkey.
func (k *Keeper) ownedBy(ctx context.Context, hotkey, owner sdk.AccAddress) error {
	hotkeyOwner, err := k.subnet.OwnerOf(ctx, hotkey)
	if err != nil {
		return err
	}
	if !hotkeyOwner.Equals(owner) {
		return types.ErrNotHotkeyOwner.Wrapf("%s is owned by %s, not by %s; sign with the owner's key", hotkey, hotkeyOwner, owner)
	}
	return nil
}

// checkFamilies: families are in order and bounded, and each subnet of theirs has a pool.
func (k *Keeper) checkFamilies(ctx context.Context) error {
	all, err := values(ctx, k.Families)
	if err != nil {
		return err
	}
	for _, f := range all {
		if _, err := k.GetPool(ctx, f.Netuid); err != nil {
			return broken("families of netuid %d: %v", f.Netuid, err)
		}
		if err := f.Validate(); err != nil {
			return broken("families of netuid %d: %v", f.Netuid, err)
		}
	}
	return nil
}
