package gguf

import (
	"fmt"
	"math"
	"math/bits"
)

const (
	// MaxDims is the most dimensions that a tensor has.
	MaxDims = 4
	// MaxNameLen is the longest name of a tensor in bytes: ggml keeps 64 with the zero at its end.
	MaxNameLen = 63
	// MaxKeyLen is the longest key of the metadata in bytes.
	MaxKeyLen = 1<<16 - 1
)

// Info is one line of the tensor table.
type Info struct {
	Name string
	// Dims has 1 to MaxDims dimensions; numbers along the first lie together. A matrix that maps a vector of n numbers to one
	// of m is [n, m]: m rows.
	Dims []uint64
	Type TensorType
	// Offset is where the tensor begins, in bytes from the beginning of the data.
	Offset uint64
	// Size is its length in bytes.
	Size uint64
}

// Tensor is a tensor to be written.
type Tensor struct {
	Name string
	Dims []uint64
	Type TensorType
	Data []byte
}

// Count is the number of numbers in a tensor.
func (i Info) Count() uint64 {
	n := uint64(1)
	for _, d := range i.Dims {
		n *= d
	}
	return n
}

// size checks a tensor's name, type and dimensions, and is the length of its data in bytes, at most limit.
func size(name string, t TensorType, dims []uint64, limit uint64) (uint64, error) {
	if name == "" || len(name) > MaxNameLen {
		return 0, fmt.Errorf("%w: tensor name of %d bytes, want 1 to %d", ErrFormat, len(name), MaxNameLen)
	}
	if len(dims) == 0 || len(dims) > MaxDims {
		return 0, fmt.Errorf("%w: tensor %q has %d dimensions, want 1 to %d", ErrFormat, name, len(dims), MaxDims)
	}
	block, blockBytes := t.Block()
	if block == 0 {
		return 0, fmt.Errorf("%w: tensor %q is of %v, whose size is not known", ErrFormat, name, t)
	}
	if dims[0]%block != 0 {
		return 0, fmt.Errorf("%w: tensor %q of %v has rows of %d numbers, want a multiple of %d", ErrFormat, name, t, dims[0], block)
	}
	n := dims[0] / block
	for _, m := range append([]uint64{blockBytes}, dims[1:]...) {
		hi, lo := bits.Mul64(n, m)
		if hi != 0 || lo > math.MaxInt64 {
			return 0, fmt.Errorf("%w: tensor %q of dimensions %v is larger than any file", ErrFormat, name, dims)
		}
		n = lo
	}
	if n == 0 {
		return 0, fmt.Errorf("%w: tensor %q of dimensions %v is empty", ErrFormat, name, dims)
	}
	if n > limit {
		return 0, fmt.Errorf("%w: tensor %q takes %d bytes, the file has %d left", ErrFormat, name, n, limit)
	}
	return n, nil
}

func pad(n, alignment uint64) uint64 { return (n + alignment - 1) &^ (alignment - 1) }
