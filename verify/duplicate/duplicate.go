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

// Answer is what is kept of an answer to compare it with others by.
type Answer struct {
	Tokens []int
	// Surprise is the natural logarithm of one over the probability of the first n tokens, for n from 0 to all of them. Nil at
	// temperature 0, where equal answers are what is asked for.
	Surprise []float64
}

// Weigh finds the surprise of an answer. Errors: verify.ErrTranscript.
func Weigh(t verify.Transcript) (Answer, error) {
	if err := t.Validate(); err != nil {
		return Answer{}, err
	}
	a := Answer{Tokens: t.Tokens}
	if t.Sampling.Params.Temperature == 0 || len(t.Tokens) == 0 {
		return a, nil
	}
	a.Surprise = make([]float64, len(t.Tokens)+1)
	for i, id := range t.Tokens {
		own := sample.Distribution(t.Logits[i], t.Sampling.Params)[id]
		a.Surprise[i+1] = a.Surprise[i] - math.Log(max(own, math.SmallestNonzeroFloat64))
	}
	return a, nil
}

// Coincide returns the natural logarithm of the e-value against two answers to one prompt having been drawn apart: of the mean
// over Depths of 1/probability of the first tokens where they are equal, and 0 where not. An end that both reach early counts as
// equal to its depth and beyond. Where nothing was drawn it is that of no evidence, 0.
func Coincide(a, b Answer) float64 {
	if a.Surprise == nil {
		return 0
	}
	logs := make([]float64, len(Depths))
	for i, depth := range Depths {
		n := min(depth, len(a.Tokens))
		apart := len(b.Tokens) < n || !slices.Equal(a.Tokens[:n], b.Tokens[:n]) || (depth > n && len(b.Tokens) != n)
		if logs[i] = a.Surprise[n]; apart {
			logs[i] = math.Inf(-1)
		}
	}
	return evalue.Mean(logs)
}
