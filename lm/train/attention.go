package train

import (
	"math"

	"github.com/agon-chain/agon/lm/train/mat"
)

// queryBlock is how many queries are taken at once: a causal block needs no key after its last query.
const queryBlock = 64

// attention is the part of a pass in which positions see those before them. Of one sequence it knows len positions, each
// a row of qkv: the queries of all heads, the keys of the key heads, their values.
type attention struct {
	Config
	len   int
	scale float32
}

func newAttention(c Config, length int) attention {
	return attention{Config: c, len: length, scale: float32(1 / math.Sqrt(float64(c.headDim())))}
}

func (a attention) width() int { return a.Dim + 2*a.kvDim() }

// view is rows from..to of one head's columns in a matrix of the given stride.
func view(data []float32, stride, column, width, from, to int) mat.Matrix {
	return mat.Matrix{Rows: to - from, Cols: width, Stride: stride, Data: data[from*stride+column:]}
}

// columns are the first columns of head h's query, key and value in a row of qkv.
func (a attention) columns(h int) (q, k, v int) {
	d := a.headDim()
	kv := h / (a.Heads / a.KVHeads) * d
	return h * d, a.Dim + kv, a.Dim + a.kvDim() + kv
}

// forward writes softmax(q·kᵀ/√d)·v of every head of one sequence into out (len × Dim), which is zero before, and keeps
// the probabilities in probs (Heads × len × len).
func (a attention) forward(s *mat.Scratch, qkv, probs, out []float32) {
	d, w := a.headDim(), a.width()
	clear(probs)
	for h := range a.Heads {
		cq, ck, cv := a.columns(h)
		p := probs[h*a.len*a.len:][:a.len*a.len]
		for i0 := 0; i0 < a.len; i0 += queryBlock {
			i1 := min(a.len, i0+queryBlock)
			block := view(p, a.len, 0, i1, i0, i1)
			s.Mul(mat.Plain, view(qkv, w, cq, d, i0, i1), mat.Transposed, view(qkv, w, ck, d, 0, i1), block)
			for i := i0; i < i1; i++ {
				row := p[i*a.len:][:a.len]
				softmax(row[:i+1], a.scale)
				clear(row[i+1 : i1])
			}
			s.Mul(mat.Plain, block, mat.Plain, view(qkv, w, cv, d, 0, i1), view(out, a.Dim, h*d, d, i0, i1))
		}
	}
}

// backward adds to dqkv the gradient of qkv, given that of out. scores is memory for queryBlock × len.
//
//	dv += pᵀ·dout    dp = dout·vᵀ    ds = p·(dp - Σ p·dp)/√d    dq += ds·k    dk += dsᵀ·q
func (a attention) backward(s *mat.Scratch, qkv, probs, dout, dqkv, scores []float32) {
	d, w := a.headDim(), a.width()
	for h := range a.Heads {
		cq, ck, cv := a.columns(h)
		p := probs[h*a.len*a.len:][:a.len*a.len]
		for i0 := 0; i0 < a.len; i0 += queryBlock {
			i1 := min(a.len, i0+queryBlock)
			block, up := view(p, a.len, 0, i1, i0, i1), view(dout, a.Dim, h*d, d, i0, i1)
			s.Mul(mat.Transposed, block, mat.Plain, up, view(dqkv, w, cv, d, 0, i1))

			ds := mat.Dense(i1-i0, i1, scores[:(i1-i0)*i1])
			clear(ds.Data)
			s.Mul(mat.Plain, up, mat.Transposed, view(qkv, w, cv, d, 0, i1), ds)
			for i := i0; i < i1; i++ {
				prob, grad := p[i*a.len:][:i1], ds.Data[(i-i0)*i1:][:i1]
				var dot float32
				for j, v := range prob {
					dot += float32(v * grad[j])
				}
				for j, v := range prob { // zero after position i, where v is
					grad[j] = float32(float32(v*(grad[j]-dot)) * a.scale)
				}
			}
			s.Mul(mat.Plain, ds, mat.Plain, view(qkv, w, ck, d, 0, i1), view(dqkv, w, cq, d, i0, i1))
			s.Mul(mat.Transposed, ds, mat.Plain, view(qkv, w, cq, d, i0, i1), view(dqkv, w, ck, d, 0, i1))
		}
	}
}

// softmax replaces x by e^(scale·x) over its sum.
func softmax(x []float32, scale float32) {
	top := x[0]
	for _, v := range x {
		top = max(top, v)
	}
	var sum float32
	for i, v := range x {
		e := exp32(float32((v - top) * scale))
		x[i] = e
		sum += e
	}
	inv := 1 / sum
	for i := range x {
		x[i] *= inv
	}
}
