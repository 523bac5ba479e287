package gguf

import "fmt"

// TensorType is how a tensor's numbers are stored, as ggml numbers the ways.
type TensorType uint32

// The types that Agon computes with.
const (
	F32  TensorType = 0
	F16  TensorType = 1
	Q4_0 TensorType = 2
	Q8_0 TensorType = 8
)

// traits of a type: so many numbers lie in one block of so many bytes.
type traits struct {
	name         string
	block, bytes uint64
}

// types has those whose size is known; others cannot be laid out.
var types = map[TensorType]traits{
	F32: {"f32", 1, 4}, F16: {"f16", 1, 2}, Q4_0: {"q4_0", 32, 18}, Q8_0: {"q8_0", 32, 34},
	3: {"q4_1", 32, 20}, 6: {"q5_0", 32, 22}, 7: {"q5_1", 32, 24}, 9: {"q8_1", 32, 36},
	10: {"q2_k", 256, 84}, 11: {"q3_k", 256, 110}, 12: {"q4_k", 256, 144}, 13: {"q5_k", 256, 176}, 14: {"q6_k", 256, 210},
	15: {"q8_k", 256, 292}, 20: {"iq4_nl", 32, 18}, 23: {"iq4_xs", 256, 136},
	24: {"i8", 1, 1}, 25: {"i16", 1, 2}, 26: {"i32", 1, 4}, 27: {"i64", 1, 8}, 28: {"f64", 1, 8}, 30: {"bf16", 1, 2},
}

// String is the type's name in lower case, as in "q8_0".
func (t TensorType) String() string {
	if k, ok := types[t]; ok {
		return k.name
	}
	return fmt.Sprintf("type %d", uint32(t))
}

// ParseTensorType is the type of that name.
func ParseTensorType(name string) (TensorType, error) {
	for t, k := range types {
		if k.name == name {
			return t, nil
		}
	}
	return 0, fmt.Errorf("%w: no tensor type %q", ErrType, name)
}

// Block is how many numbers lie in one block and how many bytes it takes; zeros for a type that is not known.
func (t TensorType) Block() (numbers, bytes uint64) {
	k := types[t]
	return k.block, k.bytes
}
