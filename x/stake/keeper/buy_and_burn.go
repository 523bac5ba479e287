package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// Burn is AGON that is to buy a token which is then destroyed.
type Burn struct {
	Payer    sdk.AccAddress
	Netuid   uint32
	Amount   sdk.Coin // nagon
	MinAlpha uint64   // least alpha that the purchase must bring; 0 for no limit
}

// BuyAndBurn buys a subnet's token and destroys it. The AGON stays in the pool, so the price that it made stays too.
// The token's emission follows its supply: what is destroyed may be emitted again, at the pace of the supply that is left.
func (k *Keeper) BuyAndBurn(ctx context.Context, b Burn) (trade, error) {
	agon, err := k.stakeAmount(ctx, b.Netuid, b.Amount)
	if err != nil {
		return trade{}, err
	}
	if b.Amount.Denom != types.AgonDenom {
		return trade{}, types.ErrInvalidDenom.Wrapf("amount is in %s, a purchase takes %s", b.Amount.Denom, types.AgonDenom)
	}
	t, err := k.purchase(ctx, b.Netuid, b.Payer, agon, b.MinAlpha, Limit{})
	if err != nil {
		return trade{}, err
	}
	if err := k.bank.BurnCoins(ctx, types.PoolsAccount, sdk.NewCoins(types.Alpha(b.Netuid, t.Out))); err != nil {
		return trade{}, err
	}
	return t, emit(ctx, &types.EventBoughtAndBurned{
		Payer: b.Payer.String(), Netuid: b.Netuid, Agon: t.In, Alpha: t.Out, Fee: t.Fee,
	})
}
