package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/emission/types"
)

// sample moves the subnet's weight towards the time-weighted price of its token since the last sample. A price that
// stands for one block counts for one block, whatever trades surround it. burnedBps is the part of the miners' emission that
// the epoch does not mint; it damps the weight until the next epoch ends. The subnet must be settled first: its old
// weight earned what the index has grown by.
func (k *Keeper) sample(ctx context.Context, s *types.SubnetEmission, ledger *types.Ledger, burnedBps uint32) error {
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
	price = min(price, highestSample(s.PriceAverage), types.MaxWeight)
	s.PriceAverage = curve.EMA(s.PriceAverage, curve.Q64FromQ32(price), blocks, p.PriceHalfLife)
	s.PriceMean, s.MinerBurnBps = price, burnedBps
	weight := curve.Subnet{PriceAverage: s.PriceAverage, BurnedBps: burnedBps}.Weight()
	if weight != s.Weight {
		// What is owed is less than one nagon after the settlement. It stays in the account: at the new weight it would be
		// another amount.
		s.Index = ledger.Index
	}
	ledger.TotalWeight = ledger.TotalWeight - s.Weight + weight
	s.Weight = weight
	s.PriceCumulative = cumulative
	s.PriceBlock = height
	return nil
}

// highestSample is the highest price that one sample counts as: twice the average, or twice the price at which pools open
// where the average is lower. A mean of prices is cheap to raise: the price grows with the square of the AGON that
// moves it, so that a sum borrowed for one block would count for more than the same sum left in the pool for years. With the
// bound an average at most doubles in a half-life, whatever the price, and a price that lasts is still taken up.
func highestSample(average curve.Q64) uint64 {
	return 2 * max(min(curve.Q32(average), types.MaxWeight), curve.OneQ32)
}
