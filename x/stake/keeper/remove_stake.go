package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// Removal is what an owner asks back.
type Removal struct {
	Owner, Hotkey sdk.AccAddress
	Netuid        uint32
	Part          Part
	MinAgon       uint64 // least nagon that the sale must bring; 0 for no limit
	Limit         Limit
	KeepToken     bool // pays the token itself, without a sale
}

// Removed is what a removal did: the alpha taken back, the nagon paid, the fee in alpha, and the trade, if there was one.
type Removed struct {
	Alpha, Agon, Fee uint64
	left             uint64 // alpha that was asked for and that the limit keeps staked
	trades           []trade
}

// RemoveStake takes alpha back from behind a hotkey, registered or not, and sells it or pays it out.
func (k *Keeper) RemoveStake(ctx context.Context, r Removal) (Removed, error) {
	if err := r.Part.validate(); err != nil {
		return Removed{}, err
	}
	if r.Netuid == types.RootNetuid {
		return k.removeRoot(ctx, r)
	}
	if r.KeepToken && (r.MinAgon > 0 || r.Limit.Price > 0) {
		return Removed{}, types.ErrInvalidAmount.Wrapf("min_agon is %d and limit_price %s with keep_token, which sells nothing; leave limits or keep_token out", r.MinAgon, types.FormatPrice(r.Limit.Price))
	}
	pot, dissolved, err := k.pot(ctx, r.Netuid)
	if err != nil {
		return Removed{}, err
	}
	if dissolved && !r.KeepToken {
		return k.removeRedeemed(ctx, r, pot)
	}
	var p types.Pool
	switch {
	case dissolved: // the token is paid, which needs no pool
	case r.KeepToken:
		p, err = k.GetPool(ctx, r.Netuid)
	default:
		p, err = k.beforeTrade(ctx, r.Netuid)
	}
	if err != nil {
		return Removed{}, err
	}
	if err := k.settleFor(ctx, r.Owner, r.Netuid, r.Hotkey); err != nil {
		return Removed{}, err
	}
	part, left, err := k.withinLimit(ctx, p, r)
	if err != nil {
		return Removed{}, err
	}
	from, err := k.withdraw(ctx, r.Owner, r.Netuid, r.Hotkey, part)
	if err != nil {
		return Removed{}, err
	}
	out := Removed{Alpha: from.alpha, left: left}
	if r.KeepToken {
		coins := sdk.NewCoins(types.Alpha(r.Netuid, from.alpha))
		if err := k.bank.SendCoinsFromModuleToAccount(ctx, types.PositionsAccount, r.Owner, coins); err != nil {
			return Removed{}, err
		}
	} else {
		t, err := k.sell(ctx, p, from.alpha, r.MinAgon)
		if err != nil {
			return Removed{}, err
		}
		if err := k.bank.SendCoinsFromModuleToAccount(ctx, types.PoolsAccount, r.Owner, sdk.NewCoins(types.Agon(t.Out))); err != nil {
			return Removed{}, err
		}
		out.Agon, out.Fee, out.trades = t.Out, t.Fee, []trade{t}
	}
	return out, emit(ctx, &types.EventStakeRemoved{
		Owner: r.Owner.String(), Hotkey: r.Hotkey.String(), Netuid: r.Netuid, Alpha: out.Alpha, Agon: out.Agon, Fee: out.Fee,
	})
}

// removeRedeemed takes alpha back from behind a hotkey of a dissolved subnet and pays its part of the pot.
func (k *Keeper) removeRedeemed(ctx context.Context, r Removal, pot types.Pot) (Removed, error) {
	if r.Limit.Price > 0 {
		return Removed{}, types.ErrInvalidPrice.Wrapf("limit_price in netuid %d, which is dissolved and pays every token the same; leave it out, or give min_agon", r.Netuid)
	}
	if err := k.settleFor(ctx, r.Owner, r.Netuid, r.Hotkey); err != nil {
		return Removed{}, err
	}
	from, err := k.withdraw(ctx, r.Owner, r.Netuid, r.Hotkey, r.Part)
	if err != nil {
		return Removed{}, err
	}
	if err := k.unstakeAlpha(ctx, r.Netuid, from.alpha); err != nil {
		return Removed{}, err
	}
	agon, err := k.redeem(ctx, pot, r.Owner, from.alpha, r.MinAgon)
	if err != nil {
		return Removed{}, err
	}
	return Removed{Alpha: from.alpha, Agon: agon}, emit(ctx, &types.EventStakeRemoved{
		Owner: r.Owner.String(), Hotkey: r.Hotkey.String(), Netuid: r.Netuid, Alpha: from.alpha, Agon: agon,
	})
}

// withinLimit is the part of a settled position that the limit lets be sold, and the alpha that it does not. What stays is
// never dust, as dust would be sold with the rest.
func (k *Keeper) withinLimit(ctx context.Context, p types.Pool, r Removal) (sold Part, left uint64, err error) {
	if r.Limit.Price == 0 {
		return r.Part, 0, nil
	}
	position, stake, err := k.held(ctx, r.Owner, r.Netuid, r.Hotkey)
	if err != nil {
		return Part{}, 0, err
	}
	value, err := stake.Value(position.Shares)
	if err != nil {
		return Part{}, 0, err
	}
	asked, _, err := r.Part.of(value)
	if err != nil {
		return Part{}, 0, err
	}
	fits, err := r.Limit.sellable(p, asked)
	if err != nil || fits == asked {
		return r.Part, 0, err
	}
	if value-fits < types.DustAlpha {
		if value <= types.DustAlpha {
			return Part{}, 0, types.ErrSlippage.Wrapf("of %d alpha only %d can be sold within limit_price, and a rest below %d cannot stay", value, fits, types.DustAlpha)
		}
		fits = value - types.DustAlpha
	}
	return Part{Alpha: fits}, asked - fits, nil
}
