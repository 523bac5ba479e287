package pinned

import (
	"context"

	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/verify/sequential"
)

// Engine is a version's model as the examiner asks it. Safe for several goroutines.
type Engine interface {
	// Prompt is the tokens that the model sees of a conversation before it answers.
	Prompt(messages []chat.Message) ([]int, error)
	// Encode is the tokens of plain text as the model would see it after its first token.
	Encode(text string) ([]int, error)
	// Decode is the text of tokens; the end token has none.
	Decode(tokens []int) string
	// TokenOf finds a token by its bytes.
	TokenOf(b []byte) (id int, ok bool)
	// Vocabulary is how many tokens there are, from 0.
	Vocabulary() int
	// End says whether a token ends an answer.
	End(id int) bool
	// EndToken is the token that a model ends an answer with; -1 if it has none.
	EndToken() int
	// Logits are the rows after the prompt and after each token of the completion but the last.
	Logits(ctx context.Context, prompt, completion []int) ([][]float32, error)
}

// Partial is an engine whose rows may not tell all of the vocabulary.
type Partial interface {
	Engine
	// Rows is Logits with what verify.Transcript has in Tail.
	Rows(ctx context.Context, prompt, completion []int) (rows [][]float32, tail []float64, err error)
}

// Rows asks an engine for its rows, with what is unknown in them if it is Partial.
func Rows(ctx context.Context, e Engine, prompt, completion []int) ([][]float32, []float64, error) {
	if p, ok := e.(Partial); ok {
		return p.Rows(ctx, prompt, completion)
	}
	rows, err := e.Logits(ctx, prompt, completion)
	return rows, nil, err
}

// Version is one that miners may serve.
type Version struct {
	Pin     string // name@version
	Engine  Engine
	Profile sequential.Profile
}
