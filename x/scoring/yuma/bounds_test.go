package yuma

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// boundary is an epoch in which every value stands at a bound of its type or
// beside one.
func (s *source) boundary() (Params, *Input) {
	share := func() uint16 { return pick(s, uint16(0), 0, 1, 32767, 32768, maxU16-1, maxU16, maxU16) }
	block := func() uint64 { return pick(s, uint64(0), 1, 1<<63-1, 1<<63, math.MaxUint64-1, math.MaxUint64) }
	n := s.below(5)
	p := Params{
		Kappa: share(), BondsPenalty: share(), AlphaLow: share(), AlphaHigh: share(),
		BondsMovingAverage:    pick(s, uint64(0), 1, millionths-1, millionths),
		AlphaSigmoidSteepness: pick(s, int16(math.MinInt16), math.MinInt16+1, -1, 0, 1, math.MaxInt16-1, math.MaxInt16),
		Yuma3:                 s.chance(2, 3), LiquidAlpha: s.chance(1, 2), CommitReveal: s.chance(1, 2), BondsDecayOmitted: s.chance(1, 2),
		ActivityCutoff: block(), Tempo: block(), MaxValidators: share(),
		StakeThreshold: pick(s, 0, 0, block()), LastStepBlock: block(),
	}
	in := &Input{Block: block(), N: n, OwnerUID: pick(s, NoOwner, 0, n-1)}
	if n == 0 {
		in.OwnerUID = NoOwner
	}
	row := func() (row []Entry) {
		for j := range n {
			if s.chance(3, 4) {
				row = append(row, Entry{UID: uint16(j), Value: share()})
			}
		}
		if s.chance(1, 3) {
			s.shuffle(row)
		}
		return row
	}
	stakes := pick(s, []uint64{0}, []uint64{0, 1}, []uint64{1, 1 << 32}, []uint64{1<<62 - 1, 1 << 62, 1<<63 - 1, 1 << 63, math.MaxUint64})
	old := s.chance(1, 2) // registered before everything
	for i := range n {
		in.Stake = append(in.Stake, pick(s, stakes...))
		in.LastUpdate = append(in.LastUpdate, pick(s, math.MaxUint64, block()))
		registered := block()
		if old {
			registered = 0
		}
		in.RegisteredAt = append(in.RegisteredAt, registered)
		in.Permits = append(in.Permits, s.chance(3, 4))
		in.Weights, in.Bonds = append(in.Weights, row()), append(in.Bonds, row())
		if s.chance(1, 4) {
			in.Commits = append(in.Commits, Commit{UID: uint16(i), Block: block()}, Commit{UID: uint16(n - 1), Block: block()})
		}
	}
	return p, in
}

func TestEveryBound(t *testing.T) {
	rounds := rounds(20_000)
	s := source(41)
	var w Workspace
	var out Output
	seen := map[string]int{}
	for round := range rounds {
		p, in := s.boundary()
		require.NoError(t, w.Run(p, in, &out))
		require.Empty(t, difference(runOracle(p, in), &out), "round %d params %+v input %+v", round, p, in)
		requireShares(t, in, &out)
		requirePayout(t, in, &out, pick(&s, uint64(0), 1, 1<<63, math.MaxUint64))

		liquid := w.judged && p.Yuma3 && p.LiquidAlpha
		seen["no neuron"] += btoi(in.N == 0)
		seen["one neuron"] += btoi(in.N == 1)
		seen["stake saturates"] += btoi(stakeSum(in).BitLen() > 63)
		seen["kappa 0"] += btoi(w.judged && p.Kappa == 0)
		seen["kappa 1"] += btoi(p.Kappa == maxU16)
		seen["judged with kappa 1"] += btoi(w.judged && p.Kappa == maxU16)
		seen["no penalty"] += btoi(w.judged && p.BondsPenalty == 0)
		seen["whole penalty"] += btoi(w.judged && p.BondsPenalty == maxU16)
		seen["low above high"] += btoi(liquid && p.AlphaLow > p.AlphaHigh)
		seen["steepest fall"] += btoi(liquid && p.AlphaSigmoidSteepness == math.MinInt16)
		seen["steepest rise"] += btoi(liquid && p.AlphaSigmoidSteepness == math.MaxInt16)
		seen["flat"] += btoi(liquid && p.AlphaSigmoidSteepness == 0)
	}
	for name, count := range seen {
		require.Greater(t, count, rounds/200, name)
	}
}
