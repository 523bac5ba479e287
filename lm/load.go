package lm

import (
	"fmt"
	"math"

	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/lm/quant"
)

// Names of tensors outside the layers.
const (
	embeddingName   = "token_embd.weight"
	outputName      = "output.weight"
	outputNormName  = "output_norm.weight"
	ropeFactorsName = "rope_freqs.weight"
)

// layer has the weights of one layer.
type layer struct {
	attnNorm, ffnNorm []float32
	q, k, v, o        linear
	gate, up, down    linear
}

// loader reads tensors, remembers which, and its first error.
type loader struct {
	f    *gguf.File
	used map[string]bool
	err  error
}

func (l *loader) vector(name string, n int) []float32 {
	x, kind := l.read(name, n)
	if l.err == nil && kind != gguf.F32 {
		l.err = fmt.Errorf("tensor %s is of %v, want f32", name, kind)
	}
	return x
}

func (l *loader) matrix(name string, in, out int) linear {
	w, kind := l.read(name, in, out)
	return linear{in, out, kind, w}
}

// read decodes a tensor whose dimensions must be dims.
func (l *loader) read(name string, dims ...int) ([]float32, gguf.TensorType) {
	if l.err != nil {
		return nil, 0
	}
	info, ok := l.f.Tensor(name)
	if !ok {
		l.err = fmt.Errorf("tensor %s: %w", name, gguf.ErrMissing)
		return nil, 0
	}
	same := len(info.Dims) == len(dims)
	for i := 0; same && i < len(dims); i++ {
		same = info.Dims[i] == uint64(dims[i])
	}
	if !same {
		l.err = fmt.Errorf("tensor %s has dimensions %v, want %v", name, info.Dims, dims)
		return nil, 0
	}
	l.used[name] = true
	if !quant.Supported(info.Type) {
		l.err = fmt.Errorf("tensor %s is of %v: %w", name, info.Type, quant.ErrType)
		return nil, 0
	}
	raw, err := l.f.Data(name)
	if err != nil {
		l.err = err
		return nil, 0
	}
	x := aligned(int(info.Count()))
	if l.err = quant.Decode(info.Type, x, raw); l.err != nil {
		return nil, 0
	}
	for i, v := range x {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			l.err = fmt.Errorf("tensor %s: number %d is %v", name, i, v)
			return nil, 0
		}
	}
	return x, info.Type
}

// load reads all weights of a file. A tensor that is left over is an error: it would have had a part in the result.
func load(f *gguf.File, c Config) (*Model, error) {
	l := &loader{f: f, used: map[string]bool{}}
	qDim, kvDim := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	m := &Model{Config: c, embedding: l.matrix(embeddingName, c.Dim, c.Vocabulary), outputNorm: l.vector(outputNormName, c.Dim)}
	m.output = m.embedding
	if !c.TiedOutput {
		m.output = l.matrix(outputName, c.Dim, c.Vocabulary)
	}
	var factors []float32
	if _, ok := f.Tensor(ropeFactorsName); ok {
		factors = l.vector(ropeFactorsName, c.RopeDim/2)
	}
	m.rope = newRope(c, factors)
	for i := 0; i < c.Layers && l.err == nil; i++ {
		name := func(part string) string { return fmt.Sprintf("blk.%d.%s.weight", i, part) }
		m.layers = append(m.layers, layer{
			attnNorm: l.vector(name("attn_norm"), c.Dim), ffnNorm: l.vector(name("ffn_norm"), c.Dim),
			q: l.matrix(name("attn_q"), c.Dim, qDim), k: l.matrix(name("attn_k"), c.Dim, kvDim),
			v: l.matrix(name("attn_v"), c.Dim, kvDim), o: l.matrix(name("attn_output"), qDim, c.Dim),
			gate: l.matrix(name("ffn_gate"), c.Dim, c.Hidden), up: l.matrix(name("ffn_up"), c.Dim, c.Hidden),
			down: l.matrix(name("ffn_down"), c.Hidden, c.Dim),
		})
	}
	if l.err != nil {
		return nil, l.err
	}
	for _, t := range f.Tensors {
		if !l.used[t.Name] {
			return nil, fmt.Errorf("tensor %s has no part in a model of architecture %s", t.Name, Architecture)
		}
	}
	return m, nil
}
