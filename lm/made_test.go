package lm_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm"
	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/lm/quant"
)

// shape of a model of random weights, for what needs no real one.
type shape struct {
	dim, layers, hidden, heads, kv, head, rope, vocab, context int
	kind                                                       gguf.TensorType
	tied                                                       bool
	more                                                       []gguf.KV
}

// odd has no number that is a whole number of lanes.
var odd = shape{dim: 30, layers: 2, hidden: 50, heads: 6, kv: 3, head: 5, rope: 4, vocab: 300, context: 150}

// whole has rows of whole blocks.
func whole(kind gguf.TensorType) shape {
	return shape{dim: 64, layers: 2, hidden: 96, heads: 4, kv: 1, head: 16, rope: 16, vocab: 300, context: 150, kind: kind, tied: true}
}

// file is the GGUF file of a model. Its vocabulary is the 256 bytes and "<s>", "</s>", then words of one character.
func (s shape) file(t testing.TB) []byte {
	t.Helper()
	tokens, scores, kinds := []string{"<unk>", "<s>", "</s>"}, []float32{0, 0, 0}, []int32{2, 3, 3}
	for i := range 256 {
		tokens, scores, kinds = append(tokens, fmt.Sprintf("<0x%02X>", i)), append(scores, 0), append(kinds, 6)
	}
	for i := 0; len(tokens) < s.vocab; i++ {
		tokens, scores, kinds = append(tokens, string(rune('a'+i))), append(scores, float32(-i)), append(kinds, 1)
	}
	u := func(key string, n int) gguf.KV { return gguf.KV{Key: "llama." + key, Value: uint32(n)} }
	metadata := append([]gguf.KV{
		{Key: "general.architecture", Value: "llama"},
		u("context_length", s.context), u("embedding_length", s.dim), u("block_count", s.layers), u("feed_forward_length", s.hidden),
		u("attention.head_count", s.heads), u("attention.head_count_kv", s.kv), u("attention.key_length", s.head),
		u("attention.value_length", s.head), u("rope.dimension_count", s.rope),
		{Key: "llama.attention.layer_norm_rms_epsilon", Value: float32(1e-5)},
		{Key: "tokenizer.ggml.model", Value: "llama"},
		{Key: "tokenizer.ggml.tokens", Value: tokens},
		{Key: "tokenizer.ggml.scores", Value: scores},
		{Key: "tokenizer.ggml.token_type", Value: kinds},
		{Key: "tokenizer.ggml.bos_token_id", Value: uint32(1)},
		{Key: "tokenizer.ggml.eos_token_id", Value: uint32(2)},
	}, s.more...)
	r := rand.New(rand.NewPCG(7, 8))
	var list []gguf.Tensor
	tensor := func(name string, kind gguf.TensorType, dims ...uint64) {
		n := uint64(1)
		for _, d := range dims {
			n *= d
		}
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(r.NormFloat64() * 0.2)
			if len(dims) == 1 {
				x[i]++
			}
		}
		b, err := quant.Encode(kind, x)
		require.NoError(t, err)
		list = append(list, gguf.Tensor{Name: name, Dims: dims, Type: kind, Data: b})
	}
	d, q, kv, h := uint64(s.dim), uint64(s.heads*s.head), uint64(s.kv*s.head), uint64(s.hidden)
	tensor("token_embd.weight", s.kind, d, uint64(s.vocab))
	tensor("output_norm.weight", gguf.F32, d)
	if !s.tied {
		tensor("output.weight", s.kind, d, uint64(s.vocab))
	}
	for i := range s.layers {
		at := fmt.Sprintf("blk.%d.", i)
		tensor(at+"attn_norm.weight", gguf.F32, d)
		tensor(at+"ffn_norm.weight", gguf.F32, d)
		tensor(at+"attn_q.weight", s.kind, d, q)
		tensor(at+"attn_k.weight", s.kind, d, kv)
		tensor(at+"attn_v.weight", s.kind, d, kv)
		tensor(at+"attn_output.weight", s.kind, q, d)
		tensor(at+"ffn_gate.weight", s.kind, d, h)
		tensor(at+"ffn_up.weight", s.kind, d, h)
		tensor(at+"ffn_down.weight", s.kind, h, d)
	}
	var b bytes.Buffer
	require.NoError(t, gguf.Write(&b, metadata, list))
	return b.Bytes()
}

func load(t testing.TB, file []byte, o lm.Options) (*lm.Model, error) {
	t.Helper()
	f, err := gguf.Read(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	return lm.Load(f, o)
}

func (s shape) model(t testing.TB) *lm.Model {
	t.Helper()
	m, err := load(t, s.file(t), lm.Options{})
	require.NoError(t, err)
	return m
}
