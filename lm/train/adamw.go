package train

import (
	"fmt"
	"math"
)

// AdamW are the settings of the optimizer.
type AdamW struct {
	Beta1 float64 `json:"beta1"` // decay of the mean of gradients, in [0, 1)
	Beta2 float64 `json:"beta2"` // decay of the mean of their squares, in [0, 1)
	Eps   float64 `json:"eps"`   // added to the root of the latter, above 0
	Decay float64 `json:"decay"` // of the weights per step and unit of learning rate; matrices only
	Clip  float64 `json:"clip"`  // the most that the gradient's length may be, above 0
}

// Validate says which setting is out of bounds.
func (a AdamW) Validate() error {
	for _, f := range []struct {
		name string
		ok   bool
		is   float64
		want string
	}{
		{"beta1", a.Beta1 >= 0 && a.Beta1 < 1, a.Beta1, "from 0 to below 1"},
		{"beta2", a.Beta2 >= 0 && a.Beta2 < 1, a.Beta2, "from 0 to below 1"},
		{"eps", a.Eps > 0 && a.Eps <= 1, a.Eps, "above 0, at most 1"},
		{"decay", a.Decay >= 0 && a.Decay <= 10, a.Decay, "from 0 to 10"},
		{"clip", a.Clip > 0 && a.Clip <= 1e6, a.Clip, "above 0, at most 1e6"},
	} {
		if !f.ok {
			return fmt.Errorf("%w: %s is %v, must be %s", ErrConfig, f.name, f.is, f.want)
		}
	}
	return nil
}

// Moments are the optimizer's memory: the running means of each weight's gradient and of its square, in the order of
// Params.Flat, and the number of updates made.
type Moments struct {
	First, Second []float32
	Updates       int
}

// NewMoments returns the memory before the first update.
func NewMoments(p *Params) *Moments {
	return &Moments{First: make([]float32, len(p.Flat)), Second: make([]float32, len(p.Flat))}
}

// Norm is the length of a gradient: the root of the sum of squares over all weights, in their order.
func Norm(grad *Params) float64 {
	var sum float64
	for _, g := range grad.Flat {
		sum += float64(g) * float64(g)
	}
	return math.Sqrt(sum)
}

// Update moves the weights by one step of decoupled weight decay (Loshchilov and Hutter, algorithm 2), after cutting the
// gradient to the length Clip, and returns the length that it had:
//
//	m ← β₁m + (1-β₁)g    v ← β₂v + (1-β₂)g²    w ← w - rate·( m/(1-β₁ᵗ) / (√(v/(1-β₂ᵗ)) + ε) + decay·w )
//
// Norms, tensors of one row, do not decay.
func (a AdamW) Update(p, grad *Params, m *Moments, rate float64) (norm float64) {
	norm = Norm(grad)
	cut := float32(1)
	if norm > a.Clip {
		cut = float32(a.Clip / norm)
	}
	m.Updates++
	t := float64(m.Updates)
	b1, b2 := float32(a.Beta1), float32(a.Beta2)
	step := float32(rate / (1 - math.Pow(a.Beta1, t)))
	unbias := float32(1 / (1 - math.Pow(a.Beta2, t)))
	eps := float32(a.Eps)
	at := 0
	for _, tensor := range p.Tensors {
		keep := float32(1)
		if tensor.Rows > 1 {
			keep = float32(1 - rate*a.Decay)
		}
		g, first, second := grad.Flat[at:], m.First[at:], m.Second[at:]
		for i, w := range tensor.Data {
			d := float32(g[i] * cut)
			f := float32(b1*first[i]) + float32((1-b1)*d)
			s := float32(b2*second[i]) + float32((1-b2)*float32(d*d))
			first[i], second[i] = f, s
			root := float32(math.Sqrt(float64(float32(s * unbias))))
			tensor.Data[i] = float32(w*keep) - float32(step*f)/(root+eps)
		}
		at += len(tensor.Data)
	}
	return norm
}
