package content

import "errors"

// Why content is refused.
var (
	// ErrFiles is a list of files that is out of order or out of bounds.
	ErrFiles = errors.New("list of files is invalid")
	// ErrPath is the path of a file that is refused.
	ErrPath = errors.New("path of a file is invalid")
	// ErrPlace is a leaf or chunk that the file does not have.
	ErrPlace = errors.New("no such place in the file")
	// ErrProof is a chunk that is not under the root at its place.
	ErrProof = errors.New("proof does not lead to the root")
	// ErrChanged is a file that is not what it was when it was hashed.
	ErrChanged = errors.New("file has changed")
)
