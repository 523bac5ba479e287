package evalue

import (
	"errors"
	"fmt"
	"math"
)

// ErrRate says that a rate is no probability that can be bet against.
var ErrRate = errors.New("rate out of bounds")

// Rate is the account of a bet that misses are more frequent than an honest miner's: each trial's miss has, whatever was seen
// before, a probability of at most Most if it is honest. The stake is spread evenly over alternatives from Most to nearly 1; for
// each alternative q a trial multiplies its part by q/Most on a miss and by (1-q)/(1-Most) without one, which is at most 1 on
// average under the hypothesis as q is above Most. The zero value of the counts is an account without trials.
type Rate struct {
	Most   float64 `json:"most"`
	Trials int     `json:"trials"`
	Misses int     `json:"misses"`
}

// alternatives is over how many rates the stake is spread, evenly in log-odds.
const alternatives = 8

// NewRate opens an account. Errors: ErrRate if most is not within [1e-9, 0.5].
func NewRate(most float64) (Rate, error) {
	if !(most >= 1e-9 && most <= 0.5) {
		return Rate{}, fmt.Errorf("%w: %v, want 1e-9 to 0.5", ErrRate, most)
	}
	return Rate{Most: most}, nil
}

// Add counts trials.
func (r *Rate) Add(trials, misses int) {
	r.Trials += trials
	r.Misses += misses
}

// Log is the natural logarithm of the account's e-value. It depends on the counts alone.
func (r Rate) Log() float64 {
	if r.Trials == 0 {
		return 0
	}
	from, to := logit(r.Most), logit(0.98)
	logs := make([]float64, alternatives)
	hits, misses := float64(r.Trials-r.Misses), float64(r.Misses)
	for i := range logs {
		q := expit(from + (to-from)*float64(i+1)/alternatives)
		logs[i] = misses*math.Log(q/r.Most) + hits*(math.Log1p(-q)-math.Log1p(-r.Most))
	}
	return Mean(logs)
}

func logit(p float64) float64 { return math.Log(p) - math.Log1p(-p) }
func expit(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// Mean is the logarithm of the mean of e-values that are given by their logarithms: the evidence of several looks at the same
// things together. Of none it is 0.
func Mean(logs []float64) float64 {
	if len(logs) == 0 {
		return 0
	}
	return LogSum(logs) - math.Log(float64(len(logs)))
}

// LogSum is the logarithm of the sum of numbers that are given by their logarithms.
func LogSum(logs []float64) float64 {
	most := math.Inf(-1)
	for _, l := range logs {
		most = max(most, l)
	}
	if math.IsInf(most, 0) {
		return most
	}
	var sum float64
	for _, l := range logs {
		sum += math.Exp(l - most)
	}
	return most + math.Log(sum)
}
