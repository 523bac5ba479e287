package keeper_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/emission/types"
)

// Whatever happens in a market, after every block: minted = security + community + subnets + held, what subnets are due is held,
// no part ever shrinks, and the cap holds. The invariants of all four modules run after every block too.
func TestRandomBlocks(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 20))
			m := markettest.New(t, markettest.Config{})
			if seed%3 == 2 {
				fill(m, t, curve.Cap-10*agon-curve.Cap/8) // across halvings
			}
			subnets := uint32(1 + r.UintN(4))
			for range subnets {
				open(m, t, 4)
			}
			var last types.Ledger
			for range 120 {
				for range r.UintN(4) {
					act(m, t, r, 1+r.Uint32N(subnets))
				}
				m.Next()
				l := ledger(m, t)
				require.Equal(t, l.Minted, l.Security+l.Community+l.Subnets+held(m, types.ModuleName))
				require.GreaterOrEqual(t, l.Minted, last.Minted)
				require.GreaterOrEqual(t, l.Subnets, last.Subnets)
				require.LessOrEqual(t, supply(m), curve.Cap)
				var due, weight uint64
				for id := uint32(1); id <= subnets; id++ {
					s := subnet(m, t, id)
					due += s.PendingAgon
					weight += s.Emission.Weight
				}
				require.LessOrEqual(t, due, held(m, types.ModuleName))
				require.Equal(t, l.TotalWeight, weight)
				last = l
			}
			require.NotZero(t, last.Subnets)
		})
	}
}

// act does one random thing in a subnet.
func act(m *markettest.Market, t *testing.T, r *rand.Rand, netuid uint32) {
	switch r.UintN(4) {
	case 0:
		if supply(m) < curve.Cap-100_000*agon {
			m.Buy(netuid, 3, 1_000_000+r.Int64N(1<<(20+r.UintN(25))))
		}
	case 1:
		stake, err := m.Stake.StakeColumn(m.Ctx, netuid)
		require.NoError(t, err)
		// The smallest sales bring nothing and are refused; the rest of a position stays above its least size.
		if stake[3] > 50_000_000 {
			m.Sell(netuid, 3, 1_000_000+r.Uint64N(stake[3]/2))
		}
	case 2:
		row := make([]uint32, 3)
		for i := range row {
			row[i] = r.Uint32N(65536)
		}
		row[0]++
		row[0] = min(row[0], 65535)
		stake, err := m.Stake.StakeColumn(m.Ctx, netuid)
		require.NoError(t, err)
		if stake[3] >= 1000 {
			judge(m, t, netuid, 3, row...)
		}
	case 3:
		m.StakeToken(netuid, 3, 1_000_000+r.Uint64N(agon))
	}
}
