package types

import (
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// ParseAddress reads the address in a field. It refuses the upper-case form of the same address, so that what is stored can
// be compared as text. Errors: ErrInvalidAddress with the field's name.
func ParseAddress(field, bech32 string) (sdk.AccAddress, error) {
	addr, err := sdk.AccAddressFromBech32(bech32)
	if err != nil {
		return nil, errorsmod.Wrapf(ErrInvalidAddress, "%s is %.128q: %s", field, bech32, err)
	}
	if text := addr.String(); text != bech32 {
		return nil, errorsmod.Wrapf(ErrInvalidAddress, "%s is %.128q: write it as %s", field, bech32, text)
	}
	return addr, nil
}

// ParseHotkey reads a hotkey, which is the address of a plain account of HotkeySize bytes. Errors: ErrInvalidAddress.
func ParseHotkey(field, bech32 string) (sdk.AccAddress, error) {
	addr, err := ParseAddress(field, bech32)
	if err != nil {
		return nil, err
	}
	if len(addr) != HotkeySize {
		return nil, errorsmod.Wrapf(ErrInvalidAddress, "%s has %d bytes, want %d: name the account of a key", field, len(addr), HotkeySize)
	}
	return addr, nil
}
