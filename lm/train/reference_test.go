package train

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// tiny has everything that can differ: grouped heads, several layers, no two sizes alike.
var tiny = Config{Vocab: 37, Dim: 32, Layers: 2, Heads: 4, KVHeads: 2, FFN: 64, Context: 80, RopeBase: 10000, NormEps: 1e-5}

// reference computes log-probabilities of one sequence as the papers write them, in float64, position by position and
// head by head. It shares nothing with the fast pass but the names of the tensors.
func reference(c Config, w map[string][]float64, tokens []int32) [][]float64 {
	matVec := func(m []float64, rows int, x []float64) []float64 {
		y := make([]float64, rows)
		for i := range y {
			for j, v := range x {
				y[i] += m[i*len(x)+j] * v
			}
		}
		return y
	}
	norm := func(x, weight []float64) []float64 {
		sum := 0.0
		for _, v := range x {
			sum += v * v
		}
		y := make([]float64, len(x))
		for i, v := range x {
			y[i] = v / math.Sqrt(sum/float64(len(x))+c.NormEps) * weight[i]
		}
		return y
	}
	turn := func(x []float64, pos int) []float64 {
		d := c.Dim / c.Heads
		y := make([]float64, len(x))
		for i := 0; i < len(x); i += 2 {
			angle := float64(pos) * math.Pow(c.RopeBase, -float64(i%d)/float64(d))
			y[i] = x[i]*math.Cos(angle) - x[i+1]*math.Sin(angle)
			y[i+1] = x[i]*math.Sin(angle) + x[i+1]*math.Cos(angle)
		}
		return y
	}
	add := func(x, y []float64) []float64 {
		z := make([]float64, len(x))
		for i := range z {
			z[i] = x[i] + y[i]
		}
		return z
	}
	d := c.Dim / c.Heads
	kv := d * c.KVHeads
	keys, values := make([][][]float64, c.Layers), make([][][]float64, c.Layers)
	var out [][]float64
	for pos, t := range tokens {
		x := w["token_embd.weight"][int(t)*c.Dim : (int(t)+1)*c.Dim]
		for l := range c.Layers {
			tensor := func(s string) []float64 { return w[fmt.Sprintf("blk.%d.%s.weight", l, s)] }
			n := norm(x, tensor("attn_norm"))
			q := turn(matVec(tensor("attn_q"), c.Dim, n), pos)
			keys[l] = append(keys[l], turn(matVec(tensor("attn_k"), kv, n), pos))
			values[l] = append(values[l], matVec(tensor("attn_v"), kv, n))
			heads := make([]float64, c.Dim)
			for h := range c.Heads {
				from := h / (c.Heads / c.KVHeads) * d
				weight, total := make([]float64, pos+1), 0.0
				for j := range weight {
					dot := 0.0
					for i := range d {
						dot += q[h*d+i] * keys[l][j][from+i]
					}
					weight[j] = math.Exp(dot / math.Sqrt(float64(d)))
					total += weight[j]
				}
				for j, p := range weight {
					for i := range d {
						heads[h*d+i] += p / total * values[l][j][from+i]
					}
				}
			}
			x = add(x, matVec(tensor("attn_output"), c.Dim, heads))
			n = norm(x, tensor("ffn_norm"))
			gate, up := matVec(tensor("ffn_gate"), c.FFN, n), matVec(tensor("ffn_up"), c.FFN, n)
			for i, g := range gate {
				up[i] *= g / (1 + math.Exp(-g))
			}
			x = add(x, matVec(tensor("ffn_down"), c.Dim, up))
		}
		logits := matVec(w["token_embd.weight"], c.Vocab, norm(x, w["output_norm.weight"]))
		total := 0.0
		for _, v := range logits {
			total += math.Exp(v)
		}
		for i := range logits {
			logits[i] -= math.Log(total)
		}
		out = append(out, logits)
	}
	return out
}

// referenceLoss is scale·Σ -ln p(target).
func referenceLoss(c Config, w map[string][]float64, b Batch, scale float64) float64 {
	sum := 0.0
	for s := range b.Seqs {
		probs := reference(c, w, b.Input[s*b.Len:(s+1)*b.Len])
		for i, t := range b.Target[s*b.Len : (s+1)*b.Len] {
			if t != Ignore {
				sum -= probs[i][t]
			}
		}
	}
	return sum * scale
}

func wide(p *Params) map[string][]float64 {
	w := map[string][]float64{}
	for _, t := range p.Tensors {
		for _, v := range t.Data {
			w[t.Name] = append(w[t.Name], float64(v))
		}
	}
	return w
}

// lively returns weights that are large enough for every part of the model to matter, norms included.
func lively(c Config, seed uint64) *Params {
	p, err := NewParams(c)
	if err != nil {
		panic(err)
	}
	p.Init(seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for _, t := range p.Tensors {
		for i := range t.Data {
			if t.Rows == 1 {
				t.Data[i] = 0.5 + r.Float32()
			} else {
				t.Data[i] = (r.Float32() - 0.5) * 0.6
			}
		}
	}
	return p
}

func randomBatch(c Config, r *rand.Rand, seqs, length int) Batch {
	b := Batch{Seqs: seqs, Len: length, Input: make([]int32, seqs*length), Target: make([]int32, seqs*length)}
	for i := range b.Input {
		b.Input[i], b.Target[i] = int32(r.IntN(c.Vocab)), int32(r.IntN(c.Vocab))
		if r.IntN(8) == 0 {
			b.Target[i] = Ignore
		}
	}
	return b
}
