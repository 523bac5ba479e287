package sample

import (
	"cmp"
	"math"
	"slices"
)

// Distribution is the probability of each id under the parameters: one value for each logit, their sum 1. Temperature 0 gives
// everything to the greatest logit. A logit that is no number has no probability; if none is one, all is the first id's.
func Distribution(logits []float32, p Params) []float64 {
	out := make([]float64, len(logits))
	if len(logits) == 0 {
		return out
	}
	best := Greedy(logits)
	most := float64(logits[best])
	if p.Temperature == 0 || math.IsInf(most, 0) || math.IsNaN(most) {
		out[best] = 1
		return out
	}
	for id, l := range logits {
		if v := float64(l); !math.IsNaN(v) {
			out[id] = math.Exp((v - most) / p.Temperature)
		}
	}
	truncate(out, p)
	var sum float64
	for _, v := range out {
		sum += v
	}
	for id := range out {
		out[id] /= sum
	}
	return out
}

// truncate sets to 0 what top-k and top-p leave out.
func truncate(weights []float64, p Params) {
	cutK := p.TopK > 0 && p.TopK < len(weights)
	if !cutK && p.TopP >= 1 {
		return
	}
	order := make([]int, len(weights))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(weights[b], weights[a]) })
	keep := len(order)
	if cutK {
		keep = p.TopK
	}
	if p.TopP < 1 {
		var whole, sum float64
		for _, id := range order[:keep] {
			whole += weights[id]
		}
		for i, id := range order[:keep] {
			if sum += weights[id]; sum >= p.TopP*whole {
				keep = i + 1
				break
			}
		}
	}
	for _, id := range order[keep:] {
		weights[id] = 0
	}
}

// Greedy is the id of the greatest logit, of equals the lowest; what is no number counts as the least.
func Greedy(logits []float32) int {
	best := 0
	for id, l := range logits {
		if l > logits[best] || (math.IsNaN(float64(logits[best])) && !math.IsNaN(float64(l))) {
			best = id
		}
	}
	return best
}

// LogProb is an id's natural log-probability under the unmodified distribution, temperature 1 and nothing left out, as OpenAI's
// bodies have it. In float64 throughout.
func LogProb(logits []float32, id int) float64 {
	most := math.Inf(-1)
	for _, l := range logits {
		most = max(most, float64(l))
	}
	var sum float64
	for _, l := range logits {
		sum += math.Exp(float64(l) - most)
	}
	return float64(logits[id]) - most - math.Log(sum)
}
