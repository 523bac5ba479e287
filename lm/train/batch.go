package train

import (
	"errors"
	"fmt"
)

// Ignore is a target that is not learnt from.
const Ignore int32 = -1

// ErrBatch is wrapped by every refusal of a batch.
var ErrBatch = errors.New("batch of tokens")

// Batch are sequences of equal length: Input and Target are Seqs × Len, and Target holds for each position the token that
// comes next, or Ignore.
type Batch struct {
	Seqs, Len     int
	Input, Target []int32
}

// Validate checks a batch against a model's shape.
func (b Batch) Validate(c Config) error {
	if b.Seqs < 1 || b.Len < 1 || b.Len > c.Context {
		return fmt.Errorf("%w: %d sequences of %d tokens, at least one of 1 to %d", ErrBatch, b.Seqs, b.Len, c.Context)
	}
	if n := b.Seqs * b.Len; len(b.Input) != n || len(b.Target) != n {
		return fmt.Errorf("%w: %d inputs and %d targets, want %d of each", ErrBatch, len(b.Input), len(b.Target), n)
	}
	for i, t := range b.Input {
		if t < 0 || int(t) >= c.Vocab {
			return fmt.Errorf("%w: input %d is token %d, the vocabulary has %d", ErrBatch, i, t, c.Vocab)
		}
	}
	for i, t := range b.Target {
		if t < Ignore || int(t) >= c.Vocab {
			return fmt.Errorf("%w: target %d is token %d, the vocabulary has %d", ErrBatch, i, t, c.Vocab)
		}
	}
	return nil
}
