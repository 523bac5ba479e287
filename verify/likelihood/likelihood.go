package likelihood

import (
	"math"
	"slices"

	"github.com/agon-chain/agon/lm/sample"
	"github.com/agon-chain/agon/verify"
)

// Slack is by how much the numbers of transcripts with unknown tails may be from uniform by that alone: a profile for such has it in
// Apart.
const Slack = verify.MostUnknown

// Ranks gives for each token of the answer its number in [0, 1], leaving out those whose row is too little known, which is so whatever
// the token; random is a source of numbers that are uniform in [0, 1), secret
// from the miner and one for each token. A token that the request's truncation leaves no probability has 1. At temperature 0
// nothing is drawn, so that there is none: nil. Errors: verify.ErrTranscript.
func Ranks(t verify.Transcript, random func() float64) ([]float64, error) {
	if err := t.Validate(); err != nil {
		return nil, err
	}
	if t.Sampling.Params.Temperature == 0 {
		return nil, nil
	}
	out := make([]float64, 0, len(t.Tokens))
	for i, id := range t.Tokens {
		part := random()
		if !t.Known(i) {
			continue
		}
		out = append(out, rank(sample.Distribution(t.Logits[i], t.Sampling.Params), id, part))
	}
	return out, nil
}

// rank is the probability of all ids that are more probable than id, of equals those with lower ids, plus a part of its own.
func rank(p []float64, id int, part float64) float64 {
	own := p[id]
	if !(own > 0) {
		return 1
	}
	var above []float64
	for other, q := range p {
		if q > own || (q == own && other < id) {
			above = append(above, q)
		}
	}
	slices.Sort(above) // small ones first, so that rounding is least
	var sum float64
	for _, q := range above {
		sum += q
	}
	return math.Min(sum+part*own, 1)
}
