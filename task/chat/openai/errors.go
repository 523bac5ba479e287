package openai

import "errors"

// What is wrong with a server's stream.
var (
	errNoEnd    = errors.New("the stream ended without a finish_reason")
	errNoUsage  = errors.New("the stream told no usage")
	errAfterEnd = errors.New("text after the end")
	errTokens   = errors.New("log-probabilities do not fit the number of tokens")
)
