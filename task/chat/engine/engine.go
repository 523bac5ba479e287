package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agon-chain/agon/lm"
	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/lm/tokenizer"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/template"
)

// ErrModel is a file that cannot chat.
var ErrModel = errors.New("model cannot chat")

// Engine is one model. Safe for several goroutines.
type Engine struct {
	model    *lm.Model
	tok      *tokenizer.Tokenizer
	template template.Template
	byPiece  map[string]int
	end      int
	addsEOS  bool
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
	program, err := gguf.Get[string](f, "tokenizer.chat_template")
	if err != nil && !errors.Is(err, gguf.ErrMissing) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	t, err := template.Of(program)
	if name != "" {
		t, err = template.Named(name)
	}
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
	e := &Engine{model: m, tok: m.Tokenizer, template: t, byPiece: map[string]int{}, end: -1}
	if id, ok := e.tok.EOS(); ok {
		e.end = id
		e.addsEOS = slices.Contains(e.tok.Encode("", tokenizer.Options{}), id)
	}
	found := t.End() == ""
	for id := range e.tok.Size() {
		if !found && e.tok.Text(id) == t.End() {
			e.end, found = id, true
		}
		piece := e.tok.Piece(id)
		if old, known := e.byPiece[piece]; piece == "" || known && !isByte(e.tok.Text(old)) {
			continue
		}
		e.byPiece[piece] = id
	}
	if !found {
		return nil, fmt.Errorf("%w: its vocabulary has no %s, which template %s needs", ErrModel, t.End(), t.Name())
	}
	return e, nil
}

// isByte says whether a token stands for a byte that is in no other token: one of the same piece is meant before it.
func isByte(text string) bool { return len(text) == 6 && strings.HasPrefix(text, "<0x") }

// Model is the model.
func (e *Engine) Model() *lm.Model { return e.model }

// Template is how conversations are written.
func (e *Engine) Template() template.Template { return e.template }

// Prompt is the tokens that the model sees of a conversation before it answers.
func (e *Engine) Prompt(messages []chat.Message) ([]int, error) {
	var out []int
	for i, p := range e.template.Render(messages) {
		out = append(out, e.tok.Encode(p.Text, tokenizer.Options{Special: p.Special, Continue: i > 0})...)
		if i == 0 && e.addsEOS {
			out = out[:len(out)-1] // the text is not at its end
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the conversation has no tokens: %w", lm.ErrEmpty)
	}
	return out, nil
}

// Encode is the tokens of plain text that goes on after other text.
func (e *Engine) Encode(text string) ([]int, error) {
	return e.tok.Encode(text, tokenizer.Options{Continue: true}), nil
}

// Decode is the text of an answer's tokens, as JSON carries it: each byte that is no part of a character is U+FFFD. Tokens that end an
// answer have no text.
func (e *Engine) Decode(tokens []int) string { return string([]rune(e.tok.Decode(tokens))) }

// Piece is the bytes of a token.
func (e *Engine) Piece(id int) string { return e.tok.Piece(id) }

// TokenOf finds a token by its bytes.
func (e *Engine) TokenOf(b []byte) (id int, ok bool) {
	id, ok = e.byPiece[string(b)]
	return id, ok
}

// Vocabulary is how many tokens there are, from 0.
func (e *Engine) Vocabulary() int { return e.tok.Size() }

// End says whether a token ends an answer.
func (e *Engine) End(id int) bool { return e.tok.IsEnd(id) }

// EndToken is the token that answers end with; -1 if there is none.
func (e *Engine) EndToken() int { return e.end }

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
