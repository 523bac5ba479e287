package keeper

import (
	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/stake/types"
)

// Limit is the price that a trade must not take the pool past. The zero value limits nothing.
type Limit struct {
	Price   uint64 // in parts of pool.PriceUnit; 0 for none
	Partial bool   // trades what fits where the whole does not
}

// ParseLimit reads the fields limit_price and allow_partial of a message.
func ParseLimit(price string, partial bool) (Limit, error) {
	if price == "" {
		if partial {
			return Limit{}, types.ErrInvalidPrice.Wrap("allow_partial without limit_price, which says how much to trade; give both")
		}
		return Limit{}, nil
	}
	v, err := types.ParsePrice(price)
	if err != nil {
		return Limit{}, errorsmod.Wrap(err, "limit_price")
	}
	return Limit{Price: v, Partial: partial}, nil
}

// buyable is how much of agon the limit lets a purchase spend: all of it, or with Partial what fits.
func (l Limit) buyable(p types.Pool, agon uint64) (uint64, error) {
	if l.Price == 0 {
		return agon, nil
	}
	return l.check(p, "nagon", agon, p.Reserves().BuyUpTo(agon, p.FeeBps, l.Price))
}

// sellable is how much of alpha the limit lets a sale give.
func (l Limit) sellable(p types.Pool, alpha uint64) (uint64, error) {
	if l.Price == 0 {
		return alpha, nil
	}
	return l.check(p, "alpha", alpha, p.Reserves().SellDownTo(alpha, p.FeeBps, l.Price))
}

func (l Limit) check(p types.Pool, unit string, asked, fits uint64) (uint64, error) {
	switch {
	case fits == asked:
		return asked, nil
	case fits == 0:
		return 0, types.ErrSlippage.Wrapf("limit_price is %s, the pool is at %s and nothing can be traded within it", types.FormatPrice(l.Price), decimal(p.Reserves().PriceQ32()))
	case !l.Partial:
		return 0, types.ErrSlippage.Wrapf("limit_price is %s, of %d %s only %d can be traded within it; trade as much, or set allow_partial", types.FormatPrice(l.Price), asked, unit, fits)
	}
	return fits, nil
}
