package lm_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm"
	"github.com/agon-chain/agon/lm/gguf"
)

// rewrite changes a file's metadata and tensors.
func rewrite(t *testing.T, file []byte, change func([]gguf.KV, []gguf.Tensor) ([]gguf.KV, []gguf.Tensor)) []byte {
	t.Helper()
	f, err := gguf.Read(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	var tensors []gguf.Tensor
	for _, i := range f.Tensors {
		b, err := f.Data(i.Name)
		require.NoError(t, err)
		tensors = append(tensors, gguf.Tensor{Name: i.Name, Dims: i.Dims, Type: i.Type, Data: b})
	}
	metadata, tensors := change(f.Metadata, tensors)
	var b bytes.Buffer
	require.NoError(t, gguf.Write(&b, metadata, tensors))
	return b.Bytes()
}

func TestLoadRefuses(t *testing.T) {
	good := odd.file(t)
	set := func(key string, value any) []byte {
		return rewrite(t, good, func(kvs []gguf.KV, ts []gguf.Tensor) ([]gguf.KV, []gguf.Tensor) {
			for i := range kvs {
				if kvs[i].Key == key {
					kvs[i].Value = value
					return kvs, ts
				}
			}
			return append(kvs, gguf.KV{Key: key, Value: value}), ts
		})
	}
	tensors := func(change func([]gguf.Tensor) []gguf.Tensor) []byte {
		return rewrite(t, good, func(kvs []gguf.KV, ts []gguf.Tensor) ([]gguf.KV, []gguf.Tensor) { return kvs, change(ts) })
	}
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"other-architecture": {set("general.architecture", "gpt2"), "serve others by a backend"},
		"no-heads":           {set("llama.attention.head_count", uint32(0)), "head_count is 0"},
		"heads-of-text":      {set("llama.attention.head_count", "six"), "want an integer"},
		"uneven-heads":       {set("llama.attention.head_count_kv", uint32(4)), "no multiple"},
		"odd-rope":           {set("llama.rope.dimension_count", uint32(3)), "even number"},
		"wide-rope":          {set("llama.rope.dimension_count", uint32(6)), "even number"},
		"yarn":               {set("llama.rope.scaling.type", "yarn"), "yarn"},
		"attention-factor":   {set("llama.rope.scaling.attn_factor", float32(0.5)), "attn_factor is 0.5"},
		"experts":            {set("llama.expert_count", uint32(8)), "8 experts"},
		"endless-layers":     {set("llama.block_count", uint32(1<<31)), "at most"},
		"more-layers":        {set("llama.block_count", uint32(3)), "blk.2.attn_norm.weight"},
		"fewer-layers":       {set("llama.block_count", uint32(1)), "has no part"},
		"other-width":        {set("llama.feed_forward_length", uint32(49)), "want [30 49]"},
		"no-embedding":       {tensors(func(ts []gguf.Tensor) []gguf.Tensor { return ts[1:] }), "token_embd.weight"},
		"bias": {tensors(func(ts []gguf.Tensor) []gguf.Tensor {
			return append(ts, gguf.Tensor{Name: "blk.0.attn_q.bias", Dims: []uint64{30}, Type: gguf.F32, Data: make([]byte, 120)})
		}), "blk.0.attn_q.bias has no part"},
		"no-number": {tensors(func(ts []gguf.Tensor) []gguf.Tensor {
			ts[1].Data[2], ts[1].Data[3] = 0xc0, 0x7f
			return ts
		}), "number 0 is NaN"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, c.file, lm.Options{})
			require.ErrorIs(t, err, lm.ErrModel)
			require.ErrorContains(t, err, c.says)
		})
	}
	t.Run("too-large", func(t *testing.T) {
		m := odd.model(t)
		_, err := load(t, good, lm.Options{MaxBytes: 4*m.Parameters - 1})
		require.ErrorIs(t, err, lm.ErrTooLarge)
		_, err = load(t, good, lm.Options{MaxBytes: 4 * m.Parameters})
		require.NoError(t, err)
	})
}

// Linear scaling by 2 gives position 2p the angles that p has without it. A table of factors divides angles likewise.
func TestPositionsAreStretched(t *testing.T) {
	logits := func(s shape, file []byte, tokens ...int) []float32 {
		m, err := load(t, file, lm.Options{})
		require.NoError(t, err)
		out, err := m.NewSession(lm.SessionOptions{}).Prefill(t.Context(), tokens)
		require.NoError(t, err)
		return out
	}
	plain := odd.file(t)
	linear := odd
	linear.more = []gguf.KV{{Key: "llama.rope.scaling.type", Value: "linear"}, {Key: "llama.rope.scaling.factor", Value: float32(2)}}
	twos := gguf.Tensor{Name: "rope_freqs.weight", Dims: []uint64{2}, Type: gguf.F32, Data: []byte{0, 0, 0, 0x40, 0, 0, 0, 0x40}}
	factors := rewrite(t, plain, func(kvs []gguf.KV, ts []gguf.Tensor) ([]gguf.KV, []gguf.Tensor) { return kvs, append(ts, twos) })
	a, b, c := logits(odd, plain, 5, 6, 7), logits(linear, linear.file(t), 5, 6, 7), logits(odd, factors, 5, 6, 7)
	require.NotEqual(t, a, b)
	require.Equal(t, b, c)
	for _, v := range b {
		require.False(t, math.IsNaN(float64(v)))
	}
}

// FuzzLoad: whatever a file holds, loading and one token through it neither panic nor give anything but an error or a result.
func FuzzLoad(f *testing.F) {
	tiny := shape{dim: 4, layers: 1, hidden: 4, heads: 2, kv: 1, head: 2, rope: 2, vocab: 259, context: 8}
	f.Add(tiny.file(f))
	tiny.tied = true
	f.Add(tiny.file(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := gguf.Read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		m, err := lm.Load(file, lm.Options{})
		if err != nil {
			return
		}
		_, err = m.NewSession(lm.SessionOptions{}).Score(t.Context(), []int{0}, []int{0})
		if err != nil {
			require.ErrorIs(t, err, lm.ErrNotFinite)
		}
	})
}
