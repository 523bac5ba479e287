package yuma

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// source is a small generator (splitmix64), so that a seed means the same input
// on every version of Go.
type source uint64

func (s *source) next() uint64 {
	*s += 0x9E3779B97F4A7C15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// rounds is how many rounds a test takes, a tenth under -short.
func rounds(n int) int {
	if testing.Short() {
		return n / 10
	}
	return n
}

// below is a number in [0, n).
func (s *source) below(n int) int { return int(s.next() % uint64(n)) }

// chance is true k times in n.
func (s *source) chance(k, n int) bool { return s.below(n) < k }

func pick[T any](s *source, from ...T) T { return from[s.below(len(from))] }

func (s *source) shuffle(row []Entry) {
	for i := len(row) - 1; i > 0; i-- {
		j := s.below(i + 1)
		row[i], row[j] = row[j], row[i]
	}
}

func (s *source) value() uint16 {
	switch s.below(6) {
	case 0:
		return 0
	case 1:
		return uint16(1 + s.below(3))
	case 2:
		return 65535
	}
	return uint16(s.next())
}

func (s *source) row(n int) []Entry {
	if s.chance(1, 4) {
		return nil
	}
	var row []Entry
	density := 1 + s.below(4)
	for j := range n {
		if s.chance(density, 4) {
			row = append(row, Entry{UID: uint16(j), Value: s.value()})
		}
	}
	if s.chance(1, 4) {
		s.shuffle(row)
	}
	return row
}

func (s *source) params(n int) Params {
	share := func() uint16 { return pick(s, 0, 1, 20000, 32767, 32768, 65534, 65535, uint16(s.next())) }
	return Params{
		Kappa: share(), BondsPenalty: pick(s, 0, 65535, share()), AlphaLow: share(), AlphaHigh: share(),
		BondsMovingAverage:    pick(s, uint64(0), 500000, 900000, 975000, 1000000, s.next()%1000001),
		AlphaSigmoidSteepness: pick(s, int16(1000), 0, 100, 5000, 200, -1000, math.MaxInt16, math.MinInt16, int16(s.next())),
		Yuma3:                 s.chance(2, 3), LiquidAlpha: s.chance(3, 4), CommitReveal: s.chance(1, 2),
		BondsDecayOmitted: s.chance(1, 3),
		ActivityCutoff:    pick(s, uint64(5), 20, 100, math.MaxUint64), Tempo: pick(s, uint64(0), 1, 20, 1000),
		MaxValidators: uint16(1 + s.below(n+2)), StakeThreshold: pick(s, uint64(0), 0, 5, 1000),
		LastStepBlock: pick(s, uint64(0), 0, 15, 30, math.MaxUint64),
	}
}

func (s *source) input(n int) *Input {
	in := &Input{
		Block: uint64(30 + s.below(20)), N: n, OwnerUID: NoOwner,
		Stake: make([]uint64, n), LastUpdate: make([]uint64, n), RegisteredAt: make([]uint64, n),
		Permits: make([]bool, n), Weights: make([][]Entry, n), Bonds: make([][]Entry, n),
	}
	huge := s.chance(1, 10)
	none := s.chance(1, 20)
	for i := range n {
		switch {
		case none:
		case huge:
			in.Stake[i] = pick(s, s.next(), math.MaxUint64, 1<<63, 1<<63-1, 1<<62, 1)
		default:
			in.Stake[i] = pick(s, uint64(0), 1, 7, 1000, 1000, s.next()%1000, s.next()%1e15)
		}
		in.LastUpdate[i] = uint64(15 + s.below(35))
		in.RegisteredAt[i] = pick(s, uint64(0), 0, uint64(s.below(40)))
		in.Permits[i] = s.chance(3, 4)
		in.Weights[i], in.Bonds[i] = s.row(n), s.row(n)
		if s.chance(1, 6) {
			in.Commits = append(in.Commits, Commit{UID: uint16(i), Block: uint64(s.below(50))})
		}
	}
	if n > 0 && s.chance(1, 2) {
		in.OwnerUID = s.below(n)
	}
	return in
}

func TestAgainstDenseOracle(t *testing.T) {
	var w Workspace
	var out Output
	rounds := rounds(4000)
	seen := map[string]int{}
	for seed := range rounds {
		s := source(seed)
		n := 1 + s.below(12)
		if seed%50 == 0 {
			n = 20 + s.below(30)
		}
		in := s.input(n)
		for epoch := range 3 {
			p := s.params(n)
			want := runOracle(p, in)
			require.NoError(t, w.Run(p, in, &out))
			require.Empty(t, difference(want, &out), "seed %d epoch %d params %+v", seed, epoch, p)
			requireShares(t, in, &out)

			seen["fallback"] += btoi(out.Fallback)
			seen["judged"] += btoi(w.judged)
			seen["liquid"] += btoi(w.judged && p.Yuma3 && p.LiquidAlpha)
			seen["bonds"] += btoi(w.bondStart[n] > 0)
			// The next epoch reads bonds and permits from the memory that it writes.
			in.Bonds, in.Permits = out.Bonds, out.Permits
			in.Block += 5
			for i := range n {
				if s.chance(1, 2) {
					in.Weights[i], in.LastUpdate[i] = s.row(n), in.Block-1
				}
			}
		}
	}
	for _, name := range []string{"fallback", "judged", "liquid", "bonds"} {
		require.Greater(t, seen[name], rounds/10, name)
	}
}

// The corrected rule depends neither on the order of a row nor on zeros in it.
func TestDecayOmittedIgnoresOrderAndZeros(t *testing.T) {
	var w Workspace
	for seed := range 500 {
		s := source(seed + 2_000_000)
		n := 2 + s.below(16)
		in, p := s.input(n), s.params(n)
		p.Yuma3, p.LiquidAlpha, p.BondsDecayOmitted = true, true, true
		var a, b Output
		require.NoError(t, w.Run(p, in, &a))
		for i := range n {
			in.Weights[i], in.Bonds[i] = sortedNonzero(in.Weights[i]), sortedNonzero(in.Bonds[i])
		}
		require.NoError(t, w.Run(p, in, &b))
		require.Empty(t, difference(&a, &b), "seed %d", seed)
	}
}

// One validator, two miners, a bond in each; the second miner drops out of the
// row. The reference's rule deletes its bond, the corrected one lets it decay
// at the speed of a sale of the whole bond.
func TestDecayOmitted(t *testing.T) {
	in := &Input{
		Block: 100, N: 3, Stake: []uint64{10, 0, 0}, LastUpdate: []uint64{99, 99, 99},
		RegisteredAt: make([]uint64, 3), Permits: []bool{true, false, false},
		Weights: [][]Entry{{{1, 65535}}, nil, nil}, Bonds: [][]Entry{{{1, 20000}, {2, 20000}}, nil, nil},
		OwnerUID: NoOwner,
	}
	p := Params{
		Kappa: 32767, AlphaLow: 6553, AlphaHigh: 19660, AlphaSigmoidSteepness: 1000,
		Yuma3: true, LiquidAlpha: true, ActivityCutoff: 1000, Tempo: 10, MaxValidators: 1,
	}
	var w Workspace
	var out Output
	require.NoError(t, w.Run(p, in, &out))
	require.Len(t, out.Bonds[0], 1)
	require.EqualValues(t, 1, out.Bonds[0][0].UID)

	p.BondsDecayOmitted = true
	require.NoError(t, w.Run(p, in, &out))
	require.Len(t, out.Bonds[0], 2)
	b := oFraction(20000)
	alpha := oracleAlpha(0, 0, b, oFraction(6553), oFraction(19660), 1000<<32)
	require.Equal(t, Entry{UID: 2, Value: oU16(oMul(One-alpha, b))}, out.Bonds[0][1])

	// Present with weight zero is not absent.
	p.BondsDecayOmitted = false
	in.Weights[0] = []Entry{{1, 65535}, {2, 0}}
	var present Output
	require.NoError(t, w.Run(p, in, &present))
	require.Empty(t, difference(&out, &present))
}
