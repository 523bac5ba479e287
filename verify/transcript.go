package verify

import (
	"errors"
	"fmt"

	"github.com/agon-chain/agon/lm/sample"
)

// ErrTranscript says that a transcript contradicts itself, so that nothing can be judged by it.
var ErrTranscript = errors.New("not a transcript that can be judged")

// Finish is why an answer ended.
type Finish string

// The reasons, as OpenAI's bodies name them; Stop is the model's own end or a stop string.
const (
	Stop   Finish = "stop"
	Length Finish = "length"
)

// Transcript is one answer with what the pinned model says of it.
type Transcript struct {
	// Sampling is how the request asked tokens to be drawn: parameters and seed.
	Sampling sample.Sampler
	// Tokens are the ids of the answer in order. Where the model itself ended it, the last one is the end token, which has no text.
	Tokens []int
	// Claimed are the log-probabilities that the miner gave, natural, of the model's unmodified distribution; one for each token
	// with text, nil if it gave none.
	Claimed []float64
	// Logits are the recomputed rows: Logits[t] is what the model says after the prompt and Tokens[:t], one value for each token of
	// the vocabulary.
	Logits [][]float32
}

// Validate reports the first part that contradicts another.
func (t Transcript) Validate() error {
	if len(t.Logits) != len(t.Tokens) {
		return fmt.Errorf("%w: %d tokens, %d rows of logits", ErrTranscript, len(t.Tokens), len(t.Logits))
	}
	if len(t.Claimed) > len(t.Tokens) {
		return fmt.Errorf("%w: %d claimed log-probabilities of %d tokens", ErrTranscript, len(t.Claimed), len(t.Tokens))
	}
	if err := t.Sampling.Params.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrTranscript, err)
	}
	for i, row := range t.Logits {
		if id := t.Tokens[i]; id < 0 || id >= len(row) {
			return fmt.Errorf("%w: token %d has id %d, the vocabulary %d", ErrTranscript, i, id, len(row))
		}
	}
	return nil
}
