package types

import (
	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/internal/wide"
)

// Left is what of the amount was never slashed, in nagon: all that can ever vest.
func (c Collateral) Left() uint64 { return c.Amount - c.Slashed }

// Free is what of it a claim may take, in nagon: what is held and not disputed.
func (c Collateral) Free() uint64 { return c.Held() - c.Disputed }

// DisputedPart is the part of what is held that a dispute is about, rounded up, so that the smallest collateral has one.
func (c Collateral) DisputedPart(bps uint32) uint64 {
	part, _ := wide.MulDivCeil64(c.Held(), uint64(min(bps, MaxBps)), MaxBps) // at most what is held: fits
	return part
}

// Validate reports the first contradiction in what is withheld, as ErrInvalidCollateral or ErrInvalidAddress.
func (w Withheld) Validate() error {
	if _, err := ParseHotkey("hotkey", w.Hotkey); err != nil {
		return err
	}
	if w.Amount == 0 || w.Amount > maxAmount {
		return errorsmod.Wrapf(ErrInvalidCollateral, "withheld of netuid %d hotkey %s is %d, want 1 to %d", w.Netuid, w.Hotkey, w.Amount, uint64(maxAmount))
	}
	return nil
}
