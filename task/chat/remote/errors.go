package remote

import "errors"

var (
	// ErrOptions refuses a setting.
	ErrOptions = errors.New("invalid options of a verifying backend")
	// ErrServer: the server has no way to say what its model finds of given tokens.
	ErrServer = errors.New("the server cannot verify")
	// ErrTokenizer: the server reads text as other tokens than the pinned version.
	ErrTokenizer = errors.New("the server's tokenizer is another")
	// ErrLogprobs: the numbers that came are no log-probabilities of a model's own distribution.
	ErrLogprobs = errors.New("the server's log-probabilities are useless")
)
