package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// An owner who gets a new key has everything moved to it: hotkeys, subnets, identity and stake. That is announced first, so that
// backers and partners see it coming; then the new owner carries it out, which proves that somebody has that key, in calls of bounded work.
// Between two calls part of it is the one owner's and part the other's, each of them wholly, so the state is valid all the time. A
// call begins from what there is, so it also moves what came to the old owner since the last.

// rowsPerCall is how many rows a call moves; the last hotkey is moved with all its neurons and what is kept by them.
const rowsPerCall = 100

// OwnerSwapOf returns what an owner has announced. Errors: ErrOwnerSwapNotFound.
func (k *Keeper) OwnerSwapOf(ctx context.Context, owner sdk.AccAddress) (types.OwnerSwap, error) {
	s, err := k.ownerSwaps.Get(ctx, owner)
	if err != nil {
		return types.OwnerSwap{}, missing(err, types.ErrOwnerSwapNotFound, "owner %s; it announces one with agond owner announce", owner)
	}
	return s, nil
}

// announceOwnerSwap begins the wait; an earlier announcement of the owner is void. It returns the height at which the wait ends.
func (k *Keeper) announceOwnerSwap(ctx context.Context, m *types.MsgAnnounceOwnerSwap) (int64, error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, err
	}
	owner, err := types.ParseAddress("owner", m.Owner)
	if err != nil {
		return 0, err
	}
	next, err := types.ParseAddress("new_owner", m.NewOwner)
	if err != nil {
		return 0, err
	}
	if err := k.notBegun(ctx, owner); err != nil {
		return 0, err
	}
	// An owner's key stays cold.
	if err := k.notAHotkey(ctx, "new_owner", next); err != nil {
		return 0, err
	}
	p, err := k.params.Get(ctx)
	if err != nil {
		return 0, err
	}
	at := height(ctx)
	s := types.OwnerSwap{Owner: m.Owner, NewOwner: m.NewOwner, AnnouncedAt: at, ReadyAt: at + int64(p.OwnerSwapDelay)}
	if err := k.ownerSwaps.Set(ctx, owner, s); err != nil {
		return 0, err
	}
	return s.ReadyAt, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventOwnerSwapAnnounced{
		Owner: s.Owner, NewOwner: s.NewOwner, ReadyAt: s.ReadyAt,
	})
}

// notBegun refuses where a part has been moved: who the owner is, is settled then, and the old key cannot hold back the rest.
func (k *Keeper) notBegun(ctx context.Context, owner sdk.AccAddress) error {
	has, err := k.ownerSwaps.Has(ctx, owner)
	if err != nil || !has {
		return err
	}
	s, err := k.ownerSwaps.Get(ctx, owner)
	if err != nil || !s.Begun {
		return err
	}
	return errorsmod.Wrapf(types.ErrOwnerSwapBegun, "%s is being replaced by %s; that account carries it out to the end with agond owner swap %s", owner, s.NewOwner, owner)
}

// cancelOwnerSwap takes an announcement back.
func (k *Keeper) cancelOwnerSwap(ctx context.Context, m *types.MsgCancelOwnerSwap) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	owner, err := types.ParseAddress("owner", m.Owner)
	if err != nil {
		return err
	}
	s, err := k.OwnerSwapOf(ctx, owner)
	if err != nil {
		return err
	}
	if err := k.notBegun(ctx, owner); err != nil {
		return err
	}
	if err := k.ownerSwaps.Remove(ctx, owner); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventOwnerSwapCancelled{Owner: s.Owner, NewOwner: s.NewOwner})
}

// swapOwner moves the next rows of an announced swap. With the last of them the announcement is done with.
func (k *Keeper) swapOwner(ctx context.Context, m *types.MsgSwapOwner) (moved uint32, more bool, err error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, false, err
	}
	owner, err := types.ParseAddress("owner", m.Owner)
	if err != nil {
		return 0, false, err
	}
	s, err := k.OwnerSwapOf(ctx, owner)
	if err != nil {
		return 0, false, err
	}
	if m.NewOwner != s.NewOwner {
		return 0, false, errorsmod.Wrapf(types.ErrNotSwapParty, "%s announced %s, not %s; sign with that account", s.Owner, s.NewOwner, m.NewOwner)
	}
	if now := height(ctx); now < s.ReadyAt {
		return 0, false, errorsmod.Wrapf(types.ErrOwnerSwapTooSoon, "announced at block %d, ready at block %d, this is block %d; send it then", s.AnnouncedAt, s.ReadyAt, now)
	}
	next, err := types.ParseAddress("new_owner", s.NewOwner)
	if err != nil {
		return 0, false, err
	}
	event, err := k.moveOwned(ctx, owner, next)
	if err != nil {
		return 0, false, err
	}
	if event.More {
		s.Begun = true
		err = k.ownerSwaps.Set(ctx, owner, s)
	} else {
		err = k.ownerSwaps.Remove(ctx, owner)
	}
	if err != nil {
		return 0, false, err
	}
	return event.Rows, event.More, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}

// moveOwned moves rows, hotkeys first: what a hotkey earns goes to its owner's position, which therefore comes after it.
func (k *Keeper) moveOwned(ctx context.Context, owner, next sdk.AccAddress) (*types.EventOwnerSwapped, error) {
	event := &types.EventOwnerSwapped{Owner: owner.String(), NewOwner: next.String()}
	hotkeys, err := k.hotkeysOf(ctx, owner, rowsPerCall+1)
	if err != nil {
		return nil, err
	}
	for _, hotkey := range hotkeys {
		if event.Rows >= rowsPerCall {
			event.More = true
			return event, nil
		}
		rows, err := k.moveHotkey(ctx, hotkey, owner, next)
		if err != nil {
			return nil, err
		}
		event.Rows += rows
		event.Hotkeys = append(event.Hotkeys, hotkey.String())
	}
	netuids, err := k.subnetsOf(ctx, owner, rowsPerCall+1)
	if err != nil {
		return nil, err
	}
	for _, netuid := range netuids {
		if event.Rows >= rowsPerCall {
			event.More = true
			return event, nil
		}
		if err := k.moveSubnet(ctx, netuid, owner, next); err != nil {
			return nil, err
		}
		event.Rows++
		event.Netuids = append(event.Netuids, netuid)
	}
	had, err := k.moveIdentity(ctx, owner, next)
	if err != nil {
		return nil, err
	}
	if had {
		event.Rows++
	}
	if k.owned == nil {
		return event, nil
	}
	rows, more, err := k.owned.MoveOwned(ctx, owner, next, rowsPerCall-min(event.Rows, rowsPerCall))
	event.Rows, event.More = event.Rows+rows, more
	return event, err
}

// moveHotkey gives a hotkey to the new owner, with its neurons. It returns how many rows of this module and of others it moved.
func (k *Keeper) moveHotkey(ctx context.Context, hotkey, owner, next sdk.AccAddress) (rows uint32, err error) {
	if err := k.giveHotkey(ctx, hotkey, owner, next); err != nil {
		return 0, err
	}
	held, err := k.uidsOf(ctx, hotkey)
	if err != nil {
		return 0, err
	}
	for _, at := range held {
		n, err := k.GetNeuron(ctx, at.K1(), at.K2())
		if err != nil {
			return 0, err
		}
		n.Owner = next.String()
		if err := k.neurons.Set(ctx, collections.Join(n.Netuid, n.Uid), n); err != nil {
			return 0, err
		}
	}
	rows = 1 + uint32(len(held))
	if k.owned == nil {
		return rows, nil
	}
	others, err := k.owned.AfterHotkeyOwnerChanged(ctx, hotkey, owner, next)
	return rows + others, err
}

// moveIdentity gives what an account has published of itself to another, unless that has published something, and says whether there
// was anything.
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

// moveSubnet gives a subnet to the new owner. Rules that the old owner announced still come: it is the same person. An offer to
// the new owner is void, who has the subnet now.
func (k *Keeper) moveSubnet(ctx context.Context, netuid uint32, owner, next sdk.AccAddress) error {
	s, err := k.GetSubnet(ctx, netuid)
	if err != nil {
		return err
	}
	if err := k.giveSubnet(ctx, s, owner, next); err != nil {
		return err
	}
	if has, err := k.offers.Has(ctx, netuid); err != nil || !has {
		return err
	}
	o, err := k.offers.Get(ctx, netuid)
	if err != nil || o.NewOwner != next.String() {
		return err
	}
	return k.offers.Remove(ctx, netuid)
}

// checkOwnerSwaps: each announcement is valid and stands under its owner.
func (k *Keeper) checkOwnerSwaps(ctx context.Context) error {
	return k.ownerSwaps.Walk(ctx, nil, func(owner sdk.AccAddress, s types.OwnerSwap) (bool, error) {
		if err := s.Validate(); err != nil || s.Owner != owner.String() {
			return true, broken("swap of owner %s is stored under %s (%v)", s.Owner, owner, err)
		}
		return false, nil
	})
}
