package lm

import "math"

// rmsNorm sets dst to x over the root of its mean square, times weight (Zhang and Sennrich 2019, eq. 4). The squares are
// added in float64 as ggml does.
func rmsNorm(dst, x, weight []float32, eps float32) {
	var sum float64
	for _, v := range x {
		sum += float64(v * v)
	}
	mean := float32(sum / float64(len(x)))
	scale := 1 / float32(math.Sqrt(float64(mean+eps)))
	for i, v := range x {
		dst[i] = float32(v*scale) * weight[i]
	}
}

// swiGLU sets gate to silu(gate)*up, silu(x) = x/(1+e^-x) (Shazeer 2020).
func swiGLU(gate, up []float32) {
	for i, g := range gate {
		gate[i] = g / float32(1+math.Exp(float64(-g))) * up[i]
	}
}

func add(dst, x []float32) {
	for i, v := range x {
		dst[i] += v
	}
}

// softmax turns scores times scale into weights that sum to 1.
func softmax(x []float32, scale float32) {
	top := float32(math.Inf(-1))
	for i, v := range x {
		v *= scale
		x[i] = v
		if v > top {
			top = v
		}
	}
	var sum float64
	for i, v := range x {
		e := float32(math.Exp(float64(v - top)))
		x[i] = e
		sum += float64(e)
	}
	inverse := float32(1 / sum)
	for i := range x {
		x[i] *= inverse
	}
}

// rope turns pairs of numbers by an angle that grows with the position (Su et al. 2021, section 3.2.2). GGUF files of this
// architecture are converted so that pairs are neighbours.
type rope struct {
	step    float32   // factor from one pair's angle to the next
	scale   float32   // of all angles
	factors []float32 // each pair's angle is divided by it; nil for none
	pairs   int
}

func newRope(c Config, factors []float32) rope {
	return rope{
		step:    float32(math.Pow(c.RopeBase, -2/float64(c.RopeDim))),
		scale:   float32(1 / c.RopeScale),
		factors: factors,
		pairs:   c.RopeDim / 2,
	}
}

// angles fills cos and sin, of pairs numbers each, for a position. Angles are multiplied up in float32, as ggml does: far
// into a long context that differs from the exact power.
func (r rope) angles(position int, cos, sin []float32) {
	theta := float32(position)
	for i := range r.pairs {
		a := theta
		if r.factors != nil {
			a /= r.factors[i]
		}
		s, c := math.Sincos(float64(float32(a * r.scale)))
		cos[i], sin[i] = float32(c), float32(s)
		theta *= r.step
	}
}

// turn turns the beginning of each head of x.
func (r rope) turn(x []float32, headDim int, cos, sin []float32) {
	for h := 0; h < len(x); h += headDim {
		head := x[h : h+2*r.pairs]
		for i := range r.pairs {
			a, b := head[2*i], head[2*i+1]
			c, s := cos[i], sin[i]
			head[2*i] = float32(a*c) - float32(b*s)
			head[2*i+1] = float32(a*s) + float32(b*c)
		}
	}
}
