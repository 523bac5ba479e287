package train

import (
	"math"

	"github.com/agon-chain/agon/lm/train/mat"
)

// Pass holds the memory of one forward and backward pass: activations and scratch. It keeps no state between calls and
// serves one goroutine at a time. With n = Seqs·Len rows, a layer's activations are n × (4·Dim + 2·kv + 3·FFN), its
// probabilities Seqs × Heads × Len × Len.
type Pass struct {
	config Config
	rope   rope
	mul    mat.Scratch

	seqs, len int // what the memory below is cut for
	layers    []activations
	last      []float32 // rows × Dim: the residual stream at the end
	lastNorm  []float32 // rows × Dim
	lastInv   []float32 // rows
	logits    []float32 // rows × Vocab; after loss, their gradient

	dx, dn, dout, dh, dqkv, scores []float32
}

// activations are what the backward pass needs of one layer.
type activations struct {
	x, norm1, mid, norm2 []float32 // rows × Dim: residual in, normalised; residual after attention, normalised
	inv1, inv2           []float32 // rows: what RMSNorm divided by, inverted
	qkv                  []float32 // rows × (Dim + 2·kv), turned
	probs                []float32 // Seqs × Heads × Len × Len
	heads                []float32 // rows × Dim: what attention read
	gateUp               []float32 // rows × 2·FFN; after the backward pass, their gradient
	h                    []float32 // rows × FFN
}

// NewPass returns a pass for models of one shape.
func NewPass(c Config) (*Pass, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &Pass{config: c, rope: newRope(c)}, nil
}

// fit cuts the memory for batches of a shape.
func (p *Pass) fit(seqs, length int) {
	if p.seqs == seqs && p.len == length {
		return
	}
	p.seqs, p.len = seqs, length
	c, n := p.config, seqs*length
	mk := func(size int) []float32 { return make([]float32, size) }
	p.layers = make([]activations, c.Layers)
	for i := range p.layers {
		p.layers[i] = activations{
			x: mk(n * c.Dim), norm1: mk(n * c.Dim), mid: mk(n * c.Dim), norm2: mk(n * c.Dim),
			inv1: mk(n), inv2: mk(n),
			qkv: mk(n * (c.Dim + 2*c.kvDim())), probs: mk(seqs * c.Heads * length * length), heads: mk(n * c.Dim),
			gateUp: mk(n * 2 * c.FFN), h: mk(n * c.FFN),
		}
	}
	p.last, p.lastNorm, p.lastInv, p.logits = mk(n*c.Dim), mk(n*c.Dim), mk(n), mk(n*c.Vocab)
	p.dx, p.dn, p.dout = mk(n*c.Dim), mk(n*c.Dim), mk(n*c.Dim)
	p.dh, p.dqkv, p.scores = mk(n*c.FFN), mk(n*(c.Dim+2*c.kvDim())), mk(queryBlock*length)
}

// forward fills the activations and the logits.
func (p *Pass) forward(w *Params, b Batch) {
	p.fit(b.Seqs, b.Len)
	c, n, eps := p.config, b.Seqs*b.Len, float32(p.config.NormEps)
	att := newAttention(c, b.Len)
	width := att.width()

	x := p.stream(0)
	embd := w.embd()
	for i, t := range b.Input {
		copy(x[i*c.Dim:(i+1)*c.Dim], embd.Data[int(t)*c.Dim:])
	}
	for i := range p.layers {
		a, l := &p.layers[i], &w.layers[i]

		rmsNorm(a.norm1, a.x, l.attnNorm, a.inv1, eps)
		clear(a.qkv)
		p.mul.Mul(mat.Plain, mat.Dense(n, c.Dim, a.norm1), mat.Transposed, mat.Dense(width, c.Dim, l.qkv), mat.Dense(n, width, a.qkv))
		for r := range n {
			p.rope.turn(a.qkv[r*width:][:c.Dim+c.kvDim()], r%b.Len, 1)
		}
		clear(a.heads)
		for s := range b.Seqs {
			att.forward(&p.mul, of(a.qkv, s, b.Seqs), of(a.probs, s, b.Seqs), of(a.heads, s, b.Seqs))
		}
		copy(a.mid, a.x)
		p.mul.Mul(mat.Plain, mat.Dense(n, c.Dim, a.heads), mat.Transposed, mat.Dense(c.Dim, c.Dim, l.attnOut), mat.Dense(n, c.Dim, a.mid))

		rmsNorm(a.norm2, a.mid, l.ffnNorm, a.inv2, eps)
		clear(a.gateUp)
		p.mul.Mul(mat.Plain, mat.Dense(n, c.Dim, a.norm2), mat.Transposed, mat.Dense(2*c.FFN, c.Dim, l.gateUp), mat.Dense(n, 2*c.FFN, a.gateUp))
		swiGLU(a.h, a.gateUp, c.FFN)
		next := p.stream(i + 1)
		copy(next, a.mid)
		p.mul.Mul(mat.Plain, mat.Dense(n, c.FFN, a.h), mat.Transposed, mat.Dense(c.Dim, c.FFN, l.w), mat.Dense(n, c.Dim, next))
	}
	rmsNorm(p.lastNorm, p.last, w.outNorm(), p.lastInv, eps)
	clear(p.logits)
	p.mul.Mul(mat.Plain, mat.Dense(n, c.Dim, p.lastNorm), mat.Transposed, embd, mat.Dense(n, c.Vocab, p.logits))
}

// stream is the residual stream before layer i, or at the end.
func (p *Pass) stream(i int) []float32 {
	if i == len(p.layers) {
		return p.last
	}
	return p.layers[i].x
}

// of is the part of sequence s in memory that all share alike.
func of(data []float32, s, seqs int) []float32 {
	size := len(data) / seqs
	return data[s*size : (s+1)*size]
}

// Loss is the sum over the counted targets of -ln p(target), in nats, and their number.
func (p *Pass) Loss(w *Params, b Batch) (nats float64, counted int, err error) {
	if err := b.Validate(p.config); err != nil {
		return 0, 0, err
	}
	p.forward(w, b)
	for i, t := range b.Target {
		if t != Ignore {
			nats -= logProb(p.logits[i*p.config.Vocab:][:p.config.Vocab], t)
			counted++
		}
	}
	return nats, counted, nil
}

// LogProbs are, for each position, the logarithms of the probabilities of every token to come next: Seqs·Len rows of
// Vocab, valid until the next call.
func (p *Pass) LogProbs(w *Params, b Batch) ([]float32, error) {
	if err := b.Validate(p.config); err != nil {
		return nil, err
	}
	p.forward(w, b)
	for i := range b.Seqs * b.Len {
		row := p.logits[i*p.config.Vocab:][:p.config.Vocab]
		norm := logSum(row)
		for j, v := range row {
			row[j] = float32(float64(v) - norm)
		}
	}
	return p.logits, nil
}

func logProb(logits []float32, t int32) float64 { return float64(logits[t]) - logSum(logits) }

// logSum is ln Σ e^x.
func logSum(x []float32) float64 {
	top := x[0]
	for _, v := range x {
		top = max(top, v)
	}
	var sum float32
	for _, v := range x {
		sum += exp32(v - top)
	}
	return float64(top) + math.Log(float64(sum))
}
