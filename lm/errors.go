package lm

import "errors"

// Kinds of failure; callers test them with errors.Is.
var (
	// ErrModel is a GGUF file that holds no model of this package's architecture, or one that contradicts itself.
	ErrModel = errors.New("model not supported")
	// ErrTooLarge is a model or a cache that takes more memory than allowed.
	ErrTooLarge = errors.New("model takes too much memory")
	// ErrContextFull is a sequence with no room for the tokens to be added; the sequence is as it was.
	ErrContextFull = errors.New("context is full")
	// ErrToken is a token that the vocabulary does not have.
	ErrToken = errors.New("token out of the vocabulary")
	// ErrEmpty is a prompt without tokens: there is nothing that the next token could follow.
	ErrEmpty = errors.New("no tokens")
	// ErrNotFinite is a model whose output overflowed or is no number: its weights are broken.
	ErrNotFinite = errors.New("output of the model is not finite")
	// ErrRequest is a setting of a generation that is out of bounds.
	ErrRequest = errors.New("bad request")
)
