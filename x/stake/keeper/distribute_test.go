package keeper

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/stake/shares"
	"github.com/agon-chain/agon/x/stake/types"
)

// checkDistribution: alpha is neither made nor lost, the parts are what the rules say, nobody's shares get cheaper.
func checkDistribution(t *testing.T, p shares.Pool, a accrued, takeBps uint32) settlement {
	t.Helper()
	s := distribute(p, a, takeBps)
	require.NoError(t, s.next.Validate())
	require.Equal(t, a.incentive+a.dividends, s.incentive+s.take+s.dividends+s.left.incentive+s.left.dividends)
	require.Equal(t, p.TotalAlpha+s.incentive+s.take+s.dividends, s.next.TotalAlpha)
	total, overflow := p.TotalShares.Add(s.ownerShares)
	require.False(t, overflow)
	require.Equal(t, total, s.next.TotalShares)
	// (alpha+1)/(shares+2^40) is what a share is worth: it never falls, and without dividends to backers only by rounding
	// does it rise.
	worth := func(of, per shares.Pool) *big.Int {
		b := per.TotalShares.Bytes()
		by := new(big.Int).Add(new(big.Int).SetBytes(b[:]), new(big.Int).SetUint64(shares.SharesPerAlpha))
		return by.Mul(by, new(big.Int).SetUint64(of.TotalAlpha+1))
	}
	require.GreaterOrEqual(t, worth(s.next, p).Cmp(worth(p, s.next)), 0, "a share got cheaper")
	if s.dividends > 0 {
		raised := shares.Pool{TotalAlpha: p.TotalAlpha + s.dividends, TotalShares: p.TotalShares}
		require.GreaterOrEqual(t, worth(s.next, raised).Cmp(worth(raised, s.next)), 0, "the owner's part diluted the dividend")
	}
	return s
}

func TestDistributeAtTheEdges(t *testing.T) {
	pool, _, err := shares.Pool{}.Deposit(1_000_000)
	require.NoError(t, err)
	tiny, _, err := shares.Pool{}.Deposit(shares.MinRaiseAlpha - 1)
	require.NoError(t, err)
	dear := shares.Pool{TotalAlpha: types.MaxAlpha - 100, TotalShares: wide.From64(1)}

	t.Run("all-parts", func(t *testing.T) {
		s := checkDistribution(t, pool, accrued{10, 1_001}, 1_800)
		require.Equal(t, []uint64{10, 180, 821}, []uint64{s.incentive, s.take, s.dividends}, "the take is rounded down")
		require.True(t, s.left.isZero())
	})
	t.Run("no-take", func(t *testing.T) {
		s := checkDistribution(t, pool, accrued{0, 1_001}, 0)
		require.Equal(t, uint64(1_001), s.dividends)
		require.True(t, s.ownerShares.IsZero())
	})
	t.Run("too-few-backers", func(t *testing.T) {
		s := checkDistribution(t, tiny, accrued{0, 1_001}, 1_800)
		require.Equal(t, []uint64{0, 1_001, 0}, []uint64{s.incentive, s.take, s.dividends})
	})
	t.Run("too-little-for-a-share-stays-the-owners", func(t *testing.T) {
		s := checkDistribution(t, dear, accrued{2, 3}, 1_800)
		require.False(t, s.settled())
		require.Equal(t, accrued{incentive: 5}, s.left)
	})
	t.Run("what-overflows-stays", func(t *testing.T) {
		full := shares.Pool{TotalAlpha: shares.MaxAlpha, TotalShares: wide.Mul64(shares.MinRaiseAlpha, shares.SharesPerAlpha)}
		s := checkDistribution(t, full, accrued{2, 3}, 1_800)
		require.False(t, s.settled())
		require.Equal(t, accrued{2, 3}, s.left)
	})
	t.Run("nothing", func(t *testing.T) {
		require.False(t, checkDistribution(t, pool, accrued{}, 1_800).settled())
	})
}

func FuzzDistribute(f *testing.F) {
	f.Add(uint64(1_000_000), uint64(0), uint64(10), uint64(1_001), uint16(1_800))
	f.Add(uint64(0), uint64(0), uint64(1), uint64(1), uint16(0))
	f.Add(uint64(999), uint64(0), uint64(0), uint64(7), uint16(5_000))
	f.Add(uint64(1_000), uint64(1<<60), uint64(1), uint64(0), uint16(5_000))
	f.Fuzz(func(t *testing.T, deposit, raise, incentive, dividends uint64, takeBps uint16) {
		const bound = types.MaxAlpha / 4
		p, _, err := shares.Pool{}.Deposit(deposit % bound)
		if err != nil {
			p = shares.Pool{}
		}
		if next, err := p.Raise(raise % bound); err == nil {
			p = next
		}
		checkDistribution(t, p, accrued{incentive % bound, dividends % bound}, uint32(takeBps)%(types.MaxMaxTakeBps+1))
	})
}
