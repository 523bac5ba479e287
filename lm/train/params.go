package train

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/agon-chain/agon/lm/train/mat"
)

// Tensor is one named matrix of a model, a view into the flat weights; a vector has one row.
type Tensor struct {
	Name       string // as GGUF names it
	Rows, Cols int
	Data       []float32 // row-major, Rows*Cols
}

// Params are the weights of a model, or anything else of their shape: gradients, moments. All lie in Flat, in the order
// of Tensors, which is the order of every file and of every sum over all weights.
type Params struct {
	Config  Config
	Tensors []Tensor
	Flat    []float32

	layers []layer
	norm   int // index of output_norm in Tensors; token_embd is the first
}

// layer are the tensors of one block. Query, key and value rows are one matrix, gate and up rows another: they lie one
// behind the other in Flat.
type layer struct {
	attnNorm, ffnNorm       []float32
	qkv, attnOut, gateUp, w []float32 // w is ffn_down
}

// NewParams returns zeros of a valid configuration's shape.
func NewParams(c Config) (*Params, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	p := &Params{Config: c, Flat: make([]float32, c.Parameters())}
	at := 0
	add := func(name string, rows, cols int) []float32 {
		data := p.Flat[at : at+rows*cols : at+rows*cols]
		p.Tensors = append(p.Tensors, Tensor{Name: name, Rows: rows, Cols: cols, Data: data})
		at += rows * cols
		return data
	}
	add("token_embd.weight", c.Vocab, c.Dim)
	for i := range c.Layers {
		name := func(s string) string { return fmt.Sprintf("blk.%d.%s.weight", i, s) }
		var l layer
		l.attnNorm = add(name("attn_norm"), 1, c.Dim)
		start := at
		add(name("attn_q"), c.Dim, c.Dim)
		add(name("attn_k"), c.kvDim(), c.Dim)
		add(name("attn_v"), c.kvDim(), c.Dim)
		l.qkv = p.Flat[start:at]
		l.attnOut = add(name("attn_output"), c.Dim, c.Dim)
		l.ffnNorm = add(name("ffn_norm"), 1, c.Dim)
		start = at
		add(name("ffn_gate"), c.FFN, c.Dim)
		add(name("ffn_up"), c.FFN, c.Dim)
		l.gateUp = p.Flat[start:at]
		l.w = add(name("ffn_down"), c.Dim, c.FFN)
		p.layers = append(p.layers, l)
	}
	p.norm = len(p.Tensors)
	add("output_norm.weight", 1, c.Dim)
	return p, nil
}

func (p *Params) embd() mat.Matrix {
	return mat.Dense(p.Config.Vocab, p.Config.Dim, p.Tensors[0].Data)
}

func (p *Params) outNorm() []float32 { return p.Tensors[p.norm].Data }

// Init draws the weights from a seed: matrices uniform with mean 0 and deviation 0.02, those that write into the residual
// stream divided by √(2·layers) as GPT-2 does, norms 1. A uniform draw needs no logarithm, which two machines may round
// differently.
func (p *Params) Init(seed uint64) {
	r := rand.New(rand.NewPCG(seed, seedInit))
	c := p.Config
	residual := float32(0.02 / math.Sqrt(float64(2*c.Layers)) * math.Sqrt(3))
	for _, t := range p.Tensors {
		if t.Rows == 1 {
			for i := range t.Data {
				t.Data[i] = 1
			}
			continue
		}
		bound := float32(0.02 * math.Sqrt(3))
		if isResidual(t.Name) {
			bound = residual
		}
		for i := range t.Data {
			u := float32(r.Uint64()>>40)/(1<<23) - 1 // [-1, 1), exact
			t.Data[i] = u * bound
		}
	}
}

func isResidual(name string) bool {
	const attn, ffn = "attn_output.weight", "ffn_down.weight"
	return len(name) > len(attn) && name[len(name)-len(attn):] == attn || len(name) > len(ffn) && name[len(name)-len(ffn):] == ffn
}

// Streams of random numbers that one seed of a run feeds.
const (
	seedInit  = 0x696e6974
	seedOrder = 0x6f726472
)

// Copy returns the same weights in memory of their own.
func (p *Params) Copy() *Params {
	q, err := NewParams(p.Config)
	if err != nil {
		panic(err) // p was made by NewParams
	}
	copy(q.Flat, p.Flat)
	return q
}
