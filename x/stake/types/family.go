package types

import (
	"bytes"
	"slices"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// ValidateChildren checks children against their parent: as many as there can be, each once and never the parent, each with
// a part, all together at most the whole. The error is ErrChildren.
func ValidateChildren(parent sdk.AccAddress, children []Child) error {
	if len(children) > MaxChildren {
		return ErrChildren.Wrapf("%d children, at most %d", len(children), MaxChildren)
	}
	var sum uint32
	for i, c := range children {
		child, err := sdk.AccAddressFromBech32(c.Hotkey)
		if err != nil {
			return ErrChildren.Wrapf("children[%d].hotkey: %v", i, err)
		}
		if text := child.String(); text != c.Hotkey {
			return ErrChildren.Wrapf("children[%d].hotkey %s: write it as %s", i, clip(c.Hotkey), text)
		}
		if child.Equals(parent) {
			return ErrChildren.Wrapf("children[%d] is the parent itself; what is not delegated stays with it", i)
		}
		if slices.ContainsFunc(children[:i], func(o Child) bool { return o.Hotkey == c.Hotkey }) {
			return ErrChildren.Wrapf("children[%d] %s is named twice; add the parts up", i, c.Hotkey)
		}
		if c.Bps == 0 || c.Bps > MaxBps-sum {
			return ErrChildren.Wrapf("children[%d].bps is %d, want 1 to %d: all together are at most %d", i, c.Bps, MaxBps-sum, MaxBps)
		}
		sum += c.Bps
	}
	return nil
}

// At is the family as it is at a height: a change that is no longer pending is done.
func (f Family) At(height int64) Family {
	if f.PendingAt == 0 || height < f.PendingAt {
		return f
	}
	return Family{Parent: f.Parent, Children: f.Pending}
}

// Empty says that the parent has no children and will have none.
func (f Family) Empty() bool { return len(f.Children) == 0 && f.PendingAt == 0 }

// Find is where a parent's family is among families in order of their parents, or would be.
func (f Families) Find(parent sdk.AccAddress) (at int, found bool) {
	return slices.BinarySearchFunc(f.Families, parent, func(f Family, want sdk.AccAddress) int {
		have, err := sdk.AccAddressFromBech32(f.Parent)
		if err != nil {
			panic(err) // what is stored was checked
		}
		return bytes.Compare(have, want)
	})
}

// Validate checks families as stored. The error is ErrChildren.
func (f Families) Validate() error {
	if len(f.Families) == 0 || len(f.Families) > MaxFamilies {
		return ErrChildren.Wrapf("netuid %d has %d families, want 1 to %d", f.Netuid, len(f.Families), MaxFamilies)
	}
	var last []byte
	for i, family := range f.Families {
		parent, err := sdk.AccAddressFromBech32(family.Parent)
		if err != nil {
			return ErrChildren.Wrapf("families[%d].parent: %v", i, err)
		}
		if bytes.Compare(parent, last) <= 0 {
			return ErrChildren.Wrapf("families[%d] is out of order: sort by address", i)
		}
		last = parent
		if family.Empty() || family.PendingAt < 0 || (family.PendingAt == 0 && len(family.Pending) > 0) {
			return ErrChildren.Wrapf("families[%d] has %d children, and %d pending at height %d", i, len(family.Children), len(family.Pending), family.PendingAt)
		}
		for _, children := range [][]Child{family.Children, family.Pending} {
			if err := ValidateChildren(parent, children); err != nil {
				return errorsmod.Wrapf(err, "families[%d]", i)
			}
		}
	}
	return nil
}

func validateSeats(seats []string) error {
	if len(seats) > MaxRootSeats {
		return ErrInvalidGenesis.Wrapf("%d seats, at most %d", len(seats), MaxRootSeats)
	}
	for i, hotkey := range seats {
		if _, err := sdk.AccAddressFromBech32(hotkey); err != nil {
			return ErrInvalidGenesis.Wrapf("seats[%d]: %v", i, err)
		}
		if slices.Contains(seats[:i], hotkey) {
			return ErrInvalidGenesis.Wrapf("seats[%d] %s has another seat", i, hotkey)
		}
	}
	return nil
}

func validateFamilies(gs GenesisState) error {
	last := uint32(0)
	for i, f := range gs.Families {
		if f.Netuid <= last || !gs.hasPool(f.Netuid) {
			return ErrInvalidGenesis.Wrapf("families[%d].netuid is %d, want above %d and with a pool", i, f.Netuid, last)
		}
		last = f.Netuid
		if err := f.Validate(); err != nil {
			return ErrInvalidGenesis.Wrapf("families[%d]: %v", i, err)
		}
	}
	return nil
}
