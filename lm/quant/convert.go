package quant

import (
	"fmt"
	"io"
	"slices"

	"github.com/agon-chain/agon/lm/gguf"
)

// fileTypes are llama.cpp's numbers for files that are mostly of one type.
var fileTypes = map[gguf.TensorType]uint32{gguf.F32: 0, gguf.F16: 1, gguf.Q4_0: 2, gguf.Q8_0: 7}

// Convert writes a model's file with its matrices as another type. Matrices whose rows are no whole blocks become f16;
// vectors, such as norms, stay. Everything else stays too, except general.file_type. ErrType, ErrNotFinite.
func Convert(w io.Writer, f *gguf.File, to gguf.TensorType) error {
	if !Supported(to) {
		return fmt.Errorf("convert to %v: %w", to, ErrType)
	}
	tensors := make([]gguf.Tensor, 0, len(f.Tensors))
	for _, info := range f.Tensors {
		data, err := f.Data(info.Name)
		if err != nil {
			return err
		}
		t := gguf.Tensor{Name: info.Name, Dims: info.Dims, Type: info.Type, Data: data}
		if len(info.Dims) == 2 {
			if t.Type = to; info.Dims[0]%blockLen != 0 && to != gguf.F32 {
				t.Type = gguf.F16
			}
			x := make([]float32, info.Count())
			if err := Decode(info.Type, x, data); err != nil {
				return fmt.Errorf("tensor %s: %w", info.Name, err)
			}
			if t.Data, err = Encode(t.Type, x); err != nil {
				return fmt.Errorf("tensor %s: %w", info.Name, err)
			}
		}
		tensors = append(tensors, t)
	}
	metadata := slices.Clone(f.Metadata)
	for i := range metadata {
		if metadata[i].Key == "general.file_type" {
			metadata[i].Value = fileTypes[to]
		}
	}
	return gguf.Write(w, metadata, tensors)
}
