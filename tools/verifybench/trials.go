package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/agon-chain/agon/verify"
	"github.com/agon-chain/agon/verify/sequential"
)

// lookAt are the numbers of probes after which the table says how often a miner was accused.
var lookAt = []int{5, 20, 50}

// result is how one miner fared.
type result struct {
	Miner  string `json:"miner"`
	Honest bool   `json:"honest"`
	What   string `json:"what"`
	Limit  string `json:"limit,omitempty"`
	Probes int    `json:"probes"` // different answers that trials are drawn from
	Trials int    `json:"trials"`
	// Accused is in what part of the trials the account was enough by then, for each of lookAt.
	Accused []float64 `json:"accused"`
	// Alone is the part of the answers that would be proof by themselves, were they users' and shown by a gateway; AloneMost the most evidence that one of them was, in powers of ten.
	Alone     float64 `json:"alone"`
	AloneMost float64 `json:"alone_most"`
	// Layers is the middle evidence of each layer after the most probes, in powers of ten.
	Layers map[verify.Layer]float64 `json:"layers"`
}

// try draws trials from the observations, each of other probes in another order, and says how soon accounts are enough.
func try(m miner, seen []observation, profile sequential.Profile, trials int, seed uint64) (result, error) {
	out := result{Miner: m.name, Honest: m.honest, What: m.what, Limit: m.limit, Probes: len(seen), Trials: trials, Accused: make([]float64, len(lookAt)), Layers: map[verify.Layer]float64{}}
	most := lookAt[len(lookAt)-1]
	if len(seen) < most {
		return out, fmt.Errorf("%d answers of %s, a trial takes %d", len(seen), m.name, most)
	}
	alone := math.Inf(-1)
	for _, o := range seen {
		log, _, _ := sequential.Alone(profile, o.findings)
		if alone = max(alone, log); log >= sequential.EnoughAlone {
			out.Alone += 1 / float64(len(seen))
		}
	}
	out.AloneMost = math.Round(alone/math.Ln10*10) / 10
	layers := map[verify.Layer][]float64{}
	r := rand.New(rand.NewPCG(seed, 3))
	for range trials {
		account, err := sequential.New(profile)
		if err != nil {
			return out, err
		}
		for i, at := range draw(r, len(seen), most) {
			account.Observe(seen[at].findings, seen[at].ranks)
			account.Coincided(seen[at].coincidence)
			if k := slices.Index(lookAt, i+1); k >= 0 && account.Accused() {
				out.Accused[k] += 1 / float64(trials)
			}
		}
		for layer, log := range account.Layers() {
			layers[layer] = append(layers[layer], log/math.Ln10)
		}
	}
	for layer, logs := range layers {
		slices.Sort(logs)
		out.Layers[layer] = math.Round(logs[len(logs)/2]*10) / 10
	}
	return out, nil
}

// draw is k different numbers below n in random order.
func draw(r *rand.Rand, n, k int) []int {
	seen, out := map[int]bool{}, make([]int, 0, k)
	for len(out) < k {
		if i := r.IntN(n); !seen[i] {
			seen[i] = true
			out = append(out, i)
		}
	}
	return out
}
