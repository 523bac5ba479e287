package yuma

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func smallInput() *Input {
	return &Input{
		Block: 100, N: 3, Stake: []uint64{10, 20, 0}, LastUpdate: []uint64{99, 99, 99},
		RegisteredAt: make([]uint64, 3), Permits: []bool{true, true, false},
		Weights: [][]Entry{{{1, 7}, {2, 9}}, {{2, 5}}, nil}, Bonds: make([][]Entry, 3), OwnerUID: NoOwner,
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Params, *Input)
		kind   error
		says   string
	}{
		{"moving-average-above-one", func(p *Params, _ *Input) { p.BondsMovingAverage = 1_000_001 }, ErrParams, "bonds_moving_average is 1000001, at most 1000000"},
		{"negative-n", func(_ *Params, in *Input) { in.N = -1 }, ErrSize, "n is -1"},
		{"n-too-large", func(_ *Params, in *Input) { in.N = MaxNeurons + 1 }, ErrSize, "n is 65537"},
		{"short-stake", func(_ *Params, in *Input) { in.Stake = in.Stake[:2] }, ErrSize, "stake has 2 entries, 3 expected"},
		{"short-last-update", func(_ *Params, in *Input) { in.LastUpdate = nil }, ErrSize, "last_update has 0"},
		{"long-registered-at", func(_ *Params, in *Input) { in.RegisteredAt = make([]uint64, 4) }, ErrSize, "registered_at has 4"},
		{"short-permits", func(_ *Params, in *Input) { in.Permits = nil }, ErrSize, "permits has 0"},
		{"short-weights", func(_ *Params, in *Input) { in.Weights = nil }, ErrSize, "weights has 0"},
		{"short-bonds", func(_ *Params, in *Input) { in.Bonds = nil }, ErrSize, "bonds has 0"},
		{"owner-out-of-range", func(_ *Params, in *Input) { in.OwnerUID = 3 }, ErrUID, "owner_uid is 3, below 3"},
		{"owner-negative", func(_ *Params, in *Input) { in.OwnerUID = -2 }, ErrUID, "owner_uid is -2"},
		{"commit-out-of-range", func(_ *Params, in *Input) { in.Commits = []Commit{{UID: 9}} }, ErrUID, "commits[0] names uid 9"},
		{"weight-out-of-range", func(_ *Params, in *Input) { in.Weights[1] = []Entry{{0, 1}, {3, 1}} }, ErrUID, "weights row 1 names uid 3 at position 1"},
		{"bond-out-of-range", func(_ *Params, in *Input) { in.Bonds[2] = []Entry{{65535, 0}} }, ErrUID, "bonds row 2 names uid 65535"},
		{"weight-twice", func(_ *Params, in *Input) { in.Weights[0] = []Entry{{2, 1}, {2, 1}} }, ErrDuplicate, "weights row 0 names uid 2 again at position 1"},
		{"bond-twice-unsorted", func(_ *Params, in *Input) { in.Bonds[0] = []Entry{{2, 1}, {1, 1}, {2, 0}} }, ErrDuplicate, "bonds row 0 names uid 2 again at position 2"},
		{"duplicate-in-a-row-without-permit", func(_ *Params, in *Input) { in.Weights[2] = []Entry{{1, 1}, {1, 1}} }, ErrDuplicate, "weights row 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var w Workspace
			var out, before Output
			require.NoError(t, w.Run(Params{MaxValidators: 2}, smallInput(), &out))
			require.NoError(t, w.Run(Params{MaxValidators: 2}, smallInput(), &before))
			p, in := Params{MaxValidators: 2}, smallInput()
			c.change(&p, in)
			err := w.Run(p, in, &out)
			require.ErrorIs(t, err, c.kind)
			require.ErrorContains(t, err, c.says)
			require.Equal(t, before, out, "the output is as it was")
			// The workspace is as good as before.
			require.NoError(t, w.Run(Params{MaxValidators: 2}, smallInput(), &out))
			require.Equal(t, before, out)
		})
	}
}

func TestEmptySubnet(t *testing.T) {
	var w Workspace
	var out Output
	require.NoError(t, w.Run(Params{}, &Input{OwnerUID: NoOwner}, &out))
	require.True(t, out.Fallback)
	require.Empty(t, out.Bonds)
}

func TestInputIsOnlyRead(t *testing.T) {
	s := source(22)
	for range 200 {
		n := 1 + s.below(10)
		in, p := s.input(n), s.params(n)
		clone := *in
		clone.Stake, clone.Permits = slices.Clone(in.Stake), slices.Clone(in.Permits)
		clone.LastUpdate, clone.RegisteredAt = slices.Clone(in.LastUpdate), slices.Clone(in.RegisteredAt)
		clone.Weights, clone.Bonds = make([][]Entry, n), make([][]Entry, n)
		for i := range n {
			clone.Weights[i], clone.Bonds[i] = slices.Clone(in.Weights[i]), slices.Clone(in.Bonds[i])
		}
		var w Workspace
		var out Output
		require.NoError(t, w.Run(p, in, &out))
		require.Equal(t, &clone, in)
	}
}

func TestSaturatedStake(t *testing.T) {
	in := smallInput()
	in.Stake = []uint64{math.MaxUint64, 1 << 62, 1 << 31}
	var w Workspace
	var out Output
	p := Params{MaxValidators: 2, ActivityCutoff: 10}
	require.NoError(t, w.Run(p, in, &out))
	require.Empty(t, difference(runOracle(p, in), &out))
	require.Equal(t, []uint16{65535, 32767, 0}, out.StakeWeight)
}
