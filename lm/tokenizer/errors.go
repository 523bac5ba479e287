package tokenizer

import "errors"

// ErrVocabulary is a file whose tokenizer is not supported or contradicts itself; callers test for it with errors.Is.
var ErrVocabulary = errors.New("tokenizer not supported")
