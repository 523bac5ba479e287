package train_test

import (
	"bytes"
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/agon-chain/agon/lm"
	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/lm/tokenizer"
	"github.com/agon-chain/agon/lm/train"
	"github.com/agon-chain/agon/lm/train/bpe"
	"github.com/stretchr/testify/require"
)

// made is a model with lively weights over a real vocabulary, so that a wrong pairing in RoPE, a wrong head or a
// transposed matrix cannot go unseen.
func made(t *testing.T) (*train.Params, train.Tokens) {
	t.Helper()
	v, err := bpe.Train([]string{"we the people of the united states, in order to form a more perfect union, establish justice"}, 290)
	require.NoError(t, err)
	p, err := train.NewParams(train.Config{
		Vocab: v.Size(), Dim: 64, Layers: 2, Heads: 4, KVHeads: 2, FFN: 96, Context: 96, RopeBase: 10000, NormEps: 1e-5,
	})
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(4, 4))
	for _, tensor := range p.Tensors {
		for i := range tensor.Data {
			if tensor.Rows == 1 {
				tensor.Data[i] = 0.5 + r.Float32()
			} else {
				tensor.Data[i] = (r.Float32() - 0.5) * 0.4
			}
		}
	}
	return p, train.Tokens{Strings: v.Strings(), Merges: v.Merges(), End: v.End()}
}

func export(t *testing.T, p *train.Params, tokens train.Tokens, kind gguf.TensorType) *gguf.File {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, train.WriteGGUF(&out, p, train.Export{Name: "test", License: "Apache-2.0", Type: kind, Tokens: tokens}))
	f, err := gguf.Read(bytes.NewReader(out.Bytes()), int64(out.Len()))
	require.NoError(t, err)
	return f
}

// difference is the largest distance between the trainer's log-probabilities and the engine's on random tokens, and the
// mean one.
func difference(t *testing.T, p *train.Params, f *gguf.File) (largest, mean float64) {
	t.Helper()
	model, err := lm.Load(f, lm.Options{})
	require.NoError(t, err)
	pass, err := train.NewPass(p.Config)
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(5, 5))
	n := p.Config.Context
	b := train.Batch{Seqs: 1, Len: n, Input: make([]int32, n), Target: make([]int32, n)}
	tokens := make([]int, n)
	for i := range tokens {
		tokens[i] = r.IntN(p.Config.Vocab)
		b.Input[i] = int32(tokens[i])
	}
	want, err := pass.LogProbs(p, b)
	require.NoError(t, err)
	count := 0
	err = model.NewSession(lm.SessionOptions{}).Each(context.Background(), tokens, 0, func(i int, logits []float32) error {
		sum := 0.0
		for _, v := range logits {
			sum += math.Exp(float64(v))
		}
		for j, v := range logits {
			d := math.Abs(float64(v) - math.Log(sum) - float64(want[i*p.Config.Vocab+j]))
			largest, mean = max(largest, d), mean+d
			count++
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, n*p.Config.Vocab, count)
	return largest, mean / float64(count)
}

func TestExportGivesTheSameProbabilities(t *testing.T) {
	p, tokens := made(t)
	largest, mean := difference(t, p, export(t, p, tokens, gguf.F32))
	t.Logf("f32: log-probabilities differ by at most %.1e, %.1e on average", largest, mean)
	require.Less(t, largest, 1e-4)
	for kind, bound := range map[gguf.TensorType]float64{gguf.F16: 0.02, gguf.Q8_0: 0.2, gguf.Q4_0: 5} {
		largest, mean = difference(t, p, export(t, p, tokens, kind))
		t.Logf("%v: log-probabilities differ by at most %.1e, %.1e on average", kind, largest, mean)
		require.Less(t, largest, bound)
	}
}

func TestExportedTokenizerBeginsTexts(t *testing.T) {
	p, tokens := made(t)
	tok, err := tokenizer.Load(export(t, p, tokens, gguf.Q8_0))
	require.NoError(t, err)
	ids := tok.Encode("the people", tokenizer.Options{})
	require.Equal(t, int(tokens.End), ids[0])
	require.True(t, tok.IsEnd(int(tokens.End)))
	require.Equal(t, "the people", tok.Decode(ids[1:]))
}

func TestExportRefusals(t *testing.T) {
	p, tokens := made(t)
	for name, e := range map[string]train.Export{
		"type":   {Type: 99, Tokens: tokens},
		"tokens": {Tokens: train.Tokens{Strings: tokens.Strings[1:], End: 1}},
		"end":    {Tokens: train.Tokens{Strings: tokens.Strings, End: int32(len(tokens.Strings))}},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, train.WriteGGUF(&bytes.Buffer{}, p, e), train.ErrExport)
		})
	}
}
