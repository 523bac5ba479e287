package gguf

import "errors"

// Kinds of failure; callers test them with errors.Is.
var (
	// ErrFormat is a file that is not GGUF as this package knows it.
	ErrFormat = errors.New("not a valid GGUF file")
	// ErrMissing is a key or tensor that the file does not have.
	ErrMissing = errors.New("missing from the GGUF file")
	// ErrType is a value of another type than the one asked for.
	ErrType = errors.New("wrong type in the GGUF file")
)
