package repeat

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agon-chain/agon/verify"
)

// Relation is how an answer must relate to the first of its group.
type Relation uint8

// Same must be equal token by token; Prefix must be the beginning of the first one's text, which it is where fewer tokens were asked for
// or a stop string cut it; Extends must begin with the first one's text.
const (
	Same Relation = iota
	Prefix
	Extends
)

// Answer is one of a group.
type Answer struct {
	Relation Relation // to the first answer of the group, whose own is not looked at
	Tokens   []int
	Text     string
}

// Judge compares each answer with the first; each is a trial. Inconclusive with fewer than two.
func Judge(group []Answer) verify.Finding {
	if len(group) < 2 {
		return verify.Missing(verify.Repeat, "a second answer")
	}
	first, misses, reason := group[0], 0, ""
	for i, a := range group[1:] {
		var ok bool
		switch a.Relation {
		case Same:
			ok = a.Text == first.Text && slices.Equal(a.Tokens, first.Tokens)
		case Prefix:
			ok = strings.HasPrefix(first.Text, a.Text) && (a.Text != "" || first.Text == "" || len(a.Tokens) == 0)
		case Extends:
			ok = strings.HasPrefix(a.Text, first.Text)
		}
		if !ok {
			misses++
			reason = fmt.Sprintf("answer %d of %d does not agree with the first", i+2, len(group))
		}
	}
	return verify.Counted(verify.Repeat, len(group)-1, misses, reason)
}
