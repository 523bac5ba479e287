package repeat

import (
	"fmt"
	"slices"

	"github.com/agon-chain/agon/verify"
)

// Judge compares each answer's tokens with those of the first, which was asked for the most: they must be the first of these, as
// many as the answer was allowed, less those that it may leave out, and all of them where it was allowed as many. Each is a trial. Inconclusive with
// fewer than two.
func Judge(group []Answer) verify.Finding {
	if len(group) < 2 {
		return verify.Missing(verify.Repeat, "a second answer")
	}
	first, misses, reason := group[0].Tokens, 0, ""
	for i, a := range group[1:] {
		n := min(a.Allowed, len(first))
		if got := len(a.Tokens); got > n || got < n-a.Spare || !slices.Equal(a.Tokens, first[:got]) {
			misses++
			reason = fmt.Sprintf("answer %d of %d does not agree with the first", i+2, len(group))
		}
	}
	return verify.Counted(verify.Repeat, len(group)-1, misses, reason)
}

// Answer is one of a group.
type Answer struct {
	Tokens  []int // the end token with them, where there is one
	Allowed int   // how many the request allowed: of one with a stop string, up to where the first has it
	Spare   int   // how many of the last it may leave out: some servers do not tell the tokens of a stop string
}
