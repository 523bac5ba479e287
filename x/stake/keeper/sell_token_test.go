package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/stake/types"
)

// withdrawn gives alice's whole position to her as coins, and returns how much it is.
func (f *flows) withdrawn() uint64 {
	f.t.Helper()
	res, err := f.msgs.RemoveStake(f.ctx, &types.MsgRemoveStake{Owner: f.alice.String(), Hotkey: f.hot.String(), Netuid: f.first, KeepToken: true})
	require.NoError(f.t, err)
	return res.Alpha
}

func TestSellingATokenIsTheSaleOfAStake(t *testing.T) {
	f := newFlows(t)
	apart, _ := f.ctx.CacheContext()
	removed, err := f.msgs.RemoveStake(apart, &types.MsgRemoveStake{Owner: f.alice.String(), Hotkey: f.hot.String(), Netuid: f.first})
	require.NoError(t, err)
	after, err := f.k.GetPool(apart, f.first)
	require.NoError(t, err)

	have := f.withdrawn()
	agon, supply := f.balance(f.alice, types.AgonDenom), f.k.AlphaSupply(f.ctx, f.first)
	called := f.hook.called
	res, err := f.msgs.SellToken(f.ctx, &types.MsgSellToken{
		Seller: f.alice.String(), Netuid: f.first, Amount: types.Alpha(f.first, have), MinAgon: removed.Agon,
	})
	require.NoError(t, err)
	require.Equal(t, &types.MsgSellTokenResponse{Alpha: removed.Alpha, Agon: removed.Agon, Fee: removed.Fee}, res)
	require.Equal(t, after, f.pool(f.first))
	require.Equal(t, agon+res.Agon, f.balance(f.alice, types.AgonDenom))
	require.Zero(t, f.balance(f.alice, "alpha/1"))
	require.Equal(t, supply, f.k.AlphaSupply(f.ctx, f.first))
	require.Equal(t, called+1, f.hook.called, "emission that is due enters the pool first")
	require.Equal(t, &types.EventTokenSold{
		Seller: f.alice.String(), Netuid: f.first, Alpha: have, Agon: res.Agon, Fee: res.Fee,
	}, lastEvent[*types.EventTokenSold](f.world))
	f.sound(f.alice, f.bob, f.own)
}

func TestSellingATokenInPart(t *testing.T) {
	f := newFlows(t)
	have := f.withdrawn()
	m := types.MsgSellToken{Seller: f.alice.String(), Netuid: f.first, Amount: types.Alpha(f.first, have), LimitPrice: "1.1", AllowPartial: true}
	res, err := f.msgs.SellToken(f.ctx, &m)
	require.NoError(t, err)
	require.Greater(t, res.Alpha, uint64(0))
	require.Equal(t, have-res.Alpha, f.balance(f.alice, "alpha/1"), "the rest never left the account")
	apart, _ := f.ctx.CacheContext()
	_, err = f.msgs.SellToken(apart, &m)
	require.Error(t, err, "there is no room below the limit any more")
	f.sound(f.alice, f.bob, f.own)
}

func TestSellTokenRefuses(t *testing.T) {
	f := newFlows(t)
	have := f.withdrawn()
	for name, c := range map[string]struct {
		change func(m *types.MsgSellToken)
		want   error
		says   string
	}{
		"agon":                   {func(m *types.MsgSellToken) { m.Amount = params.Agon(1) }, types.ErrInvalidDenom, "takes alpha/1"},
		"another-subnets-token":  {func(m *types.MsgSellToken) { m.Amount = types.Alpha(2, token) }, types.ErrInvalidDenom, "alpha/2"},
		"nothing":                {func(m *types.MsgSellToken) { m.Amount = types.Alpha(1, 0) }, types.ErrInvalidAmount, ""},
		"too-little-for-a-unit":  {func(m *types.MsgSellToken) { m.Amount = types.Alpha(1, 1) }, types.ErrInvalidAmount, ""},
		"no-amount":              {func(m *types.MsgSellToken) { m.Amount.Denom = "" }, types.ErrInvalidAmount, "amount"},
		"more-than-64-bits":      {func(m *types.MsgSellToken) { m.Amount.Amount = math.NewIntWithDecimal(1, 30) }, types.ErrInvalidAmount, "at most"},
		"a-negative-amount":      {func(m *types.MsgSellToken) { m.Amount.Amount = math.NewInt(-1) }, types.ErrInvalidAmount, "negative"},
		"more-than-there-is":     {func(m *types.MsgSellToken) { m.Amount = types.Alpha(1, have+1) }, sdkerrors.ErrInsufficientFunds, ""},
		"slippage":               {func(m *types.MsgSellToken) { m.MinAgon = 11 * token }, types.ErrSlippage, "below the limit of 11000000000"},
		"a-limit-that-is-passed": {func(m *types.MsgSellToken) { m.LimitPrice = "1.1" }, types.ErrSlippage, "set allow_partial"},
		"partial-without-limit":  {func(m *types.MsgSellToken) { m.AllowPartial = true }, types.ErrInvalidPrice, "give both"},
		"no-pool":                {func(m *types.MsgSellToken) { m.Netuid, m.Amount.Denom = 9, "alpha/9" }, types.ErrPoolNotFound, "netuid 9"},
		"no-seller":              {func(m *types.MsgSellToken) { m.Seller = "alice" }, sdkerrors.ErrInvalidAddress, "seller"},
	} {
		t.Run(name, func(t *testing.T) {
			m := types.MsgSellToken{Seller: f.alice.String(), Netuid: f.first, Amount: types.Alpha(f.first, have)}
			c.change(&m)
			ctx, _ := f.ctx.CacheContext()
			_, err := f.msgs.SellToken(ctx, &m)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestTakeSaysHowFarAndWhen(t *testing.T) {
	f := newFlows(t)
	ask := func() *types.QueryTakeResponse {
		t.Helper()
		res, err := f.queries().Take(f.ctx, &types.QueryTakeRequest{Hotkey: f.hot.String()})
		require.NoError(t, err)
		return res
	}
	set := func(bps uint32) error {
		_, err := f.msgs.SetTake(f.ctx, &types.MsgSetTake{Owner: f.own.String(), Hotkey: f.hot.String(), TakeBps: bps})
		return err
	}
	require.Equal(t, &types.QueryTakeResponse{TakeBps: 1800, HighestBps: 1800}, ask(), "the default, which is the most")
	require.NoError(t, set(900))
	require.Equal(t, &types.QueryTakeResponse{TakeBps: 900, HighestBps: 1000}, ask())
	require.NoError(t, set(ask().HighestBps))
	require.Equal(t, &types.QueryTakeResponse{TakeBps: 1000, HighestBps: 1100, RaisedAt: 101, RaiseFrom: 14_501}, ask())
	f.at(ask().RaiseFrom - 1)
	require.ErrorIs(t, set(1001), types.ErrTakeInterval)
	f.at(ask().RaiseFrom)
	require.NoError(t, set(1100))
	_, err := f.queries().Take(f.ctx, &types.QueryTakeRequest{Hotkey: "x"})
	require.ErrorContains(t, err, "hotkey")
}
