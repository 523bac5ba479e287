package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/agon-chain/agon/lm"
	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/task/chat/template"
)

// ErrModel is a file that cannot chat.
var ErrModel = errors.New("model cannot chat")

// Engine is one model. Safe for several goroutines.
type Engine struct {
	*Text
	model *lm.Model
}

// Open loads a file. name is the template's to use; empty: the one that the file's own program shows. Errors: [ErrModel],
// template.ErrUnknown, and those of package lm.
func Open(path, name string) (*Engine, error) {
	f, err := gguf.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := lm.Load(f, lm.Options{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	t, err := templateOf(f, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	e, err := New(m, t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return e, nil
}

// New makes an engine of a model that is loaded. Errors: [ErrModel].
func New(m *lm.Model, t template.Template) (*Engine, error) {
	if m.Tokenizer == nil {
		return nil, fmt.Errorf("%w: it has no tokenizer", ErrModel)
	}
	text, err := NewText(m.Tokenizer, t)
	if err != nil {
		return nil, err
	}
	return &Engine{text, m}, nil
}

// Model is the model.
func (e *Engine) Model() *lm.Model { return e.model }

// Context is the most tokens of prompt and answer together.
func (e *Engine) Context() int { return e.model.Config.Context }

// Logits are the rows after the prompt and after each token of the completion but the last: what each token of the completion was
// drawn from. They take 4 bytes for each token of the vocabulary and each token of the completion.
func (e *Engine) Logits(ctx context.Context, prompt, completion []int) ([][]float32, error) {
	if len(prompt) == 0 || len(completion) == 0 {
		return nil, fmt.Errorf("%d tokens after %d: %w", len(completion), len(prompt), lm.ErrEmpty)
	}
	tokens := append(slices.Clone(prompt), completion[:len(completion)-1]...)
	rows := make([][]float32, 0, len(completion))
	s := e.model.NewSession(lm.SessionOptions{Context: len(tokens)})
	err := s.Each(ctx, tokens, len(prompt)-1, func(_ int, logits []float32) error {
		rows = append(rows, slices.Clone(logits))
		return nil
	})
	return rows, err
}
