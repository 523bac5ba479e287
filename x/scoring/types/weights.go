package types

import (
	"math"
	"slices"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/scoring/exam"
	"github.com/agon-chain/agon/x/scoring/yuma"
)

const (
	// MinSalt and MaxSalt bound the salt of a commit, in bytes: shorter ones could be guessed.
	MinSalt = 16
	// MaxSalt bounds the salt from above.
	MaxSalt = 64
	// HashSize is the length of hashes, in bytes.
	HashSize = 32
)

// ValidateWeights refuses weights that name fewer than least (or than all neurons, and never none) or more than neurons uids, and
// what validateRow refuses, and those without a positive value.
func ValidateWeights(weights []Weight, neurons, least uint32) error {
	least = LeastWeights(least, neurons)
	if count := uint64(len(weights)); count < uint64(least) || count > uint64(neurons) {
		return errorsmod.Wrapf(ErrWeightsCount, "weights names %d neurons, from %d to %d", count, least, neurons)
	}
	if err := validateRow(weights, neurons); err != nil {
		return err
	}
	if !slices.ContainsFunc(weights, func(w Weight) bool { return w.Value > 0 }) {
		return errorsmod.Wrap(ErrWeightsValue, "weights are all 0, at least one must be positive")
	}
	return nil
}

// LeastWeights is how many neurons weights must name where a subnet asks for least.
func LeastWeights(least, neurons uint32) uint32 { return max(1, min(least, neurons)) }

// validateRow refuses a uid that is unknown, out of order or named twice, and a value above 65535.
func validateRow(weights []Weight, neurons uint32) error {
	for i, w := range weights {
		if w.Uid >= neurons {
			return errorsmod.Wrapf(ErrWeightsUID, "weights[%d].uid is %d, the subnet has %d neurons", i, w.Uid, neurons)
		}
		if i > 0 && w.Uid <= weights[i-1].Uid {
			return errorsmod.Wrapf(ErrWeightsOrder, "weights[%d].uid is %d after %d; sort by uid, each once", i, w.Uid, weights[i-1].Uid)
		}
		if w.Value > math.MaxUint16 {
			return errorsmod.Wrapf(ErrWeightsValue, "weights[%d].value is %d, at most %d", i, w.Value, math.MaxUint16)
		}
	}
	return nil
}

// ExamWeights are weights as a commit binds them. The weights must have been validated.
func ExamWeights(weights []Weight) []exam.Weight {
	out := make([]exam.Weight, len(weights))
	for i, w := range weights {
		out[i] = exam.Weight{UID: uint16(w.Uid), Value: uint16(w.Value)}
	}
	return out
}

// Entries are weights as the epoch reads them, zeros included: the epoch tells a uid that was given nothing from one that
// was left out. The weights must have been validated.
func Entries(weights []Weight) []yuma.Entry {
	out := make([]yuma.Entry, len(weights))
	for i, w := range weights {
		out[i] = yuma.Entry{UID: uint16(w.Uid), Value: uint16(w.Value)}
	}
	return out
}

// Weights is a row of the epoch as messages carry it.
func Weights(entries []yuma.Entry) []Weight {
	out := make([]Weight, len(entries))
	for i, e := range entries {
		out[i] = Weight{Uid: uint32(e.UID), Value: uint32(e.Value)}
	}
	return out
}
