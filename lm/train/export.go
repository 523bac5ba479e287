package train

import (
	"errors"
	"fmt"
	"io"

	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/lm/quant"
)

// ErrExport is wrapped by every refusal to write a model.
var ErrExport = errors.New("export of a model")

// Tokens are a vocabulary as GGUF wants it, of the kind `gpt2`.
type Tokens struct {
	Strings []string // by id
	Merges  []string // in the order of their rank
	End     int32    // the token before and after every text; the only one that is no text
}

// Export says how a model is written.
type Export struct {
	Name    string
	License string          // SPDX, of the weights
	Type    gguf.TensorType // of matrices: F32, F16, Q8_0 or Q4_0; norms are always F32
	Tokens  Tokens
}

// fileTypes are llama.cpp's numbers for "mostly of this type".
var fileTypes = map[gguf.TensorType]uint32{gguf.F32: 0, gguf.F16: 1, gguf.Q4_0: 2, gguf.Q8_0: 7}

// GGUF's kinds of tokens.
const (
	tokenNormal  int32 = 1
	tokenControl int32 = 3
)

// WriteGGUF writes a model that lm and llama.cpp read: architecture `llama`, the embedding as output matrix too.
func WriteGGUF(w io.Writer, p *Params, e Export) error {
	c := p.Config
	fileType, ok := fileTypes[e.Type]
	if !ok {
		return fmt.Errorf("%w: matrices of type %v, must be f32, f16, q8_0 or q4_0", ErrExport, e.Type)
	}
	if len(e.Tokens.Strings) != c.Vocab {
		return fmt.Errorf("%w: %d tokens, the model has %d", ErrExport, len(e.Tokens.Strings), c.Vocab)
	}
	if e.Tokens.End < 0 || int(e.Tokens.End) >= c.Vocab {
		return fmt.Errorf("%w: the end of a text is token %d of %d", ErrExport, e.Tokens.End, c.Vocab)
	}
	types := make([]int32, c.Vocab)
	for i := range types {
		types[i] = tokenNormal
	}
	types[e.Tokens.End] = tokenControl
	metadata := []gguf.KV{
		{Key: "general.architecture", Value: "llama"},
		{Key: "general.name", Value: e.Name},
		{Key: "general.license", Value: e.License},
		{Key: "general.file_type", Value: fileType},
		{Key: "general.quantization_version", Value: uint32(2)},
		{Key: "llama.vocab_size", Value: uint32(c.Vocab)},
		{Key: "llama.context_length", Value: uint32(c.Context)},
		{Key: "llama.embedding_length", Value: uint32(c.Dim)},
		{Key: "llama.block_count", Value: uint32(c.Layers)},
		{Key: "llama.feed_forward_length", Value: uint32(c.FFN)},
		{Key: "llama.attention.head_count", Value: uint32(c.Heads)},
		{Key: "llama.attention.head_count_kv", Value: uint32(c.KVHeads)},
		{Key: "llama.attention.layer_norm_rms_epsilon", Value: float32(c.NormEps)},
		{Key: "llama.rope.dimension_count", Value: uint32(c.headDim())},
		{Key: "llama.rope.freq_base", Value: float32(c.RopeBase)},
		{Key: "tokenizer.ggml.model", Value: "gpt2"},
		{Key: "tokenizer.ggml.pre", Value: "gpt-2"},
		{Key: "tokenizer.ggml.tokens", Value: e.Tokens.Strings},
		{Key: "tokenizer.ggml.token_type", Value: types},
		{Key: "tokenizer.ggml.merges", Value: e.Tokens.Merges},
		{Key: "tokenizer.ggml.bos_token_id", Value: uint32(e.Tokens.End)},
		{Key: "tokenizer.ggml.eos_token_id", Value: uint32(e.Tokens.End)},
		{Key: "tokenizer.ggml.add_bos_token", Value: true},
		{Key: "tokenizer.ggml.add_eos_token", Value: false},
	}
	var tensors []gguf.Tensor
	for _, t := range p.Tensors {
		kind, dims := e.Type, []uint64{uint64(t.Cols), uint64(t.Rows)}
		if t.Rows == 1 {
			kind, dims = gguf.F32, dims[:1]
		}
		data, err := quant.Encode(kind, t.Data)
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrExport, t.Name, err)
		}
		tensors = append(tensors, gguf.Tensor{Name: t.Name, Dims: dims, Type: kind, Data: data})
	}
	return gguf.Write(w, metadata, tensors)
}
