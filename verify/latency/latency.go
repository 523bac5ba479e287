package latency

import (
	"fmt"
	"math"
	"slices"

	"github.com/agon-chain/agon/verify"
)

// Timing is one answer.
type Timing struct {
	Seconds float64
	Tokens  int // of the answer
}

// least is how many timings of others are compared with.
const least = 8

// far is how many robust standard deviations from the middle an answer is noteworthy.
const far = 4

// Judge says whether an answer's time a token, in logarithms, is far from the middle of the others' (median, with the median
// absolute deviation times 1.4826 as the measure; F. Hampel, 1974). It is Inconclusive if it is, with a reason, and never Fail.
func Judge(t Timing, others []Timing) verify.Finding {
	var rates []float64
	for _, o := range others {
		if r, ok := o.rate(); ok {
			rates = append(rates, r)
		}
	}
	own, ok := t.rate()
	if !ok || len(rates) < least {
		return verify.Missing(verify.Latency, fmt.Sprintf("a time, or %d of others,", least))
	}
	middle := median(rates)
	for i, r := range rates {
		rates[i] = math.Abs(r - middle)
	}
	spread := max(1.4826*median(rates), 0.05) // a twentieth is noise whatever the others are
	if z := (own - middle) / spread; math.Abs(z) > far {
		word := "slower"
		if z < 0 {
			word = "faster"
		}
		return verify.Finding{
			Layer: verify.Latency, Verdict: verify.Inconclusive, Trials: 1, Misses: 1,
			Reason: fmt.Sprintf("%.1f times %s a token than the middle of %d", math.Exp(math.Abs(own-middle)), word, len(rates)),
		}
	}
	return verify.Finding{Layer: verify.Latency, Verdict: verify.Pass, Trials: 1}
}

func (t Timing) rate() (float64, bool) {
	if !(t.Seconds > 0) || t.Tokens <= 0 || math.IsInf(t.Seconds, 0) {
		return 0, false
	}
	return math.Log(t.Seconds / float64(t.Tokens)), true
}

// median sorts its argument's copy.
func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	n := len(v)
	if n%2 == 1 {
		return v[n/2]
	}
	return (v[n/2-1] + v[n/2]) / 2
}
