package route

import (
	"math/rand/v2"

	"github.com/agon-chain/agon/gateway/directory"
)

// dice is where chance comes from.
type dice interface {
	Float64() float64
	NormFloat64() float64
}

// shared is the process's own, which all goroutines may throw at once.
type shared struct{}

func (shared) Float64() float64     { return rand.Float64() }
func (shared) NormFloat64() float64 { return rand.NormFloat64() }

// drawn takes up to n candidates: each time the better of two that are drawn by weight.
func drawn(able []Candidate, looks map[*directory.Miner]snapshot, n int, d dice) []Candidate {
	var top uint16
	for _, c := range able {
		top = max(top, c.Incentive)
	}
	weights := make([]float64, len(able))
	for i, c := range able {
		s := looks[c.Miner]
		chain := 1.0
		if top > 0 {
			chain = 0.05 + 0.95*float64(c.Incentive)/float64(top) // a newcomer has no incentive yet, and must be found out about
		}
		seen := min(1, max(0.01, s.mean+s.width*d.NormFloat64()))
		weights[i] = chain * seen * seen
	}
	var out []Candidate
	for len(out) < n && len(out) < len(able) {
		a := draw(weights, d)
		w := weights[a]
		weights[a] = 0
		if b := draw(weights, d); b >= 0 && looks[able[b].Miner].cost < looks[able[a].Miner].cost {
			weights[a], weights[b] = w, 0
			a = b
		}
		out = append(out, able[a])
	}
	return out
}

// draw is the place of one weight, each as often as it is heavy; -1 where none is left.
func draw(weights []float64, d dice) int {
	sum, last := 0.0, -1
	for i, w := range weights {
		if sum += w; w > 0 {
			last = i
		}
	}
	x := d.Float64() * sum
	for i, w := range weights {
		if w > 0 && x < w {
			return i
		}
		x -= w
	}
	return last
}
