package verify

import (
	"errors"
	"fmt"
	"math"
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

// Sampling is how the request asked tokens to be drawn.
type Sampling struct {
	// Temperature is 0 for the most probable token each time.
	Temperature float64
	// TopK keeps the most probable tokens, 0 for all; TopP the fewest that have together this probability, 1 for all.
	TopK int
	TopP float64
	// Seed is what the draws derive from.
	Seed [32]byte
}

// Transcript is one answer with what the pinned model says of it.
type Transcript struct {
	Sampling Sampling
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
	if s := t.Sampling; !(s.Temperature >= 0 && s.Temperature <= 100) || s.TopK < 0 || !(s.TopP > 0 && s.TopP <= 1) {
		return fmt.Errorf("%w: temperature %v, top-k %d, top-p %v: want 0 to 100, at least 0, above 0 to 1", ErrTranscript, s.Temperature, s.TopK, s.TopP)
	}
	for i, row := range t.Logits {
		if id := t.Tokens[i]; id < 0 || id >= len(row) {
			return fmt.Errorf("%w: token %d has id %d, the vocabulary %d", ErrTranscript, i, id, len(row))
		}
	}
	return nil
}

// LogProb is the natural log-probability of a token under a row of logits, in float64 throughout.
func LogProb(logits []float32, id int) float64 {
	most := math.Inf(-1)
	for _, l := range logits {
		most = max(most, float64(l))
	}
	var sum float64
	for _, l := range logits {
		sum += math.Exp(float64(l) - most)
	}
	return float64(logits[id]) - most - math.Log(sum)
}
