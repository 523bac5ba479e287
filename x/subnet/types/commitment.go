package types

import errorsmod "cosmossdk.io/errors"

// MaxCommitmentSize bounds the data of a commitment, in bytes: room for some hashes or an address of what lies elsewhere,
// because every node keeps it for every neuron.
const MaxCommitmentSize = 256

// CheckCommitment accepts data that a neuron may commit to. Errors: ErrInvalidCommitment.
func CheckCommitment(data []byte) error {
	if len(data) < 1 || len(data) > MaxCommitmentSize {
		return errorsmod.Wrapf(ErrInvalidCommitment, "data has %d bytes, want 1 to %d; commit to the hash of what is larger", len(data), MaxCommitmentSize)
	}
	return nil
}
