package lm

import (
	"context"
	"fmt"
	"math"

	"github.com/agon-chain/agon/lm/sample"
)

// Score adds prompt and completion to the sequence and returns the natural log-probability of each token of the completion,
// given all before it: what Generate would have reported for it, bit for bit. ErrEmpty without a prompt on an empty
// sequence or without a completion, ErrToken, ErrContextFull, ErrNotFinite, or the context's error.
func (s *Session) Score(ctx context.Context, prompt, completion []int) ([]float64, error) {
	if len(prompt) == 0 || len(completion) == 0 {
		return nil, fmt.Errorf("score %d tokens after %d: %w", len(completion), len(prompt), ErrEmpty)
	}
	// What follows the last token is not asked for, so it need not fit either.
	last := completion[len(completion)-1]
	if last < 0 || last >= s.model.Config.Vocabulary {
		return nil, fmt.Errorf("token %d, the vocabulary has %d: %w", last, s.model.Config.Vocabulary, ErrToken)
	}
	tokens := append(append(make([]int, 0, len(prompt)+len(completion)), prompt...), completion[:len(completion)-1]...)
	out := make([]float64, 0, len(completion))
	err := s.Each(ctx, tokens, len(prompt)-1, func(i int, logits []float32) error {
		p := sample.LogProb(logits, completion[i-len(prompt)+1])
		if math.IsNaN(p) || math.IsInf(p, 0) {
			return fmt.Errorf("token %d of the completion: %w", i-len(prompt)+1, ErrNotFinite)
		}
		out = append(out, p)
		return nil
	})
	return out, err
}
