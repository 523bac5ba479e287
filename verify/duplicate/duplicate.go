package duplicate

import (
	"math"
	"slices"

	"github.com/agon-chain/agon/lm/sample"
	"github.com/agon-chain/agon/verify"
	"github.com/agon-chain/agon/verify/evalue"
)

// Depths are the lengths in tokens up to which answers are compared; the stake is spread evenly over them.
var Depths = []int{4, 8, 16, 32, 64}

// Coincide returns the natural logarithm of the e-value against two answers to one prompt having been drawn apart: of the mean
// over Depths of 1/probability of the first tokens where they are equal, and 0 where not. a is judged by its own transcript,
// with which b was to be drawn independently. An end that both reach early counts as equal to its depth and beyond. At
// temperature 0 equal answers are what is asked for: 0. Errors: verify.ErrTranscript.
func Coincide(a verify.Transcript, b []int) (float64, error) {
	if err := a.Validate(); err != nil {
		return 0, err
	}
	if a.Sampling.Params.Temperature == 0 || len(a.Tokens) == 0 {
		return 0, nil
	}
	surprise := make([]float64, len(a.Tokens)+1) // of the first n tokens, in nats
	for i, id := range a.Tokens {
		own := sample.Distribution(a.Logits[i], a.Sampling.Params)[id]
		surprise[i+1] = surprise[i] - math.Log(max(own, math.SmallestNonzeroFloat64))
	}
	logs := make([]float64, len(Depths))
	for i, depth := range Depths {
		if depth > len(a.Tokens) && len(a.Tokens) != len(b) {
			logs[i] = math.Inf(-1)
			continue
		}
		n := min(depth, len(a.Tokens))
		if len(b) >= n && slices.Equal(a.Tokens[:n], b[:n]) {
			logs[i] = surprise[n]
		} else {
			logs[i] = math.Inf(-1)
		}
	}
	return evalue.Mean(logs), nil
}
