package simulation

import (
	"crypto/sha256"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/chance"
	"github.com/agon-chain/agon/x/subnet/types"
)

// swapHotkey is for a key that nobody has as a rule, as there are few actors and each serves once; now and then for an actor's, which can sign
// then, or for one that was used.
func (m maker) swapHotkey(w *chance.World) *types.MsgSwapHotkey {
	hotkey := m.Hotkey(w, m.Netuid(w))
	p, err := m.k.Params(w.Ctx)
	if err != nil {
		return nil
	}
	key := w.Actor()
	if !w.OneIn(3) {
		fresh := sha256.Sum256(append(w.Bytes(8), hotkey...))
		key = sdk.AccAddress(fresh[:types.HotkeySize])
	}
	return &types.MsgSwapHotkey{Owner: m.OwnerOf(w, hotkey).String(), Hotkey: hotkey.String(), NewKey: key.String(), MaxCost: limit(w.Dice, p.HotkeySwapCost)}
}

// announceOwnerSwap names an actor that is no hotkey as a rule: most are.
func (m maker) announceOwnerSwap(w *chance.World) *types.MsgAnnounceOwnerSwap {
	next := w.Actor()
	for range 6 {
		if _, err := m.k.OwnerOf(w.Ctx, next); err != nil {
			break
		}
		next = w.Actor()
	}
	return &types.MsgAnnounceOwnerSwap{Owner: w.Actor().String(), NewOwner: next.String()}
}

// announced is an actor that has announced a new owner, as a rule, and whom it announced.
func (m maker) announced(w *chance.World) types.OwnerSwap {
	for range 12 {
		if s, err := m.k.OwnerSwapOf(w.Ctx, w.Actor()); err == nil {
			return s
		}
	}
	return types.OwnerSwap{Owner: w.Actor().String(), NewOwner: w.Actor().String()}
}

func (m maker) cancelOwnerSwap(w *chance.World) *types.MsgCancelOwnerSwap {
	return &types.MsgCancelOwnerSwap{Owner: m.announced(w).Owner}
}

func (m maker) swapOwner(w *chance.World) *types.MsgSwapOwner {
	s := m.announced(w)
	out := &types.MsgSwapOwner{NewOwner: s.NewOwner, Owner: s.Owner}
	if w.OneIn(10) {
		out.NewOwner = w.Actor().String()
	}
	return out
}
