package types

import (
	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/emission/curve"
)

// maxAmount bounds every amount: no more AGON than this ever exists, in nagon.
const maxAmount = curve.Cap

// Bounds of the module's parameters.
const (
	// MaxOpenFundsBound bounds max_open_funds, because a new fund counts those that its operator has.
	MaxOpenFundsBound = 64
	// MinAmountBound is the least that a contribution can be asked to be, in nagon: each one is a row for ever.
	MinAmountBound = 1_000_000
	// MaxFundBlocksBound bounds max_fund_blocks, in blocks.
	MaxFundBlocksBound = 10_000_000
	// MaxLeaseBlocks bounds a lease that ends, in blocks.
	MaxLeaseBlocks = 1_000_000_000
)

// DefaultParams are the parameters of a new chain.
func DefaultParams() Params {
	return Params{
		MaxOpenFunds:    4,
		MinDeposit:      curve.UnitsPerToken,
		MinContribution: curve.UnitsPerToken / 10,
		MaxFundBlocks:   604_800,
		MinLeaseBlocks:  43_200,
		MaxOperatorBps:  5_000,
	}
}

// Validate reports the first parameter out of bounds. Errors: ErrInvalidParams.
func (p Params) Validate() error {
	for _, f := range p.bounds() {
		if f.value < f.least || f.value > f.most {
			return errorsmod.Wrapf(ErrInvalidParams, "%s is %d, want %d to %d", f.name, f.value, f.least, f.most)
		}
	}
	return nil
}

// bound is one number with the range it must lie in, both ends included.
type bound struct {
	name               string
	value, least, most uint64
}

func (p Params) bounds() []bound {
	return []bound{
		{"max_open_funds", uint64(p.MaxOpenFunds), 1, MaxOpenFundsBound},
		{"min_deposit", p.MinDeposit, MinAmountBound, maxAmount},
		{"min_contribution", p.MinContribution, MinAmountBound, maxAmount},
		{"max_fund_blocks", p.MaxFundBlocks, 1, MaxFundBlocksBound},
		{"min_lease_blocks", p.MinLeaseBlocks, 1, MaxLeaseBlocks},
		{"max_operator_bps", uint64(p.MaxOperatorBps), 0, curve.MaxBps},
	}
}
