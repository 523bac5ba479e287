package sample

import (
	"crypto/sha256"
	"encoding/binary"
)

// Seed is what all draws of an answer derive from.
type Seed [32]byte

// domain keeps these hashes apart from all others.
const domain = "agon/sample/v1"

// Uniform is the number in [0, 1) that token t of an answer is drawn by.
func Uniform(seed Seed, t int) float64 {
	b := make([]byte, 0, len(domain)+len(seed)+8)
	b = append(append(b, domain...), seed[:]...)
	h := sha256.Sum256(binary.BigEndian.AppendUint64(b, uint64(t)))
	return float64(binary.BigEndian.Uint64(h[:8])>>11) / (1 << 53)
}

// Sampler draws an answer's tokens. It holds no state: the same logits and place give the same token. Safe for any number of
// goroutines.
type Sampler struct {
	Params Params
	Seed   Seed
}

// Pick draws token t of the answer, counted from 0, and returns its id with its natural log-probability under the unmodified
// distribution.
func (s Sampler) Pick(logits []float32, t int) (id int, logprob float64) {
	if s.Params.Temperature == 0 {
		id = Greedy(logits)
	} else {
		id = draw(Distribution(logits, s.Params), Uniform(s.Seed, t))
	}
	return id, LogProb(logits, id)
}

// draw is the first id whose cumulative sum is above u, or the last one with probability where rounding leaves the sum below u.
func draw(p []float64, u float64) int {
	var sum float64
	last := 0
	for id, v := range p {
		if v > 0 {
			last = id
			if sum += v; sum > u {
				return id
			}
		}
	}
	return last
}

// Interval is where numbers draw the id: u in [low, high). Both are 0 for an id without probability. Intervals of all ids follow
// one another and together are [0, 1).
func Interval(logits []float32, p Params, id int) (low, high float64) {
	dist := Distribution(logits, p)
	if !(dist[id] > 0) {
		return 0, 0
	}
	for _, v := range dist[:id] {
		low += v
	}
	high = 1 // the last one reaches to the end, whatever rounding left
	for _, v := range dist[id+1:] {
		if v > 0 {
			high = low + dist[id]
			break
		}
	}
	return low, high
}
