package quant

import "errors"

// Kinds of failure; callers test them with errors.Is.
var (
	// ErrType is a tensor type that this package does not compute with.
	ErrType = errors.New("tensor type not supported, want f32, f16, q8_0 or q4_0")
	// ErrLength is a number of bytes or numbers that is no whole number of blocks.
	ErrLength = errors.New("not a whole number of blocks")
	// ErrNotFinite is a number that cannot be encoded.
	ErrNotFinite = errors.New("not a finite number")
)
