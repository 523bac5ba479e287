package claim

import (
	"fmt"
	"math"

	"github.com/agon-chain/agon/lm/sample"
	"github.com/agon-chain/agon/verify"
)

// Judge counts the claims that are further from the recomputed log-probability than tolerance, in nats; the calibration of model,
// precision and engine gives it. Claims that are no numbers, or positive by more than the tolerance, are misses. Inconclusive
// without claims; an answer that claims some tokens and not others misses with each that it left out.
func Judge(t verify.Transcript, tolerance float64) (verify.Finding, error) {
	if err := t.Validate(); err != nil {
		return verify.Finding{}, err
	}
	if len(t.Claimed) == 0 {
		return verify.Missing(verify.Claim, "every log-probability"), nil
	}
	misses, worst := 0, 0.0
	for i, claimed := range t.Claimed {
		d := math.Abs(claimed - sample.LogProb(t.Logits[i], t.Tokens[i]))
		if !(d <= tolerance) {
			misses++
		}
		if math.IsNaN(d) {
			d = math.Inf(1)
		}
		worst = max(worst, d)
	}
	reason := ""
	if misses > 0 {
		reason = fmt.Sprintf("%d of %d log-probabilities are more than %.4g nats off, the worst by %.4g", misses, len(t.Claimed), tolerance, worst)
	}
	return verify.Counted(verify.Claim, len(t.Claimed), misses, reason), nil
}

// Distances are how far each claim is from the recomputed value, in nats: what a calibration is made of.
func Distances(t verify.Transcript) ([]float64, error) {
	if err := t.Validate(); err != nil {
		return nil, err
	}
	out := make([]float64, len(t.Claimed))
	for i, claimed := range t.Claimed {
		out[i] = math.Abs(claimed - sample.LogProb(t.Logits[i], t.Tokens[i]))
	}
	return out, nil
}
