package sample

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func randomLogits(r *rand.Rand, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(r.NormFloat64() * 3)
	}
	if n > 3 && r.IntN(3) == 0 {
		out[1] = out[0] // equals
	}
	return out
}

func randomParams(r *rand.Rand) Params {
	p := Params{Temperature: 0.1 + 2*r.Float64(), TopP: 1}
	if r.IntN(2) == 0 {
		p.TopK = r.IntN(40)
	}
	if r.IntN(2) == 0 {
		p.TopP = 0.05 + 0.9*r.Float64()
	}
	return p
}

// Every number draws the id whose interval it is in, and intervals follow one another from 0 to 1.
func TestIntervalsTileAndAgreeWithDraws(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		logits, p := randomLogits(r, 1+r.IntN(50)), randomParams(r)
		require.NoError(t, p.Validate())
		end := 0.0
		for id := range logits {
			low, high := Interval(logits, p, id)
			if high == 0 {
				continue
			}
			require.InDelta(t, end, low, 1e-12)
			end = high
		}
		require.Equal(t, 1.0, end)
		s := Sampler{Params: p, Seed: Seed{byte(r.Uint32())}}
		for at := range 20 {
			id, logprob := s.Pick(logits, at)
			low, high := Interval(logits, p, id)
			u := Uniform(s.Seed, at)
			require.True(t, low <= u+1e-12 && u < high+1e-12, "%v not in [%v, %v)", u, low, high)
			require.InDelta(t, logprob, math.Log(Distribution(logits, Params{Temperature: 1, TopP: 1})[id]), 1e-9)
		}
	}
}

// Distributions that are close have intervals that are close: what replay by another engine rests on.
func TestIntervalsMoveByNoMoreThanDistributionsDiffer(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	p := Params{Temperature: 1, TopP: 1}
	for range 200 {
		a := randomLogits(r, 30)
		b := make([]float32, len(a))
		for i := range a {
			b[i] = a[i] + float32(r.NormFloat64()*0.02)
		}
		pa, pb := Distribution(a, p), Distribution(b, p)
		var apart float64
		for i := range pa {
			apart += math.Abs(pa[i]-pb[i]) / 2
		}
		for range 50 {
			u := r.Float64()
			low, high := Interval(b, p, draw(pa, u))
			require.LessOrEqual(t, max(low-u, u-high), apart+1e-12)
		}
	}
}

// The frequencies of many draws are the probabilities.
func TestDrawsFollowTheDistribution(t *testing.T) {
	logits, p := []float32{1, 2, 0.5, -1, 2}, Params{Temperature: 0.8, TopK: 4, TopP: 0.97}
	want := Distribution(logits, p)
	require.Zero(t, want[3], "top-k leaves it out")
	const n = 200_000
	got := make([]float64, len(logits))
	s := Sampler{Params: p, Seed: Seed{9}}
	for at := range n {
		id, _ := s.Pick(logits, at)
		got[id] += 1.0 / n
	}
	for id := range want {
		require.InDelta(t, want[id], got[id], 0.005)
	}
}

func TestTruncation(t *testing.T) {
	// Probabilities 0.4, 0.3, 0.2, 0.1.
	logits := []float32{float32(math.Log(0.2)), float32(math.Log(0.4)), float32(math.Log(0.1)), float32(math.Log(0.3))}
	for name, c := range map[string]struct {
		p    Params
		want []float64
	}{
		"all":           {Params{Temperature: 1, TopP: 1}, []float64{0.2, 0.4, 0.1, 0.3}},
		"top-k":         {Params{Temperature: 1, TopK: 2, TopP: 1}, []float64{0, 4. / 7, 0, 3. / 7}},
		"top-p":         {Params{Temperature: 1, TopP: 0.65}, []float64{0, 4. / 7, 0, 3. / 7}},
		"top-p-of-one":  {Params{Temperature: 1, TopP: 0.01}, []float64{0, 1, 0, 0}},
		"k-before-p":    {Params{Temperature: 1, TopK: 3, TopP: 0.75}, []float64{0, 4. / 7, 0, 3. / 7}},
		"temperature-0": {Params{TopP: 1}, []float64{0, 1, 0, 0}},
		"cold":          {Params{Temperature: 0.5, TopP: 1}, []float64{4. / 30, 16. / 30, 1. / 30, 9. / 30}},
	} {
		t.Run(name, func(t *testing.T) {
			require.InDeltaSlice(t, c.want, Distribution(logits, c.p), 1e-6)
		})
	}
	require.Equal(t, []float64{0.5, 0.5, 0}, Distribution([]float32{1, 1, 1}, Params{Temperature: 1, TopK: 2, TopP: 1}), "of equals the lower ids stay")
}

// What no number is draws nothing and breaks nothing.
func TestNotNumbers(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, logits := range [][]float32{{nan, nan}, {nan, 1}, {inf, 1}, {float32(math.Inf(-1)), nan}} {
		for _, p := range []Params{{TopP: 1}, {Temperature: 1, TopP: 1}, {Temperature: 1, TopK: 1, TopP: 0.5}} {
			var sum float64
			for _, v := range Distribution(logits, p) {
				sum += v
			}
			require.Equal(t, 1.0, sum)
			id, _ := Sampler{Params: p}.Pick(logits, 0)
			require.True(t, id >= 0 && id < len(logits))
		}
	}
	require.Equal(t, 1, Greedy([]float32{nan, 1}))
}

// The numbers are part of the protocol: another implementation must find the same.
func TestUniformIsFixed(t *testing.T) {
	require.Equal(t, 0.5991370092910502, Uniform(Seed{}, 0))
	require.Equal(t, 0.008325071960436525, Uniform(Seed{1, 2, 3}, 41))
}

func TestParamsRefusals(t *testing.T) {
	for name, p := range map[string]Params{
		"cold-below-0": {Temperature: -0.1, TopP: 1}, "hot": {Temperature: 101, TopP: 1}, "no-number": {Temperature: math.NaN(), TopP: 1},
		"top-k": {TopK: -1, TopP: 1}, "top-p-0": {}, "top-p-above-1": {TopP: 1.01},
	} {
		t.Run(name, func(t *testing.T) { require.ErrorIs(t, p.Validate(), ErrParams) })
	}
}
