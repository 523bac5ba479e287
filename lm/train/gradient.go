package train

import (
	"errors"
	"math"

	"github.com/agon-chain/agon/lm/train/mat"
)

// ErrDiverged says that a loss is no number: the learning rate is too high, or the weights were bad before.
var ErrDiverged = errors.New("loss is not finite")

// Gradient adds to grad that of scale·Σ -ln p(target) over the counted targets, and returns the sum (in nats, unscaled).
// For the mean over a batch that is computed in parts, scale is one over the number of counted targets in all of them.
func (p *Pass) Gradient(w *Params, b Batch, scale float32, grad *Params) (nats float64, err error) {
	if err := b.Validate(p.config); err != nil {
		return 0, err
	}
	p.forward(w, b)
	nats = p.lossBack(b, scale)
	if math.IsNaN(nats) || math.IsInf(nats, 0) {
		return 0, ErrDiverged
	}
	p.backward(w, b, grad)
	return nats, nil
}

// lossBack turns the logits into their gradient, scale·(softmax - one-hot), and returns the loss.
func (p *Pass) lossBack(b Batch, scale float32) (nats float64) {
	v := p.config.Vocab
	for i, t := range b.Target {
		row := p.logits[i*v:][:v]
		if t == Ignore {
			clear(row)
			continue
		}
		nats -= logProb(row, t)
		softmax(row, 1)
		row[t]--
		for j := range row {
			row[j] *= scale
		}
	}
	return nats
}

// backward adds the gradients of all weights, from the gradient of the logits down.
func (p *Pass) backward(w *Params, b Batch, grad *Params) {
	c, n := p.config, b.Seqs*b.Len
	att := newAttention(c, b.Len)
	width := att.width()
	embd := w.embd()

	dlogits := mat.Dense(n, c.Vocab, p.logits)
	p.mul.Mul(mat.Transposed, dlogits, mat.Plain, mat.Dense(n, c.Dim, p.lastNorm), grad.embd())
	p.linearBack(dlogits, embd, p.dn)
	clear(p.dx)
	rmsNormBack(p.dx, grad.outNorm(), p.dn, p.last, w.outNorm(), p.lastInv)

	for i := len(p.layers) - 1; i >= 0; i-- {
		a, l, g := &p.layers[i], &w.layers[i], &grad.layers[i]
		dx := mat.Dense(n, c.Dim, p.dx)

		p.mul.Mul(mat.Transposed, dx, mat.Plain, mat.Dense(n, c.FFN, a.h), mat.Dense(c.Dim, c.FFN, g.w))
		p.linearBack(dx, mat.Dense(c.Dim, c.FFN, l.w), p.dh)
		swiGLUBack(a.gateUp, p.dh, c.FFN)
		dgu := mat.Dense(n, 2*c.FFN, a.gateUp)
		p.mul.Mul(mat.Transposed, dgu, mat.Plain, mat.Dense(n, c.Dim, a.norm2), mat.Dense(2*c.FFN, c.Dim, g.gateUp))
		p.linearBack(dgu, mat.Dense(2*c.FFN, c.Dim, l.gateUp), p.dn)
		rmsNormBack(p.dx, g.ffnNorm, p.dn, a.mid, l.ffnNorm, a.inv2)

		p.mul.Mul(mat.Transposed, dx, mat.Plain, mat.Dense(n, c.Dim, a.heads), mat.Dense(c.Dim, c.Dim, g.attnOut))
		p.linearBack(dx, mat.Dense(c.Dim, c.Dim, l.attnOut), p.dout)
		clear(p.dqkv)
		for s := range b.Seqs {
			att.backward(&p.mul, of(a.qkv, s, b.Seqs), of(a.probs, s, b.Seqs), of(p.dout, s, b.Seqs), of(p.dqkv, s, b.Seqs), p.scores)
		}
		for r := range n {
			p.rope.turn(p.dqkv[r*width:][:c.Dim+c.kvDim()], r%b.Len, -1)
		}
		dqkv := mat.Dense(n, width, p.dqkv)
		p.mul.Mul(mat.Transposed, dqkv, mat.Plain, mat.Dense(n, c.Dim, a.norm1), mat.Dense(width, c.Dim, g.qkv))
		p.linearBack(dqkv, mat.Dense(width, c.Dim, l.qkv), p.dn)
		rmsNormBack(p.dx, g.attnNorm, p.dn, a.x, l.attnNorm, a.inv1)
	}

	dembd := grad.embd().Data
	for i, t := range b.Input {
		row := dembd[int(t)*c.Dim:][:c.Dim]
		for j, v := range p.dx[i*c.Dim:][:c.Dim] {
			row[j] += v
		}
	}
}

// linearBack writes the gradient of x, given that of y = x·wᵀ.
func (p *Pass) linearBack(dy, w mat.Matrix, dx []float32) {
	clear(dx)
	p.mul.Mul(mat.Plain, dy, mat.Plain, w, mat.Dense(dy.Rows, w.Cols, dx))
}
