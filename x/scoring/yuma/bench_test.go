package yuma

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// fullInput has the given number of validators, each with a weight on one neuron
// by chance out of every inverse in a row, and as many bonds.
func fullInput(t testing.TB, n, validators, inverse int, p Params) *Input {
	s := source(n)
	in := &Input{
		Block: 1000, N: n, OwnerUID: NoOwner, Stake: make([]uint64, n), LastUpdate: make([]uint64, n),
		RegisteredAt: make([]uint64, n), Permits: make([]bool, n), Weights: make([][]Entry, n), Bonds: make([][]Entry, n),
	}
	// Validators roughly agree on a miner.
	value := func(j int) uint16 { return uint16(5000 + j*7919%50000 + s.below(10000)) }
	for i := range n {
		in.LastUpdate[i] = 990
		in.Stake[i] = uint64(1 + s.below(1000))
		if i >= validators {
			continue
		}
		in.Stake[i] += 1_000_000_000 + s.next()%1_000_000_000
		in.Permits[i] = true
		for j := 0; j < n; j += inverse {
			uid := j + s.below(inverse)
			in.Weights[i] = append(in.Weights[i], Entry{UID: uint16(uid), Value: value(uid)})
		}
	}
	var w Workspace
	var out Output
	for range 3 {
		require.NoError(t, w.Run(p, in, &out))
		in.Bonds = out.Bonds
	}
	// Bonds were bought at other weights than those of the measured epoch.
	for _, row := range in.Weights {
		for k := range row {
			row[k].Value = value(int(row[k].UID))
		}
	}
	return in
}

func benchParams(yuma3 bool, validators int) Params {
	p := Params{
		Kappa: 32767, BondsPenalty: 65535, BondsMovingAverage: 900000, ActivityCutoff: 5000, Tempo: 360,
		MaxValidators: uint16(validators), AlphaLow: 45875, AlphaHigh: 58982, AlphaSigmoidSteepness: 1000,
	}
	if yuma3 {
		p.Yuma3, p.LiquidAlpha, p.BondsPenalty, p.BondsDecayOmitted = true, true, 0, true
	}
	return p
}

// BenchmarkEpoch measures an epoch in steady state. full: every validator weighs
// every neuron. density: every second, fourth, eighth, so the time per weight
// stays if cost is proportional to the weights. neurons: rows of 256 weights
// among ever more neurons, which shows what a neuron costs that has few.
func BenchmarkEpoch(b *testing.B) {
	type size struct{ n, validators, inverse int }
	for _, group := range []struct {
		name  string
		sizes []size
	}{
		{"full", []size{{256, 64, 1}, {1024, 128, 1}, {4096, 128, 1}}},
		{"density", []size{{1024, 128, 8}, {1024, 128, 4}, {1024, 128, 2}, {1024, 128, 1}}},
		{"neurons", []size{{256, 128, 1}, {1024, 128, 4}, {4096, 128, 16}, {16384, 128, 64}}},
	} {
		for _, kind := range []string{"classic", "yuma3-liquid"} {
			for _, s := range group.sizes {
				name := fmt.Sprintf("%s/%s/%dx%d", group.name, kind, s.n, s.validators)
				if s.inverse > 1 {
					name += fmt.Sprintf("-one-in-%d", s.inverse)
				}
				b.Run(name, func(b *testing.B) {
					p := benchParams(kind != "classic", s.validators)
					if s.inverse > 1 {
						p.Kappa = 1 // a single validator makes a consensus, so that none is free
					}
					benchmarkEpoch(b, p, fullInput(b, s.n, s.validators, s.inverse, p))
				})
			}
		}
	}
}

func benchmarkEpoch(b *testing.B, p Params, in *Input) {
	weights := 0
	for _, row := range in.Weights {
		weights += len(row)
	}
	var w Workspace
	var out Output
	require.NoError(b, w.Run(p, in, &out)) // grows the workspace
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Run(p, in, &out); err != nil {
			b.Fatal(err)
		}
	}
	perEpoch := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
	b.ReportMetric(perEpoch/1e6, "ms/epoch")
	b.ReportMetric(perEpoch/float64(weights), "ns/weight")
	b.ReportMetric(float64(weights), "weights")
	b.ReportMetric(0, "ns/op") // ms/epoch says it
}
