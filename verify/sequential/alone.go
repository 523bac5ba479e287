package sequential

import (
	"math"

	"github.com/agon-chain/agon/verify"
	"github.com/agon-chain/agon/verify/evalue"
)

const (
	// Granted is the share of an answer's tokens that an honest miner may miss where somebody else chose question and answer. It is ten times and more what calibration
	// finds, as whoever chooses can look for prompts on which engines differ most.
	Granted = 0.05
	// EnoughAlone is the logarithm of the e-value at which such an answer is proof by itself: 10^12. Of that many honest answers not one is expected to be, so that who has
	// a great many to choose from finds none.
	EnoughAlone = 12 * math.Ln10
)

// Alone is the logarithm of the evidence of one answer by itself, and the layer with the most of it; false where no layer that counts could look. Those are replay and claim, which
// look at each token and by the pinned model alone. Usage is one trial an answer, and no one trial proves anything. Answers that somebody chose must not be added
// up: each is looked at alone, whatever others said.
func Alone(p Profile, findings []verify.Finding) (log float64, by verify.Layer, ok bool) {
	var logs []float64
	most := math.Inf(-1)
	for _, f := range findings {
		honest := p.ClaimRate
		switch {
		case f.Trials == 0:
			continue
		case f.Layer == verify.Replay:
			honest = p.ReplayRate
		case f.Layer != verify.Claim:
			continue
		}
		r := evalue.Rate{Most: max(Granted, honest)}
		r.Add(f.Trials, f.Misses)
		logs = append(logs, r.Log())
		if r.Log() > most {
			most, by = r.Log(), f.Layer
		}
	}
	return evalue.Mean(logs), by, len(logs) > 0
}
