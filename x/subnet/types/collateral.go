package types

import (
	"math"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/internal/wide"
)

// CollateralOf is the part of a registration's price that is held, rounded down; the rest is burned.
func (h Hyperparams) CollateralOf(price uint64) uint64 {
	held, _ := wide.MulDiv64(price, uint64(h.CollateralBps), MaxBps) // at most the price: fits
	return held
}

// CollateralTarget is what a neuron must earn for its collateral to vest whole, in alpha base units: the collateral over the
// token's price (AGON per token, 32 fractional bits), times vestsBps over the whole, rounded up twice, at least 1. Where the
// token has no price it is the largest number.
func CollateralTarget(amount, priceQ32 uint64, vestsBps uint32) uint64 {
	if priceQ32 == 0 {
		return math.MaxUint64
	}
	worth, ok := wide.MulDivCeil64(amount, 1<<32, priceQ32)
	if !ok {
		return math.MaxUint64
	}
	target, ok := wide.MulDivCeil64(worth, uint64(vestsBps), MaxBps)
	if !ok {
		return math.MaxUint64
	}
	return max(target, 1)
}

// Vested is how much of the collateral has vested when the neuron has earned so much alpha, in nagon, rounded down; never less
// than was paid. What was slashed never vests.
func (c Collateral) Vested(earned uint64) uint64 {
	switch {
	case c.Target == 0:
		return c.Paid
	case earned >= c.Target:
		return c.Left()
	}
	vested, _ := wide.MulDiv64(c.Left(), earned, c.Target) // below the amount: fits
	return max(vested, c.Paid)
}

// Held is what the module's account has of it, in nagon.
func (c Collateral) Held() uint64 { return c.Amount - c.Paid - c.Slashed }

// Validate reports the first contradiction in a stored collateral, as ErrInvalidCollateral.
func (c Collateral) Validate() error {
	switch {
	case c.Amount == 0 || c.Amount > maxAmount:
		return errorsmod.Wrapf(ErrInvalidCollateral, "amount is %d, want 1 to %d", c.Amount, uint64(maxAmount))
	case c.Paid >= c.Amount || c.Slashed >= c.Amount-c.Paid:
		return errorsmod.Wrapf(ErrInvalidCollateral, "paid is %d and slashed %d, want together less than the amount of %d: what is paid whole is no longer kept", c.Paid, c.Slashed, c.Amount)
	case c.Disputed > c.Held():
		return errorsmod.Wrapf(ErrInvalidCollateral, "disputed is %d, want at most the %d that are held", c.Disputed, c.Held())
	case c.VestsBps < 1 || c.VestsBps > MaxCollateralVestsBps:
		return errorsmod.Wrapf(ErrInvalidCollateral, "vests_bps is %d, want 1 to %d", c.VestsBps, MaxCollateralVestsBps)
	}
	return nil
}
