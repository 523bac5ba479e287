package types

import (
	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/internal/wide"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Part is what of the pot belongs to whoever paid so much of what was paid in its window, rounded down: never more than that.
func (p Pot) Part(paid uint64) uint64 {
	if p.Paid == 0 {
		return 0
	}
	part, _ := wide.MulDiv64(p.Amount, min(paid, p.Paid), p.Paid) // at most the amount: fits
	return min(part, p.Left)
}

// Validate reports the first contradiction in a stored pot. Errors: ErrInvalidGenesis, and ErrInvalidAddress of x/subnet.
func (p Pot) Validate() error {
	if _, err := subnettypes.ParseHotkey("miner", p.Miner); err != nil {
		return errorsmod.Wrapf(err, "pot of case %d", p.CaseId)
	}
	if err := checkNetuid(ErrInvalidGenesis, p.Netuid); err != nil {
		return errorsmod.Wrapf(err, "pot of case %d", p.CaseId)
	}
	if p.Left > p.Amount || p.Amount == 0 || p.Amount > p.Paid || p.Amount > MaxAmount || p.FirstBucket > p.LastBucket || p.Until < 1 {
		return errorsmod.Wrapf(ErrInvalidGenesis, "pot of case %d: %d left of %d, of %d that was paid in buckets %d to %d, until %d: want left <= amount <= paid, an amount of 1 to %d, and buckets and height in order",
			p.CaseId, p.Left, p.Amount, p.Paid, p.FirstBucket, p.LastBucket, p.Until, uint64(MaxAmount))
	}
	return nil
}
