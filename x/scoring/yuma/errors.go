package yuma

import "errors"

// Kinds of refusal. Every error of [Workspace.Run] wraps exactly one of them and
// names the column or row, the value and the bound.
var (
	// ErrParams: a parameter is outside its bounds.
	ErrParams = errors.New("yuma: parameter out of bounds")
	// ErrSize: N is out of bounds, or a column does not have N entries.
	ErrSize = errors.New("yuma: wrong size")
	// ErrUID: a row, a commit or the owner names a uid that is not below N.
	ErrUID = errors.New("yuma: uid out of range")
	// ErrDuplicate: a row names a uid twice.
	ErrDuplicate = errors.New("yuma: duplicate uid")
)
