package keeper

import (
	"bytes"
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// backed is a hotkey with the identity under which the stake behind it is kept. Everything that reads or writes stake takes one,
// and there are two ways to get it: of the hotkey that a message names, and of a row that the store has.
type backed struct {
	hotkey sdk.AccAddress // the one that has it now
	id     types.Identity
}

// resolve is the stake behind the hotkey that a message, a hook or a query names. Errors: ErrHotkeySwapped, which names the
// hotkey that has its place now.
func (k *Keeper) resolve(ctx context.Context, hotkey sdk.AccAddress) (backed, error) {
	id, err := k.identityOf(ctx, hotkey)
	if err != nil {
		return backed{}, err
	}
	b, err := k.behind(ctx, id)
	if err != nil {
		return backed{}, err
	}
	if !b.hotkey.Equals(hotkey) {
		return backed{}, types.ErrHotkeySwapped.Wrapf("%s was swapped; the stake that was behind it is behind %s: name that one", hotkey, b.hotkey)
	}
	return b, nil
}

// behind is the stake that is kept under an identity.
func (k *Keeper) behind(ctx context.Context, id types.Identity) (backed, error) {
	hotkey, err := k.Current.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return backed{hotkey: sdk.AccAddress(id), id: id}, nil
	}
	return backed{hotkey: hotkey, id: id}, err
}

// identityOf is the identity of a hotkey, also of one that was swapped for another.
func (k *Keeper) identityOf(ctx context.Context, hotkey sdk.AccAddress) (types.Identity, error) {
	id, err := k.Identities.Get(ctx, hotkey)
	if errors.Is(err, collections.ErrNotFound) {
		return types.Identity(hotkey), nil
	}
	return id, err
}

// AfterHotkeySwapped puts the stake behind a hotkey, in every subnet and whoever's it is, behind another, which x/subnet has
// found to be new. No stake is touched: its identity has another hotkey.
func (k *Keeper) AfterHotkeySwapped(ctx context.Context, old, next, _ sdk.AccAddress, _ []uint32) error {
	b, err := k.resolve(ctx, old)
	if err != nil {
		return err
	}
	if err := k.Identities.Set(ctx, next, b.id); err != nil {
		return err
	}
	return k.Current.Set(ctx, b.id, next)
}

// checkIdentities: each identity's hotkey has that identity, and no identity has another.
func (k *Keeper) checkIdentities(ctx context.Context) error {
	err := k.Current.Walk(ctx, nil, func(id types.Identity, hotkey sdk.AccAddress) (bool, error) {
		if has, err := k.Identities.Get(ctx, hotkey); err != nil || !bytes.Equal(has, id) {
			return true, broken("the stake of %s is behind %s, whose identity is %s (%v)", id, hotkey, has, err)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	return k.Identities.Walk(ctx, nil, func(hotkey sdk.AccAddress, id types.Identity) (bool, error) {
		if bytes.Equal(hotkey, id) {
			return true, broken("%s is stored as its own identity", hotkey)
		}
		if has, err := k.Identities.Has(ctx, sdk.AccAddress(id)); err != nil || has {
			return true, broken("identity %s of %s has an identity itself (%v)", id, hotkey, err)
		}
		if has, err := k.Current.Has(ctx, id); err != nil || !has {
			return true, broken("identity %s of %s has no hotkey (%v)", id, hotkey, err)
		}
		return false, nil
	})
}
