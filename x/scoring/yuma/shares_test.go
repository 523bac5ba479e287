package yuma

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// requireShares checks what holds of every output of n neurons. With shares in
// units of 2^-32, and k of them above zero in exact terms, they sum to
//
//	2^32 - k < sum <= 2^32
//
// because each is truncated once, by less than a unit. Server and validator
// shares together are at most 2n, the combined ones and those of a fallback at
// most n.
func requireShares(t testing.TB, in *Input, out *Output) {
	t.Helper()
	n := int64(in.N)
	var server, validator, combined int64
	for i := range out.ServerShare {
		require.GreaterOrEqual(t, out.ServerShare[i], int64(0))
		require.GreaterOrEqual(t, out.ValidatorShare[i], int64(0))
		require.GreaterOrEqual(t, out.CombinedShare[i], int64(0))
		server += out.ServerShare[i]
		validator += out.ValidatorShare[i]
		combined += out.CombinedShare[i]
	}
	switch {
	case !out.Fallback:
		require.LessOrEqual(t, server+validator, One)
		require.LessOrEqual(t, combined, One)
		require.Greater(t, server+validator, One-2*n)
		require.Greater(t, combined, One-n)
	case stakeSum(in).BitLen() >= 64:
		// Such stakes saturate and no longer compare, see normalizeStake.
		require.Zero(t, server)
	default:
		require.Zero(t, server)
		require.Equal(t, out.ValidatorShare, out.CombinedShare)
		require.LessOrEqual(t, combined, One)
		if combined != 0 { // zero where no stake counts
			require.Greater(t, combined, One-n)
		}
	}
	for i, row := range out.Bonds {
		require.True(t, out.Permits[i] || len(row) == 0)
		for k, e := range row {
			require.NotZero(t, e.Value)
			require.True(t, k == 0 || row[k-1].UID < e.UID)
		}
	}
}

// requirePayout checks that an emission is paid to the unit, by both rules.
func requirePayout(t testing.TB, in *Input, out *Output, amount uint64) {
	t.Helper()
	sum := func(x []uint64) *big.Int {
		total := new(big.Int)
		for _, v := range x {
			total.Add(total, new(big.Int).SetUint64(v))
		}
		return total
	}
	want := new(big.Int).SetUint64(amount)
	paid := make([]uint64, in.N)
	distributed := Payout(out.CombinedShare, amount, paid)
	var shares int64
	for _, s := range out.CombinedShare {
		shares += s
	}
	if shares == 0 {
		want.SetUint64(0)
	}
	require.Equal(t, want.Uint64(), distributed)
	require.Zero(t, want.Cmp(sum(paid)), "paid %v of %v", sum(paid), want)

	if shares <= One { // above are only stakes that saturate
		server, validator, combined := make([]uint64, in.N), make([]uint64, in.N), make([]uint64, in.N)
		out.Emission(amount, server, validator, combined)
		require.LessOrEqual(t, sum(combined).Cmp(want), 0, "floors never pay too much")
		require.LessOrEqual(t, sum(append(server, validator...)).Cmp(want), 0)
	}
}

func stakeSum(in *Input) *big.Int {
	sum := new(big.Int)
	for _, s := range in.Stake {
		sum.Add(sum, new(big.Int).SetUint64(s))
	}
	return sum
}

// The bound on the sum of shares is met with equality: of three equal miners
// and three equal bonds, every share loses a third of a unit or more.
func TestSharesLoseLessThanAUnitEach(t *testing.T) {
	in := &Input{
		Block: 100, N: 6, Stake: []uint64{1, 1, 1, 0, 0, 0}, LastUpdate: []uint64{99, 99, 99, 99, 99, 99},
		RegisteredAt: make([]uint64, 6), Permits: []bool{true, true, true, false, false, false},
		Weights: make([][]Entry, 6), Bonds: make([][]Entry, 6), OwnerUID: NoOwner,
	}
	for i := range 3 {
		in.Weights[i] = []Entry{{3, 9}, {4, 9}, {5, 9}}
	}
	var w Workspace
	var out Output
	require.NoError(t, w.Run(Params{Kappa: 32767, MaxValidators: 3, ActivityCutoff: 10}, in, &out))
	requireShares(t, in, &out)
	var sum int64
	for i := range 6 {
		require.Equal(t, out.CombinedShare[i], out.ServerShare[i]+out.ValidatorShare[i])
		require.EqualValues(t, One/6, out.CombinedShare[i])
		sum += out.CombinedShare[i]
	}
	require.Equal(t, One-4, sum, "six times two thirds of a unit")
	requirePayout(t, in, &out, 1_000_000_007)
}
