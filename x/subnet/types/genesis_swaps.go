package types

import (
	"bytes"

	errorsmod "cosmossdk.io/errors"
)

// validateSigningKeys accepts, for each hotkey that was swapped, its first key, which is itself, and the keys after it, of which
// the last signs. No key is another hotkey.
func (gs GenesisState) validateSigningKeys(owners map[string]string) error {
	type keys struct {
		first   bool
		present int
	}
	of := make(map[string]keys, len(gs.SigningKeys))
	var last []byte
	for i, s := range gs.SigningKeys {
		key, err := ParseHotkey("signing_keys.key", s.Key)
		if err != nil {
			return err
		}
		if _, err := ParseHotkey("signing_keys.hotkey", s.Hotkey); err != nil {
			return err
		}
		if i > 0 && bytes.Compare(last, key) >= 0 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "signing_keys has %s at %d out of order or twice, want ascending bytes", s.Key, i)
		}
		last = key
		if s.Since < 0 || (!s.Present() && s.Until < s.Since) {
			return errorsmod.Wrapf(ErrInvalidGenesis, "signing_keys has %s from block %d until %d, want 0 <= since <= until, or 0 for until", s.Key, s.Since, s.Until)
		}
		if owners[s.Hotkey] == "" || (s.Key != s.Hotkey && owners[s.Key] != "") {
			return errorsmod.Wrapf(ErrInvalidGenesis, "signing_keys has %s for %s, want a hotkey of hotkey_owners and a key that is none itself", s.Key, s.Hotkey)
		}
		has := of[s.Hotkey]
		if s.Key == s.Hotkey && !s.Present() {
			has.first = true
		}
		if s.Present() {
			has.present++
		}
		of[s.Hotkey] = has
	}
	for _, s := range gs.SigningKeys {
		if has := of[s.Hotkey]; !has.first || has.present != 1 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "signing_keys has %d present keys of %s, and its first key that was swapped: %t; want 1 and true", has.present, s.Hotkey, has.first)
		}
	}
	return nil
}

func (gs GenesisState) validateOwnerSwaps() error {
	var last []byte
	for i, s := range gs.OwnerSwaps {
		if err := s.Validate(); err != nil {
			return errorsmod.Wrapf(err, "owner_swaps at %d", i)
		}
		owner, err := ParseAddress("owner", s.Owner)
		if err != nil {
			return err
		}
		if i > 0 && bytes.Compare(last, owner) >= 0 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "owner_swaps has %s at %d out of order or twice, want ascending bytes", s.Owner, i)
		}
		last = owner
	}
	return nil
}
