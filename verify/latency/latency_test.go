package latency

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/verify"
)

func TestJudge(t *testing.T) {
	var others []Timing
	for i := range 12 {
		others = append(others, Timing{Seconds: 1 + 0.02*float64(i), Tokens: 50})
	}
	for name, c := range map[string]struct {
		t      Timing
		others []Timing
		noted  bool
		seen   bool
	}{
		"as-others":      {Timing{1.1, 50}, others, false, true},
		"as-long-an-one": {Timing{2.2, 100}, others, false, true},
		"much-faster":    {Timing{0.2, 50}, others, true, true},
		"much-slower":    {Timing{5, 50}, others, true, true},
		"few-others":     {Timing{5, 50}, others[:least-1], false, false},
		"no-time":        {Timing{0, 50}, others, false, false},
		"no-token":       {Timing{1, 0}, others, false, false},
		"no-number":      {Timing{math.NaN(), 1}, others, false, false},
		"others-without": {Timing{1, 50}, make([]Timing, 20), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := Judge(c.t, c.others)
			require.NotEqual(t, verify.Fail, f.Verdict, "soft evidence fails nobody")
			require.Equal(t, c.noted, f.Misses == 1, f.Reason)
			require.Equal(t, c.seen && !c.noted, f.Verdict == verify.Pass)
		})
	}
}
