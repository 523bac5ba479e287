package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// Sale is a token in an account that is to be sold.
type Sale struct {
	Seller  sdk.AccAddress
	Netuid  uint32
	Amount  sdk.Coin // alpha of netuid
	MinAgon uint64   // least nagon that the sale must bring; 0 for no limit
	Limit   Limit
}

// sold is what a sale did, and the alpha that the limit leaves with the seller.
type sold struct {
	trade
	left uint64
}

// SellToken sells a token that is not staked. No hotkey and no position has to do with it: staking it first would need a uid to
// stand behind, and loses units to the rounding of shares. No amount is too small, as nothing is stored for it.
func (k *Keeper) SellToken(ctx context.Context, s Sale) (sold, error) {
	if err := s.Amount.Validate(); err != nil {
		return sold{}, types.ErrInvalidAmount.Wrapf("amount: %v", err)
	}
	if denom := types.AlphaDenom(s.Netuid); s.Amount.Denom != denom {
		return sold{}, types.ErrInvalidDenom.Wrapf("amount is in %s, a sale in netuid %d takes %s", s.Amount.Denom, s.Netuid, denom)
	}
	if !s.Amount.Amount.IsUint64() || s.Amount.Amount.Uint64() > types.MaxAlpha {
		return sold{}, types.ErrInvalidAmount.Wrapf("amount is %s, at most %d", s.Amount, types.MaxAlpha)
	}
	p, err := k.beforeTrade(ctx, s.Netuid)
	if err != nil {
		return sold{}, err
	}
	asked := s.Amount.Amount.Uint64()
	fits, err := s.Limit.sellable(p, asked)
	if err != nil {
		return sold{}, err
	}
	t, err := quoteSell(p, fits, s.MinAgon)
	if err != nil {
		return sold{}, err
	}
	if err := k.bank.SendCoinsFromAccountToModule(ctx, s.Seller, types.PoolsAccount, sdk.NewCoins(types.Alpha(s.Netuid, t.In))); err != nil {
		return sold{}, err
	}
	if err := k.setReserves(ctx, p, t.next); err != nil {
		return sold{}, err
	}
	if err := k.bank.SendCoinsFromModuleToAccount(ctx, types.PoolsAccount, s.Seller, sdk.NewCoins(types.Agon(t.Out))); err != nil {
		return sold{}, err
	}
	return sold{trade: t, left: asked - fits}, emit(ctx, &types.EventTokenSold{
		Seller: s.Seller.String(), Netuid: s.Netuid, Alpha: t.In, Agon: t.Out, Fee: t.Fee,
	})
}
