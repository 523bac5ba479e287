package types

import (
	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/emission/curve"
)

const (
	// MaxSecurityBps bounds the part of emission that pays consensus validators.
	MaxSecurityBps = 3_000
	// MaxCommunityBps bounds the part of emission that goes to the community pool.
	MaxCommunityBps = 2_000
	// MaxOwnerCutBps bounds the part of a subnet's emission that its owner receives.
	MaxOwnerCutBps = 3_000
	// MaxPriceHalfLife bounds the half-life of the price average: two years of two-second blocks.
	MaxPriceHalfLife = 31_536_000
)

// DefaultParams are the parameters of a new chain.
func DefaultParams() Params {
	return Params{
		SecurityBps:   500,
		CommunityBps:  200,
		OwnerCutBps:   1_800,
		PriceHalfLife: 201_600,
	}
}

// Validate refuses parameters outside their bounds.
func (p Params) Validate() error {
	for _, f := range []struct {
		name       string
		value, max uint32
	}{
		{"security_bps", p.SecurityBps, MaxSecurityBps},
		{"community_bps", p.CommunityBps, MaxCommunityBps},
		{"owner_cut_bps", p.OwnerCutBps, MaxOwnerCutBps},
	} {
		if f.value > f.max {
			return errorsmod.Wrapf(ErrInvalidParams, "%s is %d, at most %d of %d", f.name, f.value, f.max, curve.MaxBps)
		}
	}
	if p.PriceHalfLife == 0 || p.PriceHalfLife > MaxPriceHalfLife {
		return errorsmod.Wrapf(ErrInvalidParams, "price_half_life is %d blocks, from 1 to %d", p.PriceHalfLife, MaxPriceHalfLife)
	}
	return nil
}
