package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/stake/types"
)

func TestBuyAndBurnDestroysWhatItBuys(t *testing.T) {
	f := newFlows(t)
	m := types.MsgBuyAndBurn{Payer: f.bob.String(), Netuid: f.first, Amount: params.Agon(10)}
	apart, _ := f.ctx.CacheContext()
	bought, err := f.msgs.AddStake(apart, &types.MsgAddStake{Owner: m.Payer, Hotkey: f.hot.String(), Netuid: m.Netuid, Amount: m.Amount})
	require.NoError(t, err)
	after, err := f.k.GetPool(apart, f.first)
	require.NoError(t, err)

	supply, agon := f.k.AlphaSupply(f.ctx, f.first), f.balance(f.bob, types.AgonDenom)
	m.MinAlpha = bought.Alpha
	res, err := f.msgs.BuyAndBurn(f.ctx, &m)
	require.NoError(t, err)
	require.Equal(t, &types.MsgBuyAndBurnResponse{Alpha: bought.Alpha, Fee: bought.Fee}, res)
	require.Equal(t, supply-res.Alpha, f.k.AlphaSupply(f.ctx, f.first))
	require.Equal(t, agon-10*token, f.balance(f.bob, types.AgonDenom))
	require.Equal(t, after, f.pool(f.first), "to the pool it is a purchase as any")
	require.Zero(t, f.balance(f.bob, "alpha/1"))
	require.Equal(t, &types.EventBoughtAndBurned{
		Payer: m.Payer, Netuid: f.first, Agon: 10 * token, Alpha: res.Alpha, Fee: res.Fee,
	}, lastEvent[*types.EventBoughtAndBurned](f.world))
	f.sound(f.alice, f.bob, f.own)
}

func TestBuyAndBurnRefuses(t *testing.T) {
	f := newFlows(t)
	for name, c := range map[string]struct {
		change func(m *types.MsgBuyAndBurn)
		want   error
		says   string
	}{
		"a-token":            {func(m *types.MsgBuyAndBurn) { m.Amount = types.Alpha(1, token) }, types.ErrInvalidDenom, "takes nagon"},
		"too-little":         {func(m *types.MsgBuyAndBurn) { m.Amount = types.Agon(999_999) }, types.ErrBelowMinimum, "at least 1000000"},
		"slippage":           {func(m *types.MsgBuyAndBurn) { m.MinAlpha = 10 * token }, types.ErrSlippage, "below the limit of 10000000000"},
		"no-pool":            {func(m *types.MsgBuyAndBurn) { m.Netuid = 9 }, types.ErrPoolNotFound, "netuid 9"},
		"more-than-there-is": {func(m *types.MsgBuyAndBurn) { m.Amount = params.Agon(1_001) }, sdkerrors.ErrInsufficientFunds, ""},
		"a-negative-amount":  {func(m *types.MsgBuyAndBurn) { m.Amount.Amount = math.NewInt(-1) }, types.ErrInvalidAmount, "negative"},
		"no-payer":           {func(m *types.MsgBuyAndBurn) { m.Payer = "bob" }, sdkerrors.ErrInvalidAddress, "payer"},
	} {
		t.Run(name, func(t *testing.T) {
			m := types.MsgBuyAndBurn{Payer: f.bob.String(), Netuid: f.first, Amount: params.Agon(10)}
			c.change(&m)
			ctx, _ := f.ctx.CacheContext()
			_, err := f.msgs.BuyAndBurn(ctx, &m)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.says)
		})
	}
}
