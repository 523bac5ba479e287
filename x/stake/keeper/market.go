package keeper

import (
	"context"

	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/stake/pool"
	"github.com/agon-chain/agon/x/stake/types"
)

// market is what a subnet's token is valued by: the pool as a trade would find it, or the pot of a dissolved subnet. The root has
// neither: its stake is AGON.
type market struct {
	netuid    uint32
	pool      types.Pool
	pot       types.Pot
	supply    uint64 // of a dissolved subnet's token
	dissolved bool
}

// market returns what a subnet's token is valued by.
func (s queryServer) market(ctx context.Context, netuid uint32) (market, error) {
	if netuid == types.RootNetuid {
		return market{}, nil
	}
	pot, dissolved, err := s.pot(ctx, netuid)
	if err != nil {
		return market{}, err
	}
	if dissolved {
		return market{netuid: netuid, pot: pot, supply: s.AlphaSupply(ctx, netuid), dissolved: true}, nil
	}
	p, err := s.tradedPool(ctx, netuid)
	return market{netuid: netuid, pool: p}, err
}

// value is what alpha brings now, in nagon; 0 where the pool would not take it.
func (m market) value(alpha uint64) uint64 {
	if m.netuid == types.RootNetuid {
		return alpha
	}
	if m.dissolved {
		return redeemable(m.pot.Agon, alpha, m.supply)
	}
	t, err := quoteSell(m.pool, alpha, 0)
	if err != nil {
		return 0
	}
	return t.Out
}

// price of one token in AGON, decimal, cut after 9 places.
func (m market) price() string {
	if m.netuid == types.RootNetuid {
		return types.FormatPrice(pool.PriceUnit)
	}
	if !m.dissolved {
		return decimal(m.pool.Reserves().PriceQ32())
	}
	if m.supply == 0 {
		return types.FormatPrice(0)
	}
	const places = 1_000_000_000
	rate, ok := wide.MulDiv64(m.pot.Agon, places, m.supply)
	if !ok {
		rate = ^uint64(0)
	}
	return types.FormatPrice(rate)
}
