package repeat

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/verify"
)

func TestJudge(t *testing.T) {
	first := Answer{Tokens: []int{1, 2, 3}, Text: "we the people"}
	for name, c := range map[string]struct {
		rest   []Answer
		misses int
	}{
		"same":            {[]Answer{first, first}, 0},
		"other-text":      {[]Answer{first, {Tokens: []int{1, 2, 4}, Text: "we the sheep"}}, 1},
		"other-tokens":    {[]Answer{{Tokens: []int{1, 5}, Text: "we the people"}}, 1},
		"shorter":         {[]Answer{{Relation: Prefix, Tokens: []int{1, 2}, Text: "we the "}}, 0},
		"shorter-other":   {[]Answer{{Relation: Prefix, Tokens: []int{1, 7}, Text: "we all"}}, 1},
		"nothing-for-all": {[]Answer{{Relation: Prefix, Tokens: []int{9}}}, 1},
		"longer":          {[]Answer{{Relation: Extends, Tokens: []int{1, 2, 3, 4}, Text: "we the people of"}}, 0},
		"longer-other":    {[]Answer{{Relation: Extends, Tokens: []int{1, 2, 4, 4}, Text: "we the sheep of"}}, 1},
		"unknown":         {[]Answer{{Relation: 9, Tokens: first.Tokens, Text: first.Text}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := Judge(append([]Answer{first}, c.rest...))
			require.Equal(t, c.misses, f.Misses)
			require.Equal(t, len(c.rest), f.Trials)
		})
	}
	require.Equal(t, verify.Inconclusive, Judge([]Answer{first}).Verdict)
}
