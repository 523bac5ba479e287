package yuma

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// brutePayout hands out the units left over one by one.
func brutePayout(shares []int64, amount uint64) []uint64 {
	total := new(big.Int)
	for _, s := range shares {
		total.Add(total, big.NewInt(max(s, 0)))
	}
	out := make([]uint64, len(shares))
	if total.Sign() == 0 {
		return out
	}
	rest := make([]*big.Int, len(shares))
	left := amount
	for i, s := range shares {
		q := new(big.Int).Mul(big.NewInt(max(s, 0)), new(big.Int).SetUint64(amount))
		q, rest[i] = q.QuoRem(q, total, new(big.Int))
		out[i] = q.Uint64()
		left -= out[i]
	}
	for ; left > 0; left-- {
		best := 0
		for i := range rest {
			if rest[i].Cmp(rest[best]) > 0 {
				best = i
			}
		}
		out[best]++
		rest[best] = big.NewInt(-1)
	}
	return out
}

func TestPayoutMatchesBruteForce(t *testing.T) {
	s := source(11)
	for range rounds(5_000) {
		n := 1 + s.below(20)
		shares := make([]int64, n)
		for i := range shares {
			shares[i] = pick(&s, 0, 0, 1, 3, One, -5, int64(s.next()%uint64(One)))
		}
		amount := pick(&s, 0, 1, 2, 7, 1_000_000_000, math.MaxUint64, s.next())
		out := make([]uint64, n)
		for i := range out {
			out[i] = s.next() // stale
		}
		paid := Payout(shares, amount, out)
		require.Equal(t, brutePayout(shares, amount), out)
		positive := slices.ContainsFunc(shares, func(v int64) bool { return v > 0 })
		if positive {
			require.Equal(t, amount, paid)
		} else {
			require.Zero(t, paid)
		}
	}
}

func TestPayoutEdges(t *testing.T) {
	t.Run("ties-go-to-the-lower-uid", func(t *testing.T) {
		out := make([]uint64, 4)
		require.EqualValues(t, 6, Payout([]int64{One, One, One, One}, 6, out))
		require.Equal(t, []uint64{2, 2, 1, 1}, out)
	})
	t.Run("all-zero-pays-nobody", func(t *testing.T) {
		out := []uint64{9, 9}
		require.Zero(t, Payout([]int64{0, -3}, 100, out))
		require.Equal(t, []uint64{0, 0}, out)
	})
	t.Run("empty", func(t *testing.T) {
		require.Zero(t, Payout(nil, 100, nil))
	})
	t.Run("out-too-short-pays-nobody", func(t *testing.T) {
		out := []uint64{9}
		require.Zero(t, Payout([]int64{1, 1}, 100, out))
		require.Equal(t, []uint64{0}, out)
	})
	t.Run("out-longer-is-cleared", func(t *testing.T) {
		out := []uint64{9, 9, 9}
		require.EqualValues(t, 5, Payout([]int64{1}, 5, out))
		require.Equal(t, []uint64{5, 0, 0}, out)
	})
	t.Run("most-and-largest-shares", func(t *testing.T) {
		shares, out := make([]int64, MaxNeurons), make([]uint64, MaxNeurons)
		for i := range shares {
			shares[i] = math.MaxInt64
		}
		require.EqualValues(t, uint64(math.MaxUint64), Payout(shares, math.MaxUint64, out))
		var sum uint64
		for _, v := range out {
			sum += v
		}
		require.EqualValues(t, uint64(math.MaxUint64), sum)
	})
	t.Run("too-many-shares-pay-nobody", func(t *testing.T) {
		shares := make([]int64, MaxNeurons+1)
		shares[0] = 1
		require.Zero(t, Payout(shares, 1, make([]uint64, len(shares))))
	})
}

func TestEmissionIsFloor(t *testing.T) {
	o := Output{ServerShare: []int64{One, One / 3}, ValidatorShare: []int64{0, 1}, CombinedShare: []int64{One - 1, 1 << 31}}
	server, validator, combined := make([]uint64, 2), make([]uint64, 2), make([]uint64, 2)
	o.Emission(math.MaxUint64, server, validator, combined)
	require.Equal(t, []uint64{math.MaxUint64, bigFloor(One/3, math.MaxUint64)}, server)
	require.Equal(t, []uint64{0, bigFloor(1, math.MaxUint64)}, validator)
	require.Equal(t, []uint64{bigFloor(One-1, math.MaxUint64), math.MaxUint64 / 2}, combined)
	o.Emission(7, nil, server[:1], combined) // short slices are filled as far as they go
	require.Equal(t, []uint64{6, 3}, combined)
}

func bigFloor(share int64, amount uint64) uint64 {
	p := new(big.Int).Mul(big.NewInt(share), new(big.Int).SetUint64(amount))
	return p.Rsh(p, 32).Uint64()
}
