package types

import (
	errorsmod "cosmossdk.io/errors"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// IsFree says whether calls cost nothing.
func (p Price) IsFree() bool {
	return p.PerRequest == 0 && p.PerMillionInput == 0 && p.PerMillionOutput == 0
}

// Validate reports the first contradiction in a stored price. Errors: ErrInvalidPrice, and ErrInvalidAddress of x/subnet.
func (p Price) Validate() error {
	if _, err := subnettypes.ParseHotkey("hotkey", p.Hotkey); err != nil {
		return err
	}
	if p.IsFree() || p.SetAt < 0 {
		return errorsmod.Wrapf(ErrInvalidPrice, "netuid %d hotkey %s: all zero, or set_at %d: want a price, set at a height from 0 on", p.Netuid, p.Hotkey, p.SetAt)
	}
	return checkPrice(p.Netuid, p.PerRequest, p.PerMillionInput, p.PerMillionOutput)
}

func checkPrice(netuid uint32, request, input, output uint64) error {
	if err := checkNetuid(ErrInvalidPrice, netuid); err != nil {
		return err
	}
	return check(ErrInvalidPrice, []bound{
		{"per_request", request, 0, MaxPrice}, {"per_million_input", input, 0, MaxPrice}, {"per_million_output", output, 0, MaxPrice},
	})
}

func checkNetuid(kind *errorsmod.Error, netuid uint32) error {
	if netuid < subnettypes.FirstNetuid || netuid > subnettypes.MaxNetuid {
		return errorsmod.Wrapf(kind, "netuid is %d, want %d to %d", netuid, subnettypes.FirstNetuid, subnettypes.MaxNetuid)
	}
	return nil
}
