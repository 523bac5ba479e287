package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/emission/types"
)

// sample moves the subnet's weight towards the time-weighted price of its token since the last sample. A price that
// stands for one block counts for one block, whatever trades surround it. The subnet must be settled first: its old
// weight earned what the index has grown by.
func (k *Keeper) sample(ctx context.Context, s *types.SubnetEmission, ledger *types.Ledger) error {
	height := sdk.UnwrapSDKContext(ctx).BlockHeight()
	blocks := elapsed(s.PriceBlock, height)
	if blocks == 0 {
		return nil
	}
	p, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	cumulative, err := k.stake.PriceCumulative(ctx, s.Netuid)
	if err != nil {
		return err
	}
	grown, underflow := cumulative.Sub(s.PriceCumulative)
	if underflow {
		return types.ErrBroken.Wrapf("netuid %d: cumulative price fell from %s to %s", s.Netuid, s.PriceCumulative, cumulative)
	}
	average, _, ok := grown.MulDiv(1, wide.From64(blocks))
	price, fits := average.Uint64()
	if !ok || !fits {
		price = types.MaxWeight
	}
	moved := curve.EMA(curve.Q64FromQ32(s.Weight), curve.Q64FromQ32(price), blocks, p.PriceHalfLife)
	weight := min(curve.SubnetWeight(moved, 0), types.MaxWeight)
	if weight != s.Weight {
		// With a new weight, what is owed below one nagon under the old one would be reckoned at the new one.
		s.Index = ledger.Index
	}
	ledger.TotalWeight = ledger.TotalWeight - s.Weight + weight
	s.Weight = weight
	s.PriceCumulative = cumulative
	s.PriceBlock = height
	return nil
}
