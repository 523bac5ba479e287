package types

import (
	"math"

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

// ValidateWeights refuses a row that names fewer than least or more than neurons uids, one that is unknown, out of order or
// named twice, a value above 65535, or no positive value at all.
func ValidateWeights(weights []Weight, neurons, least uint32) error {
	least = max(1, min(least, neurons))
	if count := uint64(len(weights)); count < uint64(least) || count > uint64(neurons) {
		return errorsmod.Wrapf(ErrWeightsCount, "weights names %d neurons, from %d to %d", count, least, neurons)
	}
	var positive bool
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
		positive = positive || w.Value > 0
	}
	if !positive {
		return errorsmod.Wrap(ErrWeightsValue, "weights are all 0, at least one must be positive")
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

// Entries are weights as the epoch reads them, zeros left out. The weights must have been validated.
func Entries(weights []Weight) []yuma.Entry {
	out := make([]yuma.Entry, 0, len(weights))
	for _, w := range weights {
		if w.Value > 0 {
			out = append(out, yuma.Entry{UID: uint16(w.Uid), Value: uint16(w.Value)})
		}
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
