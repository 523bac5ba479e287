package sequential_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/verify"
	"github.com/agon-chain/agon/verify/sequential"
)

func TestAlone(t *testing.T) {
	p := sequential.Profile{ReplayRate: 0.002, ClaimRate: 0.001}
	proof := func(trials, replay, claim int) bool {
		log, _, ok := sequential.Alone(p, []verify.Finding{
			verify.Counted(verify.Replay, trials, replay, ""), verify.Counted(verify.Claim, trials, claim, ""), verify.Counted(verify.Usage, 4, 4, ""),
		})
		require.True(t, ok)
		return log >= sequential.EnoughAlone
	}
	for _, tc := range []struct {
		trials, misses int
		want           bool
	}{{9, 9, false}, {10, 10, true}, {34, 17, false}, {35, 18, true}, {134, 34, true}, {134, 27, false}, {1000, 50, false}, {1000, 0, false}} {
		require.Equal(t, tc.want, proof(tc.trials, 0, tc.misses), "%d of %d", tc.misses, tc.trials)
		require.Equal(t, tc.want, proof(tc.trials, tc.misses, 0), "%d of %d", tc.misses, tc.trials)
	}
	_, by, _ := sequential.Alone(p, []verify.Finding{verify.Counted(verify.Replay, 20, 5, ""), verify.Counted(verify.Claim, 20, 9, "")})
	require.Equal(t, verify.Claim, by)
	_, _, ok := sequential.Alone(p, []verify.Finding{verify.Counted(verify.Usage, 4, 4, ""), verify.Missing(verify.Claim, "all"), verify.Counted(verify.Repeat, 1, 1, "")})
	require.False(t, ok, "no layer that counts")

	// Where calibration finds more than is granted, that is granted.
	wide := sequential.Profile{ReplayRate: 0.2, ClaimRate: 0.2}
	strict, _, _ := sequential.Alone(p, []verify.Finding{verify.Counted(verify.Claim, 20, 20, "")})
	mild, _, _ := sequential.Alone(wide, []verify.Finding{verify.Counted(verify.Claim, 20, 20, "")})
	require.Less(t, mild, strict)
}

// On average an answer of who misses just as often as is granted is worth at most one, so that one in 10^12 is proof at most (Markov).
func TestAloneIsFairToWhoMissesAsOftenAsIsGranted(t *testing.T) {
	for _, n := range []int{5, 16, 40, 120} {
		sum := math.Inf(-1)
		for misses := range n + 1 {
			log, _, _ := sequential.Alone(sequential.Profile{}, []verify.Finding{verify.Counted(verify.Claim, n, misses, "")})
			choose, _ := math.Lgamma(float64(n + 1))
			a, _ := math.Lgamma(float64(misses + 1))
			b, _ := math.Lgamma(float64(n - misses + 1))
			chance := choose - a - b + float64(misses)*math.Log(sequential.Granted) + float64(n-misses)*math.Log1p(-sequential.Granted)
			sum = math.Max(sum, chance+log) + math.Log1p(math.Exp(-math.Abs(sum-(chance+log))))
		}
		require.LessOrEqual(t, sum, 1e-9, "%d tokens", n)
	}
}
