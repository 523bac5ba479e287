package repeat

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/verify"
)

func TestJudge(t *testing.T) {
	first := Answer{Tokens: []int{1, 2, 3}, Allowed: 9} // it ended by itself
	for name, c := range map[string]struct {
		rest   []Answer
		misses int
	}{
		"same":             {[]Answer{first, first}, 0},
		"other":            {[]Answer{first, {Tokens: []int{1, 2, 4}, Allowed: 9}}, 1},
		"longer":           {[]Answer{{Tokens: []int{1, 2, 3, 4}, Allowed: 9}}, 1},
		"fewer":            {[]Answer{{Tokens: []int{1, 2}, Allowed: 2}}, 0},
		"fewer-other":      {[]Answer{{Tokens: []int{1, 7}, Allowed: 2}}, 1},
		"fewer-than-asked": {[]Answer{{Tokens: []int{1}, Allowed: 2}}, 1},
		"ended-in-time":    {[]Answer{{Tokens: []int{1, 2, 3}, Allowed: 3}}, 0},
		"cut":              {[]Answer{{Tokens: []int{1, 2}, Allowed: 2, Spare: 1}, {Tokens: []int{1}, Allowed: 2, Spare: 1}}, 0},
		"cut-too-early":    {[]Answer{{Tokens: []int{1}, Allowed: 3, Spare: 1}}, 1},
		"cut-too-late":     {[]Answer{{Tokens: []int{1, 2, 3}, Allowed: 2, Spare: 1}}, 1},
		"nothing":          {[]Answer{{Tokens: nil, Allowed: 2}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := Judge(append([]Answer{first}, c.rest...))
			require.Equal(t, c.misses, f.Misses)
			require.Equal(t, len(c.rest), f.Trials)
		})
	}
	require.Equal(t, verify.Inconclusive, Judge([]Answer{first}).Verdict)
}
