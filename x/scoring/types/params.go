package types

import errorsmod "cosmossdk.io/errors"

// MaxEpochsPerBlock bounds max_epochs_per_block.
const MaxEpochsPerBlock = 256

// DefaultParams are the parameters of a new chain.
func DefaultParams() Params { return Params{MaxEpochsPerBlock: 8} }

// Validate refuses parameters outside their bounds.
func (p Params) Validate() error {
	if p.MaxEpochsPerBlock == 0 || p.MaxEpochsPerBlock > MaxEpochsPerBlock {
		return errorsmod.Wrapf(ErrInvalidParams, "max_epochs_per_block is %d, from 1 to %d", p.MaxEpochsPerBlock, MaxEpochsPerBlock)
	}
	return nil
}
