package quant

import (
	"math"

	"github.com/agon-chain/agon/lm/gguf"
)

// Activations rounds x in place to what ggml multiplies weights of type t with: nothing for f32, halves for f16, blocks of
// q8_0 for q8_0 and q4_0, for which len(x) is a multiple of 32.
func Activations(t gguf.TensorType, x []float32) {
	switch t {
	case gguf.F16:
		for i, v := range x {
			x[i] = FromHalf(ToHalf(v))
		}
	case gguf.Q8_0, gguf.Q4_0:
		for ; len(x) >= blockLen; x = x[blockLen:] {
			roundQ8(x[:blockLen])
		}
	}
}

// magic added and taken away again rounds a float32 of magnitude below 2^22 to an integer, halves to even.
const magic = 3 << 22

func roundQ8(block []float32) {
	var magnitude float32
	for _, x := range block {
		if x < 0 {
			x = -x
		}
		if x > magnitude {
			magnitude = x
		}
	}
	if magnitude == 0 || math.IsInf(float64(magnitude), 0) {
		return // zeros stay; what has overflowed stays visible
	}
	d := FromHalf(ToHalf(magnitude / 127))
	id := 127 / magnitude
	for i, x := range block {
		q := float32(x*id) + magic
		block[i] = d * (q - magic)
	}
}
