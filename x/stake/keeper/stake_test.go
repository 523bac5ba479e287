package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	"github.com/agon-chain/agon/app/keepertest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func TestANewSubnetHasAPool(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	require.Equal(t, types.Pool{Netuid: 1, Agon: 100 * token, Alpha: 100 * token, FeeBps: 5, PriceBlock: 10}, w.pool(netuid))
	require.Equal(t, 100*token, w.k.AlphaSupply(w.ctx, netuid))
	require.Zero(t, w.balance(keepertest.Account(200), types.AgonDenom), "the owner paid")
	require.Equal(t, &types.EventPoolCreated{Netuid: 1, Agon: 100 * token, Alpha: 100 * token}, lastEvent[*types.EventPoolCreated](w))
	meta, ok := w.Bank.GetDenomMetaData(w.ctx, "alpha/1")
	require.True(t, ok)
	require.NoError(t, meta.Validate())
	require.Equal(t, "ALPHA1", meta.Display)
	require.Equal(t, uint32(9), meta.DenomUnits[1].Exponent)
	require.Empty(t, w.column(netuid))
	w.sound(keepertest.Account(200))

	t.Run("not-twice", func(t *testing.T) {
		require.ErrorIs(t, w.k.AfterSubnetCreated(w.ctx, netuid, w.rich(1), token), types.ErrPoolExists)
	})
	t.Run("not-too-small", func(t *testing.T) {
		require.ErrorIs(t, w.k.AfterSubnetCreated(w.ctx, 2, w.rich(1), 999_999), types.ErrLiquidity)
	})
	t.Run("not-unpaid", func(t *testing.T) {
		require.ErrorIs(t, w.k.AfterSubnetCreated(w.ctx, 2, keepertest.Account(77), token), sdkerrors.ErrInsufficientFunds)
	})
}

func TestTheFeeOfAPoolIsThatOfItsBirth(t *testing.T) {
	w := newWorld(t)
	first := w.create(100)
	p := types.DefaultParams()
	p.FeeBps = 300
	_, err := w.msgs.UpdateParams(w.ctx, &types.MsgUpdateParams{Authority: w.Authority, Params: p})
	require.NoError(t, err)
	require.Equal(t, p, lastEvent[*types.EventParamsUpdated](w).Params)
	second := w.create(100)
	require.Equal(t, uint32(5), w.pool(first).FeeBps)
	require.Equal(t, uint32(300), w.pool(second).FeeBps)

	_, err = w.msgs.UpdateParams(w.ctx, &types.MsgUpdateParams{Authority: keepertest.Account(1).String(), Params: p})
	require.ErrorIs(t, err, govtypes.ErrInvalidSigner)
	p.MinStake = 0
	_, err = w.msgs.UpdateParams(w.ctx, &types.MsgUpdateParams{Authority: w.Authority, Params: p})
	require.ErrorIs(t, err, types.ErrInvalidParams)
}

func TestBuyingAndSellingStake(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	hotkey, alice := keepertest.Account(50), w.rich(1)
	w.register(netuid, hotkey, keepertest.Account(51))

	// 10 AGON less 0.05 % into 100 : 100 gives 100*9.995/109.995.
	got := w.add(alice, hotkey, netuid, params.Agon(10))
	require.Equal(t, uint64(9_086_776_671), got)
	require.Equal(t, 990*token, w.balance(alice, types.AgonDenom))
	p := w.pool(netuid)
	require.Equal(t, 110*token, p.Agon, "the fee stays in the pool")
	require.Equal(t, 100*token-got, p.Alpha)
	require.Equal(t, []uint64{got}, w.column(netuid))
	require.Equal(t, &types.EventStakeAdded{
		Owner: alice.String(), Hotkey: hotkey.String(), Netuid: 1, Agon: 10 * token, Alpha: got, Fee: 5_000_000,
	}, lastEvent[*types.EventStakeAdded](w))
	w.sound(alice)

	res := w.remove(types.MsgRemoveStake{Owner: alice.String(), Hotkey: hotkey.String(), Netuid: netuid, Alpha: token})
	require.Equal(t, token, res.Alpha)
	require.Equal(t, uint64(500_000), res.Fee)
	require.Equal(t, 990*token+res.Agon, w.balance(alice, types.AgonDenom))
	require.Equal(t, []uint64{got - token}, w.column(netuid))

	kept := w.all(alice, hotkey, netuid)
	require.Equal(t, got-token, kept)
	require.Equal(t, kept, w.balance(alice, "alpha/1"))
	require.Equal(t, []uint64{0}, w.column(netuid))
	require.Zero(t, lastEvent[*types.EventStakeRemoved](w).Agon)
	has, err := w.k.HotkeyStakes.Has(w.ctx, joined(netuid, hotkey))
	require.NoError(t, err)
	require.False(t, has, "nothing is left to store")

	// What was withdrawn is an ordinary coin: it can be sent, and staked by another.
	bob := keepertest.Account(2)
	require.NoError(t, w.Bank.SendCoins(w.ctx, alice, bob, sdk.NewCoins(types.Alpha(netuid, kept))))
	require.Equal(t, kept, w.add(bob, hotkey, netuid, types.Alpha(netuid, kept)))
	w.sound(alice, bob)
}

func TestAddStakeRefuses(t *testing.T) {
	w := newWorld(t)
	netuid, other := w.create(100), w.create(100)
	hotkey, alice := keepertest.Account(50), w.rich(1)
	w.register(netuid, hotkey, keepertest.Account(51))
	require.NoError(t, w.k.PayToken(w.ctx, other, alice, 5*token))
	good := types.MsgAddStake{Owner: alice.String(), Hotkey: hotkey.String(), Netuid: netuid, Amount: params.Agon(10)}
	for name, c := range map[string]struct {
		change func(m *types.MsgAddStake)
		want   error
		says   string
	}{
		"a-hotkey-without-uid":     {func(m *types.MsgAddStake) { m.Hotkey = keepertest.Account(9).String() }, subnettypes.ErrNotRegistered, "in netuid 1"},
		"a-subnet-without-pool":    {func(m *types.MsgAddStake) { m.Netuid = 9 }, types.ErrPoolNotFound, "netuid 9"},
		"another-subnets-token":    {func(m *types.MsgAddStake) { m.Amount = types.Alpha(other, token) }, types.ErrInvalidDenom, "alpha/2"},
		"too-little":               {func(m *types.MsgAddStake) { m.Amount = types.Agon(999_999) }, types.ErrBelowMinimum, "at least 1000000"},
		"nothing":                  {func(m *types.MsgAddStake) { m.Amount = types.Agon(0) }, types.ErrBelowMinimum, "0nagon"},
		"no-amount":                {func(m *types.MsgAddStake) { m.Amount = sdk.Coin{} }, types.ErrInvalidAmount, "amount"},
		"a-negative-amount":        {func(m *types.MsgAddStake) { m.Amount.Amount = math.NewInt(-1) }, types.ErrInvalidAmount, "negative"},
		"more-than-64-bits":        {func(m *types.MsgAddStake) { m.Amount.Amount = math.NewIntWithDecimal(1, 30) }, types.ErrInvalidAmount, "at most"},
		"slippage":                 {func(m *types.MsgAddStake) { m.MinAlpha = 9_086_776_672 }, types.ErrSlippage, "would give 9086776671, below the limit of 9086776672"},
		"more-than-there-is":       {func(m *types.MsgAddStake) { m.Amount = params.Agon(1_001) }, sdkerrors.ErrInsufficientFunds, ""},
		"what-empties-the-reserve": {func(m *types.MsgAddStake) { m.Amount.Amount = math.NewIntFromUint64(types.MaxAlpha) }, types.ErrLiquidity, "would leave a reserve"},
		"no-owner":                 {func(m *types.MsgAddStake) { m.Owner = "alice" }, sdkerrors.ErrInvalidAddress, "owner"},
		"no-hotkey":                {func(m *types.MsgAddStake) { m.Hotkey = "" }, sdkerrors.ErrInvalidAddress, "hotkey"},
	} {
		t.Run(name, func(t *testing.T) {
			m := good
			c.change(&m)
			ctx, _ := w.ctx.CacheContext()
			_, err := w.msgs.AddStake(ctx, &m)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestRemoveStakeRefuses(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	hotkey, alice := keepertest.Account(50), w.rich(1)
	w.register(netuid, hotkey, keepertest.Account(51))
	got := w.add(alice, hotkey, netuid, params.Agon(10))
	good := types.MsgRemoveStake{Owner: alice.String(), Hotkey: hotkey.String(), Netuid: netuid, Alpha: token}
	for name, c := range map[string]struct {
		change func(m *types.MsgRemoveStake)
		want   error
		says   string
	}{
		"another-owner":          {func(m *types.MsgRemoveStake) { m.Owner = keepertest.Account(9).String() }, types.ErrNoPosition, "positions"},
		"the-hotkeys-owner":      {func(m *types.MsgRemoveStake) { m.Owner = keepertest.Account(51).String() }, types.ErrNoPosition, "nothing"},
		"more-than-the-position": {func(m *types.MsgRemoveStake) { m.Alpha = got + 1 }, types.ErrInsufficientStake, "give 0"},
		"slippage":               {func(m *types.MsgRemoveStake) { m.MinAgon = 2 * token }, types.ErrSlippage, "below the limit of 2000000000"},
		"a-limit-without-a-sale": {func(m *types.MsgRemoveStake) { m.KeepToken, m.MinAgon = true, 1 }, types.ErrInvalidAmount, "min_agon"},
		"a-sale-of-nothing":      {func(m *types.MsgRemoveStake) { m.Alpha = 1 }, types.ErrInvalidAmount, "buys nothing"},
		"no-pool":                {func(m *types.MsgRemoveStake) { m.Netuid = 9 }, types.ErrPoolNotFound, "netuid 9"},
	} {
		t.Run(name, func(t *testing.T) {
			m := good
			c.change(&m)
			ctx, _ := w.ctx.CacheContext()
			_, err := w.msgs.RemoveStake(ctx, &m)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestDustIsPaidWithTheRest(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	hotkey, alice, bob := keepertest.Account(50), w.rich(1), w.rich(2)
	w.register(netuid, hotkey, keepertest.Account(51))
	w.stakeToken(bob, hotkey, netuid, token)
	w.stakeToken(alice, hotkey, netuid, token)
	m := types.MsgRemoveStake{Owner: alice.String(), Hotkey: hotkey.String(), Netuid: netuid, Alpha: token - types.DustAlpha, KeepToken: true}
	ctx, _ := w.ctx.CacheContext()
	res, err := w.msgs.RemoveStake(ctx, &m)
	require.NoError(t, err)
	require.Equal(t, m.Alpha, res.Alpha, "what is left is not dust")
	m.Alpha++
	require.Equal(t, token, w.remove(m).Alpha)
	has, err := w.k.Positions.Has(w.ctx, joined3(alice, netuid, hotkey))
	require.NoError(t, err)
	require.False(t, has)
	w.sound(alice, bob)
}

func TestHooksRunBeforeTheReservesAreRead(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	hotkey, alice := keepertest.Account(50), w.rich(1)
	w.register(netuid, hotkey, keepertest.Account(51))
	w.hook.agon = 50 * token
	quote, err := w.queries().Quote(w.ctx, &types.QueryQuoteRequest{Netuid: netuid, Amount: "10000000000nagon"})
	require.NoError(t, err)
	require.Equal(t, 100*token, w.pool(netuid).Agon, "a quote changes nothing")

	got := w.add(alice, hotkey, netuid, params.Agon(10))
	require.Equal(t, quote.Out, types.Alpha(netuid, got), "a quote says what the trade then brings")
	require.Equal(t, 160*token, w.pool(netuid).Agon)
	calls := w.hook.called
	w.all(alice, hotkey, netuid)
	w.add(alice, hotkey, netuid, types.Alpha(netuid, got))
	require.Equal(t, calls, w.hook.called, "without a trade there is nothing to settle before")
	w.remove(types.MsgRemoveStake{Owner: alice.String(), Hotkey: hotkey.String(), Netuid: netuid})
	require.Equal(t, calls+1, w.hook.called)
	w.sound(alice)
	require.Panics(t, func() { w.k.SetHooks(w.hook) })
}

func TestInject(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	agon, alpha, err := w.k.Inject(w.ctx, netuid, emission, 10*token, 4*token)
	require.NoError(t, err)
	require.Equal(t, []uint64{10 * token, 4 * token}, []uint64{agon, alpha}, "alpha stops at its cap")
	require.Equal(t, 110*token, w.pool(netuid).Agon)
	require.Equal(t, 104*token, w.pool(netuid).Alpha)
	agon, alpha, err = w.k.Inject(w.ctx, netuid, emission, 0, token)
	require.NoError(t, err)
	require.Zero(t, agon+alpha)
	_, _, err = w.k.Inject(w.ctx, 7, emission, 1, 1)
	require.ErrorIs(t, err, types.ErrPoolNotFound)
	_, _, err = w.k.Inject(w.ctx, netuid, emission, types.MaxAlpha, 1)
	require.ErrorIs(t, err, types.ErrOverflow)
	w.sound()
}

func TestPriceCumulativeIsTheSumOverBlocks(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	hotkey, alice := keepertest.Account(50), w.rich(1)
	w.register(netuid, hotkey, keepertest.Account(51))
	want := wide.U128{}
	for height := int64(10); height < 60; height++ {
		w.ctx = w.ctx.WithBlockHeight(height)
		got, err := w.k.PriceCumulative(w.ctx, netuid)
		require.NoError(t, err)
		require.Equal(t, want, got, "height %d", height)
		if height%7 == 0 {
			w.add(alice, hotkey, netuid, params.Agon(1))
			w.add(alice, hotkey, netuid, params.Agon(2))
		}
		want, _ = want.Add(wide.From64(w.pool(netuid).Reserves().PriceQ32())) // what the block ends with
	}
	before := w.pool(netuid)
	w.ctx = w.ctx.WithBlockHeight(3) // a chain started anew
	w.add(alice, hotkey, netuid, params.Agon(1))
	require.Equal(t, before.PriceCumulative, w.pool(netuid).PriceCumulative)
	require.Equal(t, int64(3), w.pool(netuid).PriceBlock)
}

// Whoever buys and sells again, with others' trades in between or without, has no more than before.
func TestNobodyGainsByARoundTrip(t *testing.T) {
	for _, fee := range []uint32{0, 5, 300} {
		for _, amount := range []uint64{1_000_000, 999_999_937, 10 * token, 900 * token} {
			w := newWorld(t)
			p := types.DefaultParams()
			p.FeeBps = fee
			require.NoError(t, w.k.Params.Set(w.ctx, p))
			netuid := w.create(100)
			hotkey, alice, bob := keepertest.Account(50), w.rich(1), w.rich(2)
			w.register(netuid, hotkey, keepertest.Account(51))
			w.add(bob, hotkey, netuid, params.Agon(3))
			for range 5 {
				before := w.balance(alice, types.AgonDenom)
				w.add(alice, hotkey, netuid, types.Agon(min(amount, before)))
				w.remove(types.MsgRemoveStake{Owner: alice.String(), Hotkey: hotkey.String(), Netuid: netuid})
				require.LessOrEqual(t, w.balance(alice, types.AgonDenom), before, "fee %d, amount %d", fee, amount)
			}
			w.sound(alice, bob)
		}
	}
}
