package yuma

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// A subnet whose uids are renumbered has the same epoch, renumbered, except for
// two ties. Of equal stake shares on the last permit the higher uid wins. And
// liquid alpha under the reference's rule reads an unsorted row by the order of
// the uids in it.

// permutation returns the uid that each uid becomes.
func (s *source) permutation(n int) []int {
	to := indices(n)
	for i := n - 1; i > 0; i-- {
		j := s.below(i + 1)
		to[i], to[j] = to[j], to[i]
	}
	return to
}

func permuted[T any](x []T, to []int) []T {
	out := make([]T, len(x))
	for i, v := range x {
		out[to[i]] = v
	}
	return out
}

// permutedRows renumbers a matrix. The entries of a row stay in their order.
func permutedRows(rows [][]Entry, to []int) [][]Entry {
	out := make([][]Entry, len(rows))
	for i, row := range rows {
		for _, e := range row {
			out[to[i]] = append(out[to[i]], Entry{UID: uint16(to[e.UID]), Value: e.Value})
		}
	}
	return out
}

func sortRows(rows [][]Entry) {
	for i, row := range rows {
		rows[i] = slices.Clone(row)
		slices.SortFunc(rows[i], func(a, b Entry) int { return int(a.UID) - int(b.UID) })
	}
}

// permutedInput renumbers an input. Where the order of a row counts, rows are
// sorted in both.
func permutedInput(in *Input, p Params, to []int) (from, other *Input) {
	a, b := *in, *in
	if p.Yuma3 && p.LiquidAlpha && !p.BondsDecayOmitted {
		a.Weights, a.Bonds = slices.Clone(a.Weights), slices.Clone(a.Bonds)
		sortRows(a.Weights)
		sortRows(a.Bonds)
	}
	b.Stake, b.LastUpdate, b.RegisteredAt = permuted(in.Stake, to), permuted(in.LastUpdate, to), permuted(in.RegisteredAt, to)
	b.Permits, b.Weights, b.Bonds = permuted(in.Permits, to), permutedRows(a.Weights, to), permutedRows(a.Bonds, to)
	if p.Yuma3 && p.LiquidAlpha && !p.BondsDecayOmitted {
		sortRows(b.Weights)
		sortRows(b.Bonds)
	}
	b.Commits = nil
	for _, c := range in.Commits {
		b.Commits = append(b.Commits, Commit{UID: uint16(to[c.UID]), Block: c.Block})
	}
	slices.Reverse(b.Commits)
	if in.OwnerUID != NoOwner {
		b.OwnerUID = to[in.OwnerUID]
	}
	return &a, &b
}

func permutedOutput(o *Output, to []int) *Output {
	out := &Output{
		Active: permuted(o.Active, to), Permits: permuted(o.Permits, to), StakeWeight: permuted(o.StakeWeight, to),
		Consensus: permuted(o.Consensus, to), Incentive: permuted(o.Incentive, to), Dividends: permuted(o.Dividends, to),
		ValidatorTrust: permuted(o.ValidatorTrust, to), ServerShare: permuted(o.ServerShare, to),
		ValidatorShare: permuted(o.ValidatorShare, to), CombinedShare: permuted(o.CombinedShare, to),
		Bonds: permutedRows(o.Bonds, to), Fallback: o.Fallback,
	}
	sortRows(out.Bonds) // bonds come sorted
	return out
}

// permitTie is whether the last permit is given among equal stake shares.
func permitTie(w *Workspace, p Params) bool {
	shares := slices.Sorted(slices.Values(w.stake))
	slices.Reverse(shares)
	k := int(p.MaxValidators)
	return k > 0 && k < len(shares) && shares[k] != 0 && shares[k] == shares[k-1]
}

// requirePermuted runs an epoch and its renumbering, compares every column and
// the bonds, and reports whether it could: not where the last permit is a tie.
func requirePermuted(t testing.TB, p Params, in *Input, to []int, about ...any) bool {
	t.Helper()
	a, b := permutedInput(in, p, to)
	var w Workspace
	var before, after Output
	require.NoError(t, w.Run(p, a, &before))
	if permitTie(&w, p) {
		return false
	}
	require.NoError(t, w.Run(p, b, &after))
	require.Empty(t, difference(permutedOutput(&before, to), &after), about...)

	// Payout gives what is left over to the lower of equal remainders, so one
	// unit may move.
	x, y := make([]uint64, in.N), make([]uint64, in.N)
	Payout(before.CombinedShare, 1_000_000_007, x)
	Payout(after.CombinedShare, 1_000_000_007, y)
	for i, v := range permuted(x, to) {
		require.InDelta(t, v, y[i], 1)
	}
	return true
}

func TestPermutedUIDs(t *testing.T) {
	compared, unsorted := 0, 0
	rounds := rounds(3000)
	for seed := range rounds {
		s := source(seed + 1_000_000)
		n := 1 + s.below(20)
		in, p := s.input(n), s.params(n)
		if requirePermuted(t, p, in, s.permutation(n), "seed %d", seed) {
			compared++
			if !p.Yuma3 || !p.LiquidAlpha || p.BondsDecayOmitted {
				unsorted++
			}
		}
	}
	require.Greater(t, compared, rounds*2/3)
	require.Greater(t, unsorted, rounds/5)
}

func TestTies(t *testing.T) {
	t.Run("last-permit-goes-to-the-higher-uid", func(t *testing.T) {
		in := smallInput()
		in.Stake = []uint64{10, 10, 10}
		for k, want := range [][]bool{{false, false, false}, {false, false, true}, {false, true, true}, {true, true, true}} {
			var w Workspace
			var out Output
			require.NoError(t, w.Run(Params{MaxValidators: uint16(k)}, in, &out))
			require.Equal(t, want, out.Permits)
			require.Equal(t, k == 1 || k == 2, permitTie(&w, Params{MaxValidators: uint16(k)}))
		}
	})
	t.Run("liquid-alpha-passes-over-what-stands-behind-a-higher-uid", func(t *testing.T) {
		in := smallInput()
		in.Permits[1] = false
		in.Bonds[0] = []Entry{{1, 60000}, {2, 60000}}
		p := Params{
			Kappa: 32767, MaxValidators: 1, ActivityCutoff: 10, Yuma3: true, LiquidAlpha: true,
			AlphaLow: 6553, AlphaHigh: 60000, AlphaSigmoidSteepness: 1000, Tempo: 10,
		}
		run := func() *Output {
			var w Workspace
			out := new(Output)
			require.NoError(t, w.Run(p, in, out))
			require.Empty(t, difference(runOracle(p, in), out))
			return out
		}
		in.Stake = []uint64{20, 10, 0}
		sorted := run()
		slices.Reverse(in.Bonds[0])
		require.Contains(t, difference(sorted, run()), "bonds")
		p.BondsDecayOmitted = true
		decaying := run()
		slices.Reverse(in.Bonds[0])
		require.Empty(t, difference(decaying, run()))
	})
}
