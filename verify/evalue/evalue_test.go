package evalue

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// binomial is the probability of k misses in n trials.
func binomial(n, k int, p float64) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return math.Exp(a - b - c + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
}

// The account is worth one on average at the rate that it allows, and less below: reckoned over all outcomes.
func TestRateIsFair(t *testing.T) {
	for _, most := range []float64{1e-4, 0.003, 0.05, 0.4} {
		for _, n := range []int{1, 7, 40} {
			mean := func(p float64) (sum float64) {
				for k := range n + 1 {
					r, err := NewRate(most)
					require.NoError(t, err)
					r.Add(n, k)
					sum += binomial(n, k, p) * math.Exp(r.Log())
				}
				return sum
			}
			require.InDelta(t, 1, mean(most), 1e-9, "most %v, n %d", most, n)
			require.Less(t, mean(most/3), 1+1e-12)
		}
	}
}

// However long one looks, an honest account reaches 1/alpha at most in the part alpha of all cases (Ville).
func TestRateOverTime(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const runs, long, alpha = 4_000, 300, 0.02
	reached := 0
	for range runs {
		account, err := NewRate(0.03)
		require.NoError(t, err)
		for range long {
			miss := 0
			if r.Float64() < 0.03 {
				miss = 1
			}
			account.Add(1, miss)
			if account.Log() >= math.Log(1/alpha) {
				reached++
				break
			}
		}
	}
	require.Less(t, float64(reached)/runs, alpha+3*math.Sqrt(alpha/runs))
	require.NotZero(t, reached, "a bound that is never met says nothing")
}

// What misses more often than allowed is found, soon if it is much more.
func TestRateFinds(t *testing.T) {
	for _, c := range []struct {
		most, p float64
		within  int
	}{{0.01, 0.5, 25}, {0.01, 0.1, 220}, {0.001, 0.02, 800}} {
		account, err := NewRate(c.most)
		require.NoError(t, err)
		account.Add(c.within, int(math.Round(c.p*float64(c.within))))
		require.Greater(t, account.Log(), math.Log(1_000), "%+v", c)
	}
}

func TestRateRefuses(t *testing.T) {
	for _, most := range []float64{0, -1, 0.6, math.NaN(), 1} {
		_, err := NewRate(most)
		require.ErrorIs(t, err, ErrRate)
	}
	_, err := NewUniform(0.3)
	require.ErrorIs(t, err, ErrRate)
	_, err = NewUniform(math.NaN())
	require.ErrorIs(t, err, ErrRate)
}

// one is what an account makes of one number.
func one(t *testing.T, apart, v float64) float64 {
	u, err := NewUniform(apart)
	require.NoError(t, err)
	u.Add(v)
	return math.Exp(u.Log())
}

// The account is worth one on average if numbers are uniform, and at most one if they are as far from it as allowed, in the
// worst way: mass is taken from where the account falls and put where it rises most.
func TestUniformIsFair(t *testing.T) {
	const n = 20_000
	for _, apart := range []float64{0, 0.02, 0.2} {
		var sum, most float64
		for i := range n {
			e := one(t, apart, (float64(i)+0.5)/n)
			sum += e / n
			most = max(most, e)
		}
		if apart == 0 {
			require.InDelta(t, 1, sum, 1e-6)
		}
		for _, end := range []float64{0, 0.5, 1} {
			moved := sum*(1-apart) + apart*one(t, apart, end) // apart of the mass, wherever it was, is now at one place
			require.Less(t, moved, 1+1e-6, "apart %v, at %v", apart, end)
		}
	}
}

func TestUniformFinds(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for name, draw := range map[string]func() float64{
		"high":   func() float64 { return math.Sqrt(r.Float64()) },
		"low":    func() float64 { return r.Float64() * r.Float64() },
		"ends":   func() float64 { return math.Round(r.Float64()) },
		"middle": func() float64 { return (r.Float64() + r.Float64() + r.Float64()) / 3 },
		"no-number": func() float64 {
			return math.NaN()
		},
	} {
		t.Run(name, func(t *testing.T) {
			u, err := NewUniform(0.01)
			require.NoError(t, err)
			for range 250 {
				u.Add(draw())
			}
			require.Greater(t, u.Log(), math.Log(1_000))
		})
	}
	u, err := NewUniform(0.01)
	require.NoError(t, err)
	for range 5_000 {
		u.Add(r.Float64())
	}
	require.Less(t, u.Log(), math.Log(20))
}

func TestMeanInLogarithms(t *testing.T) {
	require.InDelta(t, math.Log(2), Mean([]float64{0, math.Log(3)}), 1e-12)
	require.InDelta(t, 1_000-math.Log(2), Mean([]float64{1_000, -1_000}), 1e-9, "neither overflows nor is lost")
	require.True(t, math.IsInf(Mean([]float64{math.Inf(-1)}), -1))
	require.Zero(t, Mean(nil))
}
