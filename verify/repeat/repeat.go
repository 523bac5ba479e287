package repeat

import (
	"fmt"
	"slices"

	"github.com/agon-chain/agon/verify"
)

// Judge compares each answer's tokens with those of the first, which was asked for the most: they must be the first of these, as
// many as the answer was allowed, and all of them where it was allowed as many. Each is a trial. Inconclusive with fewer than two.
func Judge(group []Answer) verify.Finding {
	if len(group) < 2 {
		return verify.Missing(verify.Repeat, "a second answer")
	}
	first, misses, reason := group[0].Tokens, 0, ""
	for i, a := range group[1:] {
		if !slices.Equal(a.Tokens, first[:min(a.Allowed, len(first))]) {
			misses++
			reason = fmt.Sprintf("answer %d of %d does not agree with the first", i+2, len(group))
		}
	}
	return verify.Counted(verify.Repeat, len(group)-1, misses, reason)
}

// Answer is one of a group.
type Answer struct {
	Tokens  []int // the end token with them, where there is one
	Allowed int   // how many the request allowed
}
