package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// A key that may be known to others is swapped for a new one. The new hotkey takes the old one's place in every subnet at once;
// the old one is retired for ever and stays its owner's, so that nobody comes back under it.

// swapHotkey puts a new hotkey in the place of an old one for a price that is burned. It writes three rows and a column of each
// subnet that the old one holds a uid of.
func (k *Keeper) swapHotkey(ctx context.Context, m *types.MsgSwapHotkey) (cost uint64, netuids []uint32, err error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, nil, err
	}
	owner, err := types.ParseAddress("owner", m.Owner)
	if err != nil {
		return 0, nil, err
	}
	old, err := types.ParseHotkey("hotkey", m.Hotkey)
	if err != nil {
		return 0, nil, err
	}
	next, err := types.ParseHotkey("new_hotkey", m.NewHotkey)
	if err != nil {
		return 0, nil, err
	}
	p, err := k.params.Get(ctx)
	if err != nil {
		return 0, nil, err
	}
	if err := k.maySwap(ctx, p, owner, old, next); err != nil {
		return 0, nil, err
	}
	cost = p.HotkeySwapCost
	if m.MaxCost != 0 && cost > m.MaxCost {
		return 0, nil, errorsmod.Wrapf(types.ErrSwapCostAboveLimit, "max_cost is %d nagon, hotkey_swap_cost is %d nagon; raise it", m.MaxCost, cost)
	}

	if err := k.burn(ctx, owner, cost, "hotkey_swap_cost"); err != nil {
		return 0, nil, err
	}
	held, err := k.uidsOf(ctx, old)
	if err != nil {
		return 0, nil, err
	}
	for _, at := range held {
		netuids = append(netuids, at.K1())
		if err := k.renameNeuron(ctx, at.K1(), at.K2(), old, next); err != nil {
			return 0, nil, err
		}
	}
	if err := k.retire(ctx, owner, old, next); err != nil {
		return 0, nil, err
	}
	if err := k.hear().AfterHotkeySwapped(ctx, old, next, owner, netuids); err != nil {
		return 0, nil, err
	}
	return cost, netuids, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventHotkeySwapped{
		Owner: m.Owner, Hotkey: m.Hotkey, NewHotkey: m.NewHotkey, Netuids: netuids, Cost: cost,
	})
}

// maySwap refuses what is not the owner's, not in use any more, swapped a moment ago, or would go to a hotkey that is not new.
func (k *Keeper) maySwap(ctx context.Context, p types.Params, owner, old, next sdk.AccAddress) error {
	bound, err := k.OwnerOf(ctx, old)
	if err != nil {
		return err
	}
	if !bound.Equals(owner) {
		return errorsmod.Wrapf(types.ErrHotkeyOwned, "hotkey %s belongs to %s, not to %s; sign with its owner", old, bound, owner)
	}
	if err := k.notRetired(ctx, old); err != nil {
		return err
	}
	if of, err := k.OwnerOf(ctx, next); err == nil {
		return errorsmod.Wrapf(types.ErrHotkeyInUse, "new_hotkey %s is or was a hotkey of %s; make a new key", next, of)
	} else if !errors.Is(err, types.ErrUnknownHotkey) {
		return err
	}
	last, err := k.swapOf(ctx, old)
	if err != nil || last == 0 {
		return err
	}
	if now, free := height(ctx), last+int64(p.HotkeySwapInterval); now < free {
		return errorsmod.Wrapf(types.ErrSwapTooSoon, "hotkey %s took its place at block %d, hotkey_swap_interval is %d blocks; swap it from block %d",
			old, last, p.HotkeySwapInterval, free)
	}
	return nil
}

// renameNeuron gives the neuron at a uid another hotkey and leaves all else as it is, so that its axon, its commitment and what
// they wait for go on.
func (k *Keeper) renameNeuron(ctx context.Context, netuid, uid uint32, old, next sdk.AccAddress) error {
	n, err := k.GetNeuron(ctx, netuid, uid)
	if err != nil {
		return err
	}
	n.Hotkey = next.String()
	if err := k.neurons.Set(ctx, collections.Join(netuid, uid), n); err != nil {
		return err
	}
	if err := k.uids.Remove(ctx, collections.Join(old, netuid)); err != nil {
		return err
	}
	if err := k.uids.Set(ctx, collections.Join(next, netuid), uid); err != nil {
		return err
	}
	if err := putCell(ctx, k.hotkeys, netuid, uid, next); err != nil {
		return err
	}
	c, err := k.commitments.Get(ctx, collections.Join(netuid, uid))
	if errors.Is(err, collections.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	c.Hotkey = n.Hotkey
	return k.commitments.Set(ctx, collections.Join(netuid, uid), c)
}

// retire writes down that next has taken old's place. What old has published of itself goes to next, unless that has done so.
func (k *Keeper) retire(ctx context.Context, owner, old, next sdk.AccAddress) error {
	at := height(ctx)
	if err := k.retired.Set(ctx, old, types.RetiredHotkey{Hotkey: old.String(), NewHotkey: next.String(), Block: at}); err != nil {
		return err
	}
	if err := k.swappedAt.Remove(ctx, old); err != nil {
		return err
	}
	if err := k.swappedAt.Set(ctx, next, uint64(max(at, 0))); err != nil {
		return err
	}
	if err := k.giveHotkey(ctx, next, nil, owner); err != nil {
		return err
	}
	_, err := k.moveIdentity(ctx, old, next)
	return err
}

// moveIdentity gives what an account has published of itself to another, unless that has published something, and says
// whether there was anything.
func (k *Keeper) moveIdentity(ctx context.Context, old, next sdk.AccAddress) (bool, error) {
	id, err := k.identities.Get(ctx, old)
	if errors.Is(err, collections.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := k.identities.Remove(ctx, old); err != nil {
		return false, err
	}
	if has, err := k.identities.Has(ctx, next); err != nil || has {
		return true, err
	}
	id.Address = next.String()
	return true, k.identities.Set(ctx, next, id)
}

// notRetired refuses a hotkey that was swapped. Errors: ErrHotkeyRetired.
func (k *Keeper) notRetired(ctx context.Context, hotkey sdk.AccAddress) error {
	r, err := k.retiredHotkey(ctx, hotkey)
	if err != nil || r == nil {
		return err
	}
	return errorsmod.Wrapf(types.ErrHotkeyRetired, "hotkey %s was swapped for %s at block %d and is never used again; name that one, or make a new key",
		hotkey, r.NewHotkey, r.Block)
}

// retiredHotkey is what took a hotkey's place, nil if nothing did.
func (k *Keeper) retiredHotkey(ctx context.Context, hotkey sdk.AccAddress) (*types.RetiredHotkey, error) {
	r, err := k.retired.Get(ctx, hotkey)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, nil
	}
	return &r, err
}

// swapOf is the height at which a hotkey took another's place, 0 if it took none's or is retired itself.
func (k *Keeper) swapOf(ctx context.Context, hotkey sdk.AccAddress) (int64, error) {
	at, err := k.swappedAt.Get(ctx, hotkey)
	if errors.Is(err, collections.ErrNotFound) {
		return 0, nil
	}
	return int64(at), err
}

// checkRetired: a retired hotkey has an owner and no uid, what took its place has an owner, and the heights of swaps
// are those of the hotkeys that are in use.
func (k *Keeper) checkRetired(ctx context.Context) error {
	swaps := 0
	err := k.retired.Walk(ctx, nil, func(old sdk.AccAddress, r types.RetiredHotkey) (bool, error) {
		next, err := types.ParseHotkey("new_hotkey", r.NewHotkey)
		if err != nil || r.Hotkey != old.String() {
			return true, broken("retired hotkey %s is stored under %s (%v)", r.Hotkey, old, err)
		}
		for _, hotkey := range []sdk.AccAddress{old, next} {
			if _, err := k.OwnerOf(ctx, hotkey); err != nil {
				return true, broken("swap of %s for %s: %s", old, next, err)
			}
		}
		if held, err := k.uidsOf(ctx, old); err != nil || len(held) > 0 {
			return true, broken("retired hotkey %s holds %d uids (%v)", old, len(held), err)
		}
		if gone, err := k.retired.Has(ctx, next); err != nil || gone {
			return err != nil, err
		}
		swaps++
		if at, err := k.swapOf(ctx, next); err != nil || at != r.Block {
			return true, broken("hotkey %s took the place of %s at block %d, swapped_at says %d (%v)", next, old, r.Block, at, err)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	heights := 0
	if err := k.swappedAt.Walk(ctx, nil, func(sdk.AccAddress, uint64) (bool, error) {
		heights++
		return false, nil
	}); err != nil {
		return err
	}
	if heights != swaps {
		return broken("there are %d heights of swaps, %d hotkeys in use took another's place", heights, swaps)
	}
	return nil
}
