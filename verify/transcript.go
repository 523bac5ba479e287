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
	// Tail is the probability, at temperature 1, that a row spreads over ids of which nothing is known, as they are not among those
	// that were told: none is more probable than those that were. Nil where all of every row is known. A row always tells the
	// token that stands in the answer.
	Tail []float64
}

// Validate reports the first part that contradicts another.
func (t Transcript) Validate() error {
	if len(t.Logits) != len(t.Tokens) {
		return fmt.Errorf("%w: %d tokens, %d rows of logits", ErrTranscript, len(t.Tokens), len(t.Logits))
	}
	if t.Tail != nil && len(t.Tail) != len(t.Logits) {
		return fmt.Errorf("%w: %d rows of logits, %d tails", ErrTranscript, len(t.Logits), len(t.Tail))
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

// Unknown bounds the probability of ids of which nothing is known after the first i tokens, under the request's parameters: what is less
// probable has less of it at a lower temperature, and after a cut. Above a temperature of 1 nothing bounds it but 1.
func (t Transcript) Unknown(i int) float64 {
	switch {
	case t.Tail == nil || t.Tail[i] <= 0 || t.Sampling.Params.Temperature == 0:
		return 0
	case t.Sampling.Params.Temperature > 1:
		return 1
	}
	return min(t.Tail[i], 1)
}

const (
	// MostUnknown is how much of a row may be unknown for what was drawn from it to be judged.
	MostUnknown = 0.02
	// mostUnknownCut is that where top_p cuts: what is unknown moves the place of the cut, and so the last token's whole probability.
	mostUnknownCut = 0.001
)

// Known says whether what was drawn after the first i tokens can be judged. It depends on what stands before and not on what was drawn.
func (t Transcript) Known(i int) bool {
	if t.Sampling.Params.TopP < 1 {
		return t.Unknown(i) <= mostUnknownCut
	}
	return t.Unknown(i) <= MostUnknown
}
