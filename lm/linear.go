package lm

import (
	"unsafe"

	"gonum.org/v1/gonum/blas/gonum"

	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/lm/quant"
)

// kernel multiplies vectors of float32. Its dot product adds in an order that depends on the length and, on amd64, on how
// the second vector lies to 16 bytes. So activations, the second vector everywhere, begin on 16 bytes and so do their
// rows: then a result depends on the numbers alone, and a batch gives what its tokens give one by one.
var kernel gonum.Implementation

// lane is how many float32 fill 16 bytes.
const lane = 4

// padded is n rounded up to whole lanes.
func padded(n int) int { return (n + lane - 1) &^ (lane - 1) }

// aligned is a slice of n zeros that begins on 16 bytes. What the heap holds does not move.
func aligned(n int) []float32 {
	b := make([]float32, n+lane-1)
	skip := 0
	for uintptr(unsafe.Pointer(unsafe.SliceData(b[skip:])))%16 != 0 {
		skip++
	}
	return b[skip : skip+n : skip+n]
}

// rows are vectors of the same length, each beginning on 16 bytes.
type rows struct {
	data           []float32
	length, stride int
}

func newRows(n, length int) rows {
	return rows{aligned(n * padded(length)), length, padded(length)}
}

func (r rows) row(i int) []float32 { return r.data[i*r.stride : i*r.stride+r.length] }

// linear is a matrix of out rows of in numbers. Quantized weights are kept as the float32 that they stand for: seven times
// the memory of q4_0, for the speed of plain products.
type linear struct {
	in, out int
	kind    gguf.TensorType
	w       []float32
}

// apply sets dst.row(i) to the matrix times x.row(i) for the first n rows. scratch has rows of at least in numbers.
func (l *linear) apply(dst, x, scratch rows, n int) {
	if l.kind != gguf.F32 {
		scratch.length, scratch.stride = l.in, padded(l.in)
		for i := range n {
			copy(scratch.row(i), x.row(i))
			quant.Activations(l.kind, scratch.row(i))
		}
		x = scratch
	}
	// A row of weights meets all tokens of the batch while it lies in the nearest cache.
	for o := range l.out {
		w := l.w[o*l.in : (o+1)*l.in]
		for i := range n {
			dst.data[i*dst.stride+o] = kernel.Sdot(l.in, w, 1, x.data[i*x.stride:], 1)
		}
	}
}
