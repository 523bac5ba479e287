package calibrate

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// The bound holds for all but a thousandth of calibrations: reckoned over all outcomes.
func TestUpperHolds(t *testing.T) {
	const n = 400
	for _, p := range []float64{0.003, 0.02, 0.2} {
		var fails, all float64
		for k := range n {
			a, _ := math.Lgamma(n + 1)
			b, _ := math.Lgamma(float64(k + 1))
			c, _ := math.Lgamma(float64(n - k + 1))
			q := math.Exp(a - b - c + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
			all += q
			if Upper(k, n) < p {
				fails += q
			}
		}
		require.InDelta(t, 1, all, 1e-6)
		require.LessOrEqual(t, fails, 1-sure)
	}
	require.Equal(t, 0.5, Upper(0, 0))
	require.Equal(t, 0.5, Upper(3, 3))
	require.Equal(t, leastRate, Upper(0, 10_000_000), "nothing is impossible")
}

func TestProfile(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	draw := func(n int, scale float64) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = math.Abs(r.NormFloat64()) * scale
		}
		return out
	}
	s := Samples{Replay: draw(20_000, 0.01), Greedy: draw(20_000, 0.001), Claim: draw(20_000, 0.02), Apart: draw(20_000, 0.01), UsageTrials: 8_000, RepeatTrials: 900, RepeatMisses: 3}
	p, err := Profile(s)
	require.NoError(t, err)
	// Of other honest samples, fewer miss than the rates say.
	for _, c := range []struct {
		scale, tolerance, rate float64
	}{{0.01, p.ReplayTolerance, p.ReplayRate}, {0.02, p.ClaimTolerance, p.ClaimRate}, {0.001, p.GreedyTolerance, p.ReplayRate}} {
		misses := 0
		for _, v := range draw(50_000, c.scale) {
			if v > c.tolerance {
				misses++
			}
		}
		require.Less(t, float64(misses)/50_000, c.rate)
	}
	require.Less(t, p.ReplayRate, 0.002, "and the rates are not so wide that nothing is found")
	require.Greater(t, p.RepeatRate, 3.0/900)

	other := p
	other.ReplayTolerance, other.ClaimRate, other.Apart = p.ReplayTolerance*2, p.ClaimRate/2, 0
	worst := Worst(p, other)
	require.Equal(t, p.ReplayTolerance*2, worst.ReplayTolerance)
	require.Equal(t, p.ClaimRate, worst.ClaimRate)
	require.Equal(t, p.Apart, worst.Apart)
	require.Equal(t, p, Worst(p))

	s.Claim = s.Claim[:Least-1]
	_, err = Profile(s)
	require.ErrorIs(t, err, ErrSamples)
	require.ErrorContains(t, err, "claim")
}
