package pool

import (
	"math"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestComparePrice(t *testing.T) {
	p := Pool{AGON: 3 * token, Alpha: 7 * token} // 0.428571428571…
	require.Equal(t, 1, p.ComparePrice(428_571_428))
	require.Equal(t, -1, p.ComparePrice(428_571_429))
	require.Equal(t, 0, Pool{AGON: token, Alpha: 4 * token}.ComparePrice(250_000_000))
	require.Equal(t, -1, Pool{AGON: MaxReserve, Alpha: MaxReserve}.ComparePrice(math.MaxUint64))
}

// within trades as the module does, with the fee left in the pool, and says whether the price keeps to the limit.
func within(p Pool, buy bool, in uint64, fee uint32, limit uint64) (fits, trades bool) {
	next, got, err := p.Sell(in, fee, 0)
	next.Alpha += got.Fee
	if buy {
		next, got, err = p.Buy(in, fee, 0)
		next.AGON += got.Fee
	}
	if err != nil || next.Validate() != nil {
		return false, false
	}
	if buy {
		return next.ComparePrice(limit) <= 0, true
	}
	return next.ComparePrice(limit) >= 0, true
}

// On small pools every payment is tried: the answer is the largest that keeps to the limit.
func TestLimitsAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	partial := 0
	for range 300 {
		p := Pool{MinReserve + uint64(r.Intn(2_000)), MinReserve + uint64(r.Intn(2_000))}
		buy := r.Intn(2) == 0
		fee := []uint32{0, 5, 300, 9_000}[r.Intn(4)]
		limit := uint64(int64(p.AGON*PriceUnit/p.Alpha) + r.Int63n(2_000_001) - 500_000)
		if !buy {
			limit = uint64(int64(p.AGON*PriceUnit/p.Alpha) - r.Int63n(2_000_001) + 500_000)
		}
		bound := uint64(1 + r.Intn(1_500))
		got := p.SellDownTo(bound, fee, limit)
		if buy {
			got = p.BuyUpTo(bound, fee, limit)
		}
		want := uint64(0)
		for in := uint64(1); in <= bound; in++ {
			fits, trades := within(p, buy, in, fee, limit)
			if fits {
				want = in
			}
			// What trades and fits is never above the answer, what trades and does not is never below.
			if trades {
				require.Equal(t, in <= got, fits, "pool %+v buy %t in %d fee %d limit %d answer %d", p, buy, in, fee, limit, got)
			}
		}
		require.GreaterOrEqual(t, got, want)
		if got > 0 && got < bound {
			partial++
		}
	}
	require.Greater(t, partial, 50, "most cases must be cut by the limit")
}

// On pools of every size: one more unit than the answer breaks the limit or the pool.
func TestLimitsAreTight(t *testing.T) {
	r := rand.New(rand.NewSource(4))
	partial := 0
	for range 20_000 {
		p := Pool{MinReserve + r.Uint64()>>(1+r.Intn(40)), MinReserve + r.Uint64()>>(1+r.Intn(40))}
		if p.Validate() != nil {
			continue
		}
		bound, limit, fee := r.Uint64()>>r.Intn(60), r.Uint64()>>r.Intn(60), uint32(r.Intn(1_000))
		for _, buy := range []bool{true, false} {
			got := p.SellDownTo(bound, fee, limit)
			if buy {
				got = p.BuyUpTo(bound, fee, limit)
			}
			require.LessOrEqual(t, got, bound)
			if fits, trades := within(p, buy, got, fee, limit); trades {
				require.True(t, fits, "pool %+v buy %t fee %d limit %d answer %d", p, buy, fee, limit, got)
			}
			if got < bound {
				fits, _ := within(p, buy, got+1, fee, limit)
				require.False(t, fits, "pool %+v buy %t fee %d limit %d answer %d", p, buy, fee, limit, got)
				if got > 0 {
					partial++
				}
			}
		}
	}
	require.Greater(t, partial, 1_000)
	require.Zero(t, Pool{}.BuyUpTo(1, 0, math.MaxUint64))
	require.Zero(t, Pool{token, token}.SellDownTo(1, 10_000, 0))
	require.Zero(t, Pool{2 * token, token}.BuyUpTo(token, 0, PriceUnit), "the price is above the limit before")
}
