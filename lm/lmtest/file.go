package lmtest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/agon-chain/agon/lm/gguf"
)

// Made says what a file is like. The zero value is ready.
type Made struct {
	Seed     uint64   // of the weights
	Context  int      // 0: 256
	Template string   // the program of a chat template; empty: none
	Special  []string // control tokens beside <unk>, <s> and </s>
	Name     string   // of the model; empty: none
}

// File writes a file into the test's folder and returns its path. The vocabulary is <unk>, <s>, </s>, the 256 bytes, the special tokens, and
// the letters with and without a space before them.
func File(t testing.TB, m Made) string {
	t.Helper()
	const dim, layers, hidden, heads, kv, head = 32, 2, 48, 4, 2, 8
	if m.Context == 0 {
		m.Context = 256
	}
	tokens, scores, kinds := []string{"<unk>", "<s>", "</s>"}, []float32{0, 0, 0}, []int32{2, 3, 3}
	add := func(token string, kind int32) {
		tokens, scores, kinds = append(tokens, token), append(scores, float32(-len(tokens))), append(kinds, kind)
	}
	for i := range 256 {
		add(fmt.Sprintf("<0x%02X>", i), 6)
	}
	for _, s := range m.Special {
		add(s, 3)
	}
	add("\u2581", 1)
	for c := 'a'; c <= 'z'; c++ {
		add(string(c), 1)
		add("\u2581"+string(c), 1)
	}
	u := func(key string, n int) gguf.KV { return gguf.KV{Key: "llama." + key, Value: uint32(n)} }
	metadata := []gguf.KV{
		{Key: "general.architecture", Value: "llama"},
		u("context_length", m.Context), u("embedding_length", dim), u("block_count", layers), u("feed_forward_length", hidden),
		u("attention.head_count", heads), u("attention.head_count_kv", kv), u("rope.dimension_count", head),
		{Key: "llama.attention.layer_norm_rms_epsilon", Value: float32(1e-5)},
		{Key: "tokenizer.ggml.model", Value: "llama"},
		{Key: "tokenizer.ggml.tokens", Value: tokens},
		{Key: "tokenizer.ggml.scores", Value: scores},
		{Key: "tokenizer.ggml.token_type", Value: kinds},
		{Key: "tokenizer.ggml.bos_token_id", Value: uint32(1)},
		{Key: "tokenizer.ggml.eos_token_id", Value: uint32(2)},
	}
	if m.Template != "" {
		metadata = append(metadata, gguf.KV{Key: "tokenizer.chat_template", Value: m.Template})
	}
	if m.Name != "" {
		metadata = append(metadata, gguf.KV{Key: "general.name", Value: m.Name})
	}
	r := rand.New(rand.NewPCG(m.Seed, 1))
	var list []gguf.Tensor
	tensor := func(name string, dims ...uint64) {
		n := uint64(1)
		for _, d := range dims {
			n *= d
		}
		var data []byte
		for range n {
			x := r.NormFloat64() * 0.3
			if len(dims) == 1 {
				x++
			}
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(x)))
		}
		list = append(list, gguf.Tensor{Name: name, Dims: dims, Type: gguf.F32, Data: data})
	}
	tensor("token_embd.weight", dim, uint64(len(tokens)))
	tensor("output_norm.weight", dim)
	tensor("output.weight", dim, uint64(len(tokens)))
	for i := range layers {
		at := fmt.Sprintf("blk.%d.", i)
		tensor(at+"attn_norm.weight", dim)
		tensor(at+"ffn_norm.weight", dim)
		tensor(at+"attn_q.weight", dim, heads*head)
		tensor(at+"attn_k.weight", dim, kv*head)
		tensor(at+"attn_v.weight", dim, kv*head)
		tensor(at+"attn_output.weight", heads*head, dim)
		tensor(at+"ffn_gate.weight", dim, hidden)
		tensor(at+"ffn_up.weight", dim, hidden)
		tensor(at+"ffn_down.weight", hidden, dim)
	}
	var b bytes.Buffer
	if err := gguf.Write(&b, metadata, list); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "made.gguf")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
