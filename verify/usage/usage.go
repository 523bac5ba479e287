package usage

import (
	"fmt"
	"strings"

	"github.com/agon-chain/agon/verify"
)

// Answer is what a miner said and what the request asked.
type Answer struct {
	PromptTokens, CompletionTokens int // as claimed
	Tokens                         []int
	Text                           string
	Finish                         verify.Finish
	MaxTokens                      int      // that the request allowed
	Stop                           []string // that the request named
	EndToken                       bool     // whether the model's own end token stands last in Tokens
	// Spare is how many tokens, counted and at the end, may be left out of Tokens where a stop string ended the answer: some servers tell
	// those of the string to nobody. That the string stood there is then for package repeat to see.
	Spare int
}

// Tokenizer is what the layer needs of the pinned model.
type Tokenizer interface {
	// CountPrompt is how many tokens the model sees of the request before it answers.
	CountPrompt() (int, error)
	// Decode is the text of tokens; the end token has none.
	Decode(tokens []int) string
}

// Judge looks at four things: the prompt's count, the answer's count, that the text is that of the tokens, and that the answer
// ended for the reason that it gives. Each is a trial. An answer of a stop string ends before it, and its tokens may reach beyond
// the text by the token that completed the string. Inconclusive if the prompt cannot be counted.
func Judge(a Answer, t Tokenizer) verify.Finding {
	prompt, err := t.CountPrompt()
	if err != nil {
		return verify.Missing(verify.Usage, "the prompt's count")
	}
	var wrong []string
	miss := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if a.PromptTokens != prompt {
		miss("claims %d tokens of prompt, there are %d", a.PromptTokens, prompt)
	}
	untold := a.CompletionTokens - len(a.Tokens)
	cut := len(a.Stop) > 0 && a.Finish == verify.Stop && !a.EndToken && untold > 0 && untold <= a.Spare
	if n := len(a.Tokens); a.CompletionTokens != n && !cut {
		miss("claims %d tokens of answer, gave %d", a.CompletionTokens, n)
	}
	text := t.Decode(a.Tokens)
	stopped, at := false, len(text)
	for _, s := range a.Stop {
		if i := strings.Index(text, s); s != "" && i >= 0 && i <= at {
			stopped, at = true, i
		}
	}
	if text[:at] != a.Text {
		miss("the text is not that of the tokens")
	}
	switch {
	case len(a.Tokens) > a.MaxTokens:
		miss("%d tokens, at most %d were asked for", len(a.Tokens), a.MaxTokens)
	case a.Finish == verify.Length && (len(a.Tokens) != a.MaxTokens || stopped || a.EndToken):
		miss("says that it ended for its length with %d tokens of %d", len(a.Tokens), a.MaxTokens)
	case a.Finish == verify.Stop && !stopped && !a.EndToken && !cut:
		miss("says that it stopped, with neither an end token nor a stop string")
	case a.Finish != verify.Stop && a.Finish != verify.Length:
		miss("gives no reason for its end that is known")
	}
	return verify.Counted(verify.Usage, 4, len(wrong), strings.Join(wrong, "; "))
}
