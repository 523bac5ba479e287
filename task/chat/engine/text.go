package engine

import (
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

// Text is how a model reads and writes: its tokenizer and its way to write conversations, without its weights. Safe for several
// goroutines.
type Text struct {
	tok      *tokenizer.Tokenizer
	template template.Template
	byPiece  map[string]int
	byWord   map[string]int // of tokens that have no text
	end      int
	addsEOS  bool
}

// OpenText reads vocabulary and template of a GGUF file, of whatever architecture; the file may have no weights. name is as in [Open].
// Errors: [ErrModel], template.ErrUnknown, and those of packages gguf and tokenizer.
func OpenText(path, name string) (*Text, error) {
	f, err := gguf.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t, err := templateOf(f, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	tok, err := tokenizer.Load(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	text, err := NewText(tok, t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return text, nil
}

// templateOf is the template of that name, or the one that a file's program shows.
func templateOf(f *gguf.File, name string) (template.Template, error) {
	if name != "" {
		return template.Named(name)
	}
	program, err := gguf.Get[string](f, "tokenizer.chat_template")
	if err != nil && !errors.Is(err, gguf.ErrMissing) {
		return template.Template{}, err
	}
	return template.Of(program)
}

// NewText makes it of its parts. Errors: [ErrModel].
func NewText(tok *tokenizer.Tokenizer, t template.Template) (*Text, error) {
	e := &Text{tok: tok, template: t, byPiece: map[string]int{}, byWord: map[string]int{}, end: -1}
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
		if word := e.tok.Text(id); piece == "" && word != "" {
			e.byWord[word] = id
		}
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

// Template is how conversations are written.
func (e *Text) Template() template.Template { return e.template }

// Prompt is the tokens that the model sees of a conversation before it answers.
func (e *Text) Prompt(messages []chat.Message) ([]int, error) {
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
func (e *Text) Encode(text string) ([]int, error) {
	return e.tok.Encode(text, tokenizer.Options{Continue: true}), nil
}

// Decode is the text of an answer's tokens, as JSON carries it: each byte that is no part of a character is U+FFFD. Tokens that end an
// answer have no text.
func (e *Text) Decode(tokens []int) string { return string([]rune(e.tok.Decode(tokens))) }

// Piece is the bytes of a token.
func (e *Text) Piece(id int) string { return e.tok.Piece(id) }

// TokenOf finds a token by its bytes; of one that has no text, by the word that the vocabulary has for it, as servers tell the end of
// an answer.
func (e *Text) TokenOf(b []byte) (id int, ok bool) {
	if id, ok = e.byPiece[string(b)]; ok {
		return id, true
	}
	id, ok = e.byWord[string(b)]
	return id, ok
}

// Vocabulary is how many tokens there are, from 0.
func (e *Text) Vocabulary() int { return e.tok.Size() }

// End says whether a token ends an answer.
func (e *Text) End(id int) bool { return e.tok.IsEnd(id) }

// EndToken is the token that answers end with; -1 if there is none.
func (e *Text) EndToken() int { return e.end }

// Whole is the tokens of a text by itself, with those that the model has at the beginning and end of one: what a server that tokenizes
// a text says too, if it has the same tokenizer.
func (e *Text) Whole(text string) []int { return e.tok.Encode(text, tokenizer.Options{}) }
