package usage

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/verify"
)

// words is a tokenizer whose token i is the i-th word.
type words struct {
	prompt int
	err    error
}

var list = []string{"we ", "the ", "people", "!", ""}

func (w words) CountPrompt() (int, error) { return w.prompt, w.err }
func (w words) Decode(tokens []int) string {
	var b strings.Builder
	for _, id := range tokens {
		b.WriteString(list[id])
	}
	return b.String()
}

func TestJudge(t *testing.T) {
	honest := Answer{PromptTokens: 5, CompletionTokens: 3, Tokens: []int{0, 1, 2}, Text: "we the people", Finish: verify.Length, MaxTokens: 3}
	ended := Answer{PromptTokens: 5, CompletionTokens: 4, Tokens: []int{0, 1, 2, 4}, Text: "we the people", Finish: verify.Stop, MaxTokens: 9, EndToken: true}
	cut := Answer{PromptTokens: 5, CompletionTokens: 4, Tokens: []int{0, 1, 2, 3}, Text: "we the peop", Finish: verify.Stop, MaxTokens: 9, Stop: []string{"le!", ""}}
	for name, c := range map[string]struct {
		from   Answer
		change func(a *Answer)
		misses int
	}{
		"honest":               {honest, func(*Answer) {}, 0},
		"ended-by-itself":      {ended, func(*Answer) {}, 0},
		"cut-by-a-string":      {cut, func(*Answer) {}, 0},
		"padded-prompt":        {honest, func(a *Answer) { a.PromptTokens++ }, 1},
		"padded-answer":        {honest, func(a *Answer) { a.CompletionTokens = 30 }, 1},
		"other-text":           {honest, func(a *Answer) { a.Text = "we the sheep" }, 1},
		"early-for-length":     {honest, func(a *Answer) { a.MaxTokens = 9 }, 1},
		"early-for-stop":       {honest, func(a *Answer) { a.Finish = verify.Stop; a.MaxTokens = 9 }, 1},
		"too-many":             {honest, func(a *Answer) { a.MaxTokens = 2 }, 1},
		"beyond-the-string":    {cut, func(a *Answer) { a.Text = "we the people!" }, 1},
		"untold-string":        {cut, func(a *Answer) { a.Tokens, a.Text, a.Spare = a.Tokens[:2], "we the ", 2 }, 0},
		"too-much-untold":      {cut, func(a *Answer) { a.Tokens, a.Text, a.Spare = a.Tokens[:1], "we ", 2 }, 2},
		"untold-without-stop":  {ended, func(a *Answer) { a.Tokens, a.EndToken, a.Spare = a.Tokens[:3], false, 2 }, 2},
		"no-reason":            {honest, func(a *Answer) { a.Finish = "" }, 1},
		"end-called-length":    {ended, func(a *Answer) { a.Finish = verify.Length; a.MaxTokens = 4 }, 1},
		"everything":           {honest, func(a *Answer) { *a = Answer{PromptTokens: 1, CompletionTokens: 1, Text: "x", MaxTokens: 3} }, 4},
		"string-called-length": {cut, func(a *Answer) { a.Finish = verify.Length; a.MaxTokens = 4 }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			a := c.from
			c.change(&a)
			f := Judge(a, words{prompt: 5})
			require.Equal(t, c.misses, f.Misses, f.Reason)
			require.Equal(t, 4, f.Trials)
			require.Equal(t, c.misses == 0, f.Verdict == verify.Pass)
		})
	}
	require.Equal(t, verify.Inconclusive, Judge(honest, words{err: errors.New("no tokenizer")}).Verdict)
}
