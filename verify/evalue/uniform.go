package evalue

import (
	"fmt"
	"math"
)

// Uniform is the account of a bet that numbers that ought to be uniform in [0, 1] are not. The stake is spread over densities
// 1 + b h(v), where h is one of the first two shifted Legendre polynomials (the directions of J. Neyman's smooth test, 1937:
// too low or too high, too much in the middle or at the ends) and b one of six strengths.
//
// An honest miner's numbers come from a distribution that is within Apart of the uniform one in total variation, whatever was
// seen before, as its arithmetic is not ours to the last bit. As |h| is at most 1, such a number has a mean of h of at most 2
// Apart, so each bet pays 1 + 2 |b| Apart less than it says, and no bet gains on average.
type Uniform struct {
	Apart  float64   `json:"apart"`
	Trials int       `json:"trials"`
	Logs   []float64 `json:"logs"`
}

var strengths = [...]float64{-0.9, -0.5, -0.2, 0.2, 0.5, 0.9}

// NewUniform opens an account. Errors: ErrRate if apart is not within [0, 0.25].
func NewUniform(apart float64) (Uniform, error) {
	if !(apart >= 0 && apart <= 0.25) {
		return Uniform{}, fmt.Errorf("%w: distance %v, want 0 to 0.25", ErrRate, apart)
	}
	return Uniform{Apart: apart, Logs: make([]float64, 2*len(strengths))}, nil
}

// Add takes one number; what is outside [0, 1] or no number counts as the nearer end, no number as 1.
func (u *Uniform) Add(v float64) {
	if math.IsNaN(v) {
		v = 1
	}
	v = min(max(v, 0), 1)
	x := 2*v - 1
	for i, h := range [...]float64{x, (3*x*x - 1) / 2} {
		for j, b := range strengths {
			u.Logs[i*len(strengths)+j] += math.Log1p(b*h) - math.Log1p(2*math.Abs(b)*u.Apart)
		}
	}
	u.Trials++
}

// Log is the natural logarithm of the account's e-value.
func (u Uniform) Log() float64 { return Mean(u.Logs) }
