package train

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The fast pass and the slow one give the same log-probabilities, over more than one block of queries.
func TestLogProbsAgainstReference(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	p := lively(tiny, 5)
	pass, err := NewPass(tiny)
	require.NoError(t, err)
	for _, length := range []int{1, 3, queryBlock, queryBlock + 9} {
		b := randomBatch(tiny, r, 2, length)
		got, err := pass.LogProbs(p, b)
		require.NoError(t, err)
		for s := range b.Seqs {
			for i, row := range reference(tiny, wide(p), b.Input[s*length:(s+1)*length]) {
				for j, want := range row {
					require.InDelta(t, want, got[(s*length+i)*tiny.Vocab+j], 1e-5)
				}
			}
		}
	}
}

// Gradients of every tensor against central differences of the reference, whose error at this step is some 1e-9 of the
// largest: what remains is float32.
func TestGradientsAgainstCentralDifferences(t *testing.T) {
	for _, c := range []Config{
		{Vocab: 13, Dim: 32, Layers: 2, Heads: 4, KVHeads: 2, FFN: 32, Context: 8, RopeBase: 10000, NormEps: 1e-5},
		{Vocab: 11, Dim: 32, Layers: 1, Heads: 2, KVHeads: 2, FFN: 64, Context: 8, RopeBase: 100, NormEps: 1e-2},
		{Vocab: 11, Dim: 32, Layers: 1, Heads: 4, KVHeads: 1, FFN: 32, Context: 8, RopeBase: 10000, NormEps: 1e-6},
	} {
		t.Run(fmt.Sprintf("heads-%d-%d", c.Heads, c.KVHeads), func(t *testing.T) {
			r := rand.New(rand.NewPCG(2, 2))
			p := lively(c, 6)
			grad, err := NewParams(c)
			require.NoError(t, err)
			pass, err := NewPass(c)
			require.NoError(t, err)
			b := randomBatch(c, r, 2, 7)
			const scale = 0.125
			nats, err := pass.Gradient(p, b, scale, grad)
			require.NoError(t, err)
			require.InEpsilon(t, referenceLoss(c, wide(p), b, 1), nats, 1e-6)

			w, kinds := wide(p), map[string]int{}
			for _, tensor := range grad.Tensors {
				largest := 0.0
				for _, v := range tensor.Data {
					largest = max(largest, math.Abs(float64(v)))
				}
				require.NotZero(t, largest, tensor.Name)
				for range 24 {
					i := r.IntN(len(tensor.Data))
					const h = 1e-4
					at := w[tensor.Name]
					old := at[i]
					at[i] = old + h
					above := referenceLoss(c, w, b, scale)
					at[i] = old - h
					below := referenceLoss(c, w, b, scale)
					at[i] = old
					require.InDelta(t, (above-below)/(2*h), tensor.Data[i], 2e-5*largest+1e-7, "%s[%d]", tensor.Name, i)
				}
				kinds[tensor.Name[strings.LastIndex(strings.TrimSuffix(tensor.Name, ".weight"), ".")+1:]]++
			}
			require.Len(t, kinds, 11, "embedding, output norm and the nine kinds of a layer: %v", kinds)
		})
	}
}

// part is sequences from..to.
func (b Batch) part(from, to int) Batch {
	return Batch{Seqs: to - from, Len: b.Len, Input: b.Input[from*b.Len : to*b.Len], Target: b.Target[from*b.Len : to*b.Len]}
}

// A gradient is a sum: two halves, added, are the whole.
func TestGradientAdds(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	p := lively(tiny, 7)
	b := randomBatch(tiny, r, 4, 20)
	pass, err := NewPass(tiny)
	require.NoError(t, err)
	whole, _ := NewParams(tiny)
	halves, _ := NewParams(tiny)
	_, err = pass.Gradient(p, b, 0.1, whole)
	require.NoError(t, err)
	for _, half := range []Batch{b.part(0, 1), b.part(1, 4)} {
		_, err = pass.Gradient(p, half, 0.1, halves)
		require.NoError(t, err)
	}
	for i, v := range whole.Flat {
		require.InDelta(t, v, halves.Flat[i], 2e-5)
	}
}

// A loss that is no number is refused, and the state stays as it was.
func TestDivergenceIsRefused(t *testing.T) {
	trainer := testTrainer(t, 2)
	trainer.State.Params.Tensors[2].Data[5] = float32(math.Inf(1))
	before := bytesOf(t, trainer)
	_, err := trainer.Step()
	require.ErrorIs(t, err, ErrDiverged)
	require.Equal(t, before, bytesOf(t, trainer))
}

func TestExp(t *testing.T) {
	for x := -87.0; x <= 88; x += 0.0137 {
		want := math.Exp(float64(float32(x)))
		require.InEpsilon(t, want, float64(exp32(float32(x))), 2e-7, "e^%v", x)
	}
	require.Zero(t, exp32(float32(math.Inf(-1))))
	require.Equal(t, float32(1), exp32(0))
	require.True(t, math.IsNaN(float64(exp32(float32(math.NaN())))))
}

func TestBatchRefusals(t *testing.T) {
	good := Batch{Seqs: 1, Len: 2, Input: []int32{0, 36}, Target: []int32{Ignore, 0}}
	require.NoError(t, good.Validate(tiny))
	for name, change := range map[string]func(*Batch){
		"token-too-large":  func(b *Batch) { b.Input = []int32{0, 37} },
		"negative-token":   func(b *Batch) { b.Input = []int32{-1, 0} },
		"target-too-large": func(b *Batch) { b.Target = []int32{0, 37} },
		"target-below":     func(b *Batch) { b.Target = []int32{0, -2} },
		"short":            func(b *Batch) { b.Input = []int32{0} },
		"longer-than-seen": func(b *Batch) { b.Len = tiny.Context + 1 },
		"none":             func(b *Batch) { b.Seqs = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			b := good
			change(&b)
			require.ErrorIs(t, b.Validate(tiny), ErrBatch)
		})
	}
}

func TestConfigRefusals(t *testing.T) {
	require.NoError(t, tiny.Validate())
	for name, change := range map[string]func(*Config){
		"vocab":    func(c *Config) { c.Vocab = 1 },
		"dim":      func(c *Config) { c.Dim = 48 },
		"layers":   func(c *Config) { c.Layers = 0 },
		"heads":    func(c *Config) { c.Heads = 3 },
		"odd":      func(c *Config) { c.Heads = 32 },
		"kv_heads": func(c *Config) { c.KVHeads = 3 },
		"ffn":      func(c *Config) { c.FFN = 33 },
		"context":  func(c *Config) { c.Context = 0 },
		"rope":     func(c *Config) { c.RopeBase = math.NaN() },
		"eps":      func(c *Config) { c.NormEps = 0 },
		"size":     func(c *Config) { c.Dim, c.Vocab = MaxDim, MaxVocab },
	} {
		t.Run(name, func(t *testing.T) {
			c := tiny
			change(&c)
			require.ErrorIs(t, c.Validate(), ErrConfig)
			_, err := NewParams(c)
			require.ErrorIs(t, err, ErrConfig)
		})
	}
	p, err := NewParams(tiny)
	require.NoError(t, err)
	sum := 0
	for _, tensor := range p.Tensors {
		sum += len(tensor.Data)
	}
	require.Equal(t, tiny.Parameters(), sum)
}
