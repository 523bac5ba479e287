package repeat

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/verify"
)

func TestJudge(t *testing.T) {
	first := Answer{[]int{1, 2, 3}, 9} // it ended by itself
	for name, c := range map[string]struct {
		rest   []Answer
		misses int
	}{
		"same":             {[]Answer{first, first}, 0},
		"other":            {[]Answer{first, {[]int{1, 2, 4}, 9}}, 1},
		"longer":           {[]Answer{{[]int{1, 2, 3, 4}, 9}}, 1},
		"fewer":            {[]Answer{{[]int{1, 2}, 2}}, 0},
		"fewer-other":      {[]Answer{{[]int{1, 7}, 2}}, 1},
		"fewer-than-asked": {[]Answer{{[]int{1}, 2}}, 1},
		"ended-in-time":    {[]Answer{{[]int{1, 2, 3}, 3}}, 0},
		"nothing":          {[]Answer{{nil, 2}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := Judge(append([]Answer{first}, c.rest...))
			require.Equal(t, c.misses, f.Misses)
			require.Equal(t, len(c.rest), f.Trials)
		})
	}
	require.Equal(t, verify.Inconclusive, Judge([]Answer{first}).Verdict)
}
