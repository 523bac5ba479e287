package quant

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/agon-chain/agon/lm/gguf"
)

// blockLen is how many numbers a block of q8_0 and of q4_0 has.
const blockLen = 32

// Supported says whether this package computes with a type.
func Supported(t gguf.TensorType) bool {
	switch t {
	case gguf.F32, gguf.F16, gguf.Q8_0, gguf.Q4_0:
		return true
	}
	return false
}

// Bytes is the length of n numbers of a type. ErrType, ErrLength.
func Bytes(t gguf.TensorType, n int) (int, error) {
	if !Supported(t) {
		return 0, fmt.Errorf("%v: %w", t, ErrType)
	}
	numbers, bytes := t.Block()
	if n < 0 || n%int(numbers) != 0 {
		return 0, fmt.Errorf("%d numbers of %v, whose blocks have %d: %w", n, t, numbers, ErrLength)
	}
	return n / int(numbers) * int(bytes), nil
}

// Decode fills dst with the numbers of src, which must be as long as len(dst) numbers of type t are. ErrType, ErrLength.
func Decode(t gguf.TensorType, dst []float32, src []byte) error {
	want, err := Bytes(t, len(dst))
	if err != nil {
		return err
	}
	if len(src) != want {
		return fmt.Errorf("%d bytes for %d numbers of %v, want %d: %w", len(src), len(dst), t, want, ErrLength)
	}
	le := binary.LittleEndian
	switch t {
	case gguf.F32:
		for i := range dst {
			dst[i] = math.Float32frombits(le.Uint32(src[4*i:]))
		}
	case gguf.F16:
		for i := range dst {
			dst[i] = FromHalf(le.Uint16(src[2*i:]))
		}
	case gguf.Q8_0:
		for ; len(dst) > 0; dst, src = dst[blockLen:], src[34:] {
			d := FromHalf(le.Uint16(src))
			for i, q := range src[2:34] {
				dst[i] = d * float32(int8(q))
			}
		}
	case gguf.Q4_0:
		for ; len(dst) > 0; dst, src = dst[blockLen:], src[18:] {
			d := FromHalf(le.Uint16(src))
			for i, q := range src[2:18] {
				dst[i] = d * float32(int(q&15)-8)
				dst[i+blockLen/2] = d * float32(int(q>>4)-8)
			}
		}
	}
	return nil
}

// Encode is src as type t. ErrType, ErrLength, ErrNotFinite.
func Encode(t gguf.TensorType, src []float32) ([]byte, error) {
	n, err := Bytes(t, len(src))
	if err != nil {
		return nil, err
	}
	for i, x := range src {
		// A scale beyond the largest half would become infinite.
		if math.IsNaN(float64(x)) || math.Abs(float64(x)) > 65504 && t != gguf.F32 || math.IsInf(float64(x), 0) {
			return nil, fmt.Errorf("number %d is %v, for %v: %w", i, x, t, ErrNotFinite)
		}
	}
	out := make([]byte, 0, n)
	le := binary.LittleEndian
	switch t {
	case gguf.F32:
		for _, x := range src {
			out = le.AppendUint32(out, math.Float32bits(x))
		}
	case gguf.F16:
		for _, x := range src {
			out = le.AppendUint16(out, ToHalf(x))
		}
	case gguf.Q8_0:
		for ; len(src) > 0; src = src[blockLen:] {
			out = appendQ8(out, src[:blockLen])
		}
	case gguf.Q4_0:
		for ; len(src) > 0; src = src[blockLen:] {
			out = appendQ4(out, src[:blockLen])
		}
	}
	return out, nil
}

func largest(block []float32) (magnitude, value float32) {
	for _, x := range block {
		if a := float32(math.Abs(float64(x))); a > magnitude {
			magnitude, value = a, x
		}
	}
	return magnitude, value
}

func inverse(d float32) float32 {
	if d == 0 {
		return 0
	}
	return 1 / d
}

func appendQ8(out []byte, block []float32) []byte {
	magnitude, _ := largest(block)
	d := magnitude / 127
	id := inverse(d)
	out = binary.LittleEndian.AppendUint16(out, ToHalf(d))
	for _, x := range block {
		// The product can only leave the range where d is subnormal and 1/d infinite or coarse.
		q := max(-127, min(127, math.Round(float64(x*id))))
		out = append(out, byte(int8(q)))
	}
	return out
}

func appendQ4(out []byte, block []float32) []byte {
	_, value := largest(block)
	d := value / -8
	id := inverse(d)
	out = binary.LittleEndian.AppendUint16(out, ToHalf(d))
	level := func(x float32) byte {
		product := x * id // rounded to float32 before the sum, on every machine
		return byte(max(0, min(15, int(float32(product)+8.5))))
	}
	for i := range blockLen / 2 {
		out = append(out, level(block[i])|level(block[i+blockLen/2])<<4)
	}
	return out
}
