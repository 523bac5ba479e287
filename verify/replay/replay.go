package replay

import (
	"fmt"
	"math"

	"github.com/agon-chain/agon/lm/sample"
	"github.com/agon-chain/agon/verify"
)

// Distances are how far each token is from what the seed draws: in probability from the drawn number to the token's interval, 0
// inside; at temperature 0 in nats from the most probable token's log-probability. A token without probability is at least 1
// away. What of a row is unknown counts for the token; where that is too much to judge by (verify.Transcript.Known) it is 0. Errors: verify.ErrTranscript.
func Distances(t verify.Transcript) ([]float64, error) {
	if err := t.Validate(); err != nil {
		return nil, err
	}
	out := make([]float64, len(t.Tokens))
	for i, id := range t.Tokens {
		if t.Sampling.Params.Temperature == 0 {
			out[i] = behind(t.Logits[i], id)
			continue
		}
		if !t.Known(i) {
			continue
		}
		low, high := sample.Interval(t.Logits[i], t.Sampling.Params, id)
		u := sample.Uniform(t.Sampling.Seed, i)
		switch {
		case !(high > low) && t.Unknown(i) > 0:
			// A cut may leave it or its equals, of which nothing is known.
		case !(high > low):
			out[i] = 1
		case u < low:
			out[i] = low - u
		case u >= high:
			out[i] = u - high
		}
		out[i] = max(out[i]-t.Unknown(i), 0) // by so much may an end of the interval be elsewhere
	}
	return out, nil
}

// behind is by how much a token's logit is below the greatest.
func behind(logits []float32, id int) float64 {
	most := math.Inf(-1)
	for _, l := range logits {
		most = max(most, float64(l))
	}
	return most - float64(logits[id])
}

// Judge counts the tokens that are further away than tolerance, which the calibration of model, precision and engine gives for
// draws and for temperature 0 apart.
func Judge(t verify.Transcript, tolerance float64) (verify.Finding, error) {
	d, err := Distances(t)
	if err != nil {
		return verify.Finding{}, err
	}
	trials, misses, first := 0, 0, 0
	for i, v := range d {
		if !t.Known(i) {
			continue
		}
		if trials++; !(v <= tolerance) {
			if misses == 0 {
				first = i
			}
			misses++
		}
	}
	reason := ""
	if misses > 0 {
		reason = fmt.Sprintf("%d of %d tokens are not what the seed draws, first token %d", misses, trials, first)
	}
	return verify.Counted(verify.Replay, trials, misses, reason), nil
}
