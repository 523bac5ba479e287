package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// A hotkey is an address under which everything is kept that others rely on: uids, stake, takes, children, commits, receipts. At
// first the key of that address signs for it. When that key may be known to others, or is lost, the owner lets another sign; the address
// stays, so nothing has to move and nobody who backs or calls the hotkey has to follow. A key signs for one hotkey, once: one
// that was swapped is never used again.

// SignsFor is the hotkey that an account signs for: itself, unless it is the key of another. Errors: ErrKeySwapped where another key
// signs in its place.
func (k *Keeper) SignsFor(ctx context.Context, account sdk.AccAddress) (sdk.AccAddress, error) {
	s, err := k.signingKeys.Get(ctx, account)
	if errors.Is(err, collections.ErrNotFound) {
		return account, nil
	}
	if err != nil {
		return nil, err
	}
	hotkey, err := types.ParseHotkey("hotkey", s.Hotkey)
	if err != nil || s.Present() {
		return hotkey, err
	}
	present, err := k.KeyOf(ctx, hotkey)
	if err != nil {
		return nil, err
	}
	return nil, errorsmod.Wrapf(types.ErrKeySwapped, "%s signed for hotkey %s until block %d; %s signs for it now", account, hotkey, s.Until, present)
}

// KeyOf is the account that signs for a hotkey: the hotkey itself where its key was never swapped.
func (k *Keeper) KeyOf(ctx context.Context, hotkey sdk.AccAddress) (sdk.AccAddress, error) {
	key, err := k.presentKeys.Get(ctx, hotkey)
	if errors.Is(err, collections.ErrNotFound) {
		return hotkey, nil
	}
	return key, err
}

// signsAs is the hotkey that the signer of a message signs for.
func (k *Keeper) signsAs(ctx context.Context, signer string) (sdk.AccAddress, error) {
	account, err := types.ParseHotkey("hotkey", signer)
	if err != nil {
		return nil, err
	}
	return k.SignsFor(ctx, account)
}

// signingKey is what is known of a key: that it signs for itself since ever, where it took nobody's place and nobody took its.
func (k *Keeper) signingKey(ctx context.Context, key sdk.AccAddress) (types.SigningKey, error) {
	s, err := k.signingKeys.Get(ctx, key)
	if errors.Is(err, collections.ErrNotFound) {
		return types.SigningKey{Key: key.String(), Hotkey: key.String()}, nil
	}
	return s, err
}

// orMeant says which hotkey was meant where an account is a key of one, and otherwise something else.
func (k *Keeper) orMeant(ctx context.Context, account sdk.AccAddress, otherwise string) string {
	if s, err := k.signingKey(ctx, account); err == nil && s.Hotkey != s.Key {
		return "this is a key of hotkey " + s.Hotkey + ": name that one"
	}
	return otherwise
}

// notAKey refuses an account that signs for a hotkey, or did. Errors: ErrKeyInUse.
func (k *Keeper) notAKey(ctx context.Context, field string, account sdk.AccAddress) error {
	s, err := k.signingKeys.Get(ctx, account)
	if errors.Is(err, collections.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return errorsmod.Wrapf(types.ErrKeyInUse, "%s %s signs or signed for hotkey %s; make a new key", field, account, s.Hotkey)
}

// swapHotkey lets another key sign for a hotkey, for a price that is burned: a row for each key stays for ever. It writes three rows,
// whatever the hotkey holds.
func (k *Keeper) swapHotkey(ctx context.Context, m *types.MsgSwapHotkey) (*types.MsgSwapHotkeyResponse, error) {
	if err := m.ValidateBasic(); err != nil {
		return nil, err
	}
	owner, err := types.ParseAddress("owner", m.Owner)
	if err != nil {
		return nil, err
	}
	hotkey, err := types.ParseHotkey("hotkey", m.Hotkey)
	if err != nil {
		return nil, err
	}
	next, err := types.ParseHotkey("new_key", m.NewKey)
	if err != nil {
		return nil, err
	}
	if err := k.maySwap(ctx, owner, hotkey, next); err != nil {
		return nil, err
	}
	p, err := k.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	cost := p.HotkeySwapCost
	if m.MaxCost != 0 && cost > m.MaxCost {
		return nil, errorsmod.Wrapf(types.ErrSwapCostAboveLimit, "max_cost is %d nagon, hotkey_swap_cost is %d nagon; raise it", m.MaxCost, cost)
	}
	if err := k.take(ctx, owner, cost, "hotkey_swap_cost"); err != nil {
		return nil, err
	}
	if err := k.burn(ctx, cost); err != nil {
		return nil, err
	}
	old, err := k.KeyOf(ctx, hotkey)
	if err != nil {
		return nil, err
	}
	if err := k.replaceKey(ctx, hotkey, old, next); err != nil {
		return nil, err
	}
	return &types.MsgSwapHotkeyResponse{Cost: cost, OldKey: old.String()}, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventHotkeySwapped{
		Owner: m.Owner, Hotkey: m.Hotkey, OldKey: old.String(), NewKey: m.NewKey, Cost: cost,
	})
}

// maySwap refuses a hotkey that is not the owner's, and a key that is or was one of a hotkey: what it signed must not be taken for
// the other's.
func (k *Keeper) maySwap(ctx context.Context, owner, hotkey, next sdk.AccAddress) error {
	bound, err := k.OwnerOf(ctx, hotkey)
	if err != nil {
		return err
	}
	if !bound.Equals(owner) {
		return errorsmod.Wrapf(types.ErrHotkeyOwned, "hotkey %s belongs to %s, not to %s; sign with its owner", hotkey, bound, owner)
	}
	return k.notAHotkey(ctx, "new_key", next)
}

// notAHotkey refuses an account that is a hotkey, or a key of one. Errors: ErrKeyInUse.
func (k *Keeper) notAHotkey(ctx context.Context, field string, account sdk.AccAddress) error {
	of, err := k.OwnerOf(ctx, account)
	if err == nil {
		return errorsmod.Wrapf(types.ErrKeyInUse, "%s %s is a hotkey of %s; make a new key", field, account, of)
	}
	if !errors.Is(err, types.ErrUnknownHotkey) {
		return err
	}
	return k.notAKey(ctx, field, account)
}

// replaceKey writes down that next signs for a hotkey from this block on, and old until it.
func (k *Keeper) replaceKey(ctx context.Context, hotkey, old, next sdk.AccAddress) error {
	at := max(height(ctx), 1)
	was, err := k.signingKey(ctx, old)
	if err != nil {
		return err
	}
	was.Until = max(at, was.Since) // on a chain that was started anew at a lower height the last swap may lie ahead
	if err := k.signingKeys.Set(ctx, old, was); err != nil {
		return err
	}
	if err := k.signingKeys.Set(ctx, next, types.SigningKey{Key: next.String(), Hotkey: hotkey.String(), Since: at}); err != nil {
		return err
	}
	return k.presentKeys.Set(ctx, hotkey, next)
}

// checkSigningKeys: each hotkey that was swapped has one present key, which is no hotkey, and its own is not used any more.
func (k *Keeper) checkSigningKeys(ctx context.Context) error {
	err := k.signingKeys.Walk(ctx, nil, func(key sdk.AccAddress, s types.SigningKey) (bool, error) {
		hotkey, err := types.ParseHotkey("hotkey", s.Hotkey)
		if err != nil || s.Key != key.String() {
			return true, broken("signing key %s of %s is stored under %s (%v)", s.Key, s.Hotkey, key, err)
		}
		if _, err := k.OwnerOf(ctx, hotkey); err != nil {
			return true, broken("signing key %s: %s", key, err)
		}
		if has, err := k.owners.Has(ctx, key); err != nil || has != key.Equals(hotkey) {
			return true, broken("signing key %s of %s is a hotkey: %t (%v)", key, hotkey, has, err)
		}
		now, err := k.presentKeys.Get(ctx, hotkey)
		if err != nil || now.Equals(key) != s.Present() {
			return true, broken("%s signs for %s, its key %s until block %d (%v)", now, hotkey, key, s.Until, err)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	return k.presentKeys.Walk(ctx, nil, func(hotkey, key sdk.AccAddress) (bool, error) {
		first, err := k.signingKeys.Get(ctx, hotkey)
		if err != nil || first.Present() {
			return true, broken("hotkey %s is signed for by %s, itself until block %d (%v)", hotkey, key, first.Until, err)
		}
		if s, err := k.signingKeys.Get(ctx, key); err != nil || !s.Present() || s.Hotkey != hotkey.String() {
			return true, broken("hotkey %s is signed for by %s, a key of %s until block %d (%v)", hotkey, key, s.Hotkey, s.Until, err)
		}
		return false, nil
	})
}
