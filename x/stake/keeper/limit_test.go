package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/stake/types"
)

const nano = 1_000_000_000 // parts of a price

func TestPartialPurchaseStopsAtTheLimit(t *testing.T) {
	f := newFlows(t)
	agon, cost := f.balance(f.alice, types.AgonDenom), f.position(f.alice, f.hot, f.first).Cost
	m := types.MsgAddStake{
		Owner: f.alice.String(), Hotkey: f.hot.String(), Netuid: f.first, Amount: params.Agon(100), LimitPrice: "1.5", AllowPartial: true,
	}
	limit := uint64(1.5 * nano)
	require.Negative(t, f.pool(f.first).Reserves().ComparePrice(limit))
	res, err := f.msgs.AddStake(f.ctx, &m)
	require.NoError(t, err)
	require.Equal(t, agon-res.Agon, f.balance(f.alice, types.AgonDenom), "the rest was never taken")
	require.Equal(t, cost+res.Agon, f.position(f.alice, f.hot, f.first).Cost)
	require.Equal(t, res.Agon, lastEvent[*types.EventStakeAdded](f.world).Agon)
	require.Less(t, res.Agon, 100*token)
	require.LessOrEqual(t, f.pool(f.first).Reserves().ComparePrice(limit), 0)
	require.Positive(t, f.pool(f.first).Reserves().ComparePrice(limit-10), "to within a few parts of 10^9")
	f.sound(f.alice, f.bob, f.own)

	// At the limit, what is left to spend is below min_stake or nothing.
	branch, _ := f.ctx.CacheContext()
	_, err = f.msgs.AddStake(branch, &m)
	require.Condition(t, func() bool { return types.ErrSlippage.Is(err) || types.ErrBelowMinimum.Is(err) }, "%v", err)
	m.LimitPrice = "1.499"
	_, err = f.msgs.AddStake(branch, &m)
	require.ErrorIs(t, err, types.ErrSlippage)
	require.ErrorContains(t, err, "limit_price is 1.499000000, the pool is at 1.4999999")
}

func TestPartialSaleStopsAtTheLimit(t *testing.T) {
	f := newFlows(t)
	had, agon := f.staked(f.alice, f.hot, f.first), f.balance(f.alice, types.AgonDenom)
	m := types.MsgRemoveStake{
		Owner: f.alice.String(), Hotkey: f.hot.String(), Netuid: f.first, LimitPrice: "1.1", AllowPartial: true,
	}
	limit := uint64(1.1 * nano)
	res, err := f.msgs.RemoveStake(f.ctx, &m)
	require.NoError(t, err)
	require.Less(t, res.Alpha, had)
	require.Equal(t, agon+res.Agon, f.balance(f.alice, types.AgonDenom))
	require.Equal(t, had-res.Alpha, f.staked(f.alice, f.hot, f.first))
	require.GreaterOrEqual(t, f.pool(f.first).Reserves().ComparePrice(limit), 0)
	require.Negative(t, f.pool(f.first).Reserves().ComparePrice(limit+10))
	f.sound(f.alice, f.bob, f.own)

	// What is sold never leaves dust.
	m.LimitPrice, m.AllowPartial = "0.000000001", true
	f.remove(types.MsgRemoveStake{Owner: f.alice.String(), Hotkey: f.hot.String(), Netuid: f.first, Alpha: had - res.Alpha - token})
	res, err = f.msgs.RemoveStake(f.ctx, &m)
	require.NoError(t, err)
	require.Equal(t, token, res.Alpha, "a limit far away is none")
	f.sound(f.alice, f.bob, f.own)
}

// Whatever the limit, a sale by parts leaves nothing or at least dust behind.
func TestPartialSalesLeaveNoDust(t *testing.T) {
	f := newFlows(t)
	f.remove(types.MsgRemoveStake{Owner: f.alice.String(), Hotkey: f.hot.String(), Netuid: f.first, Alpha: f.got - 1_500, KeepToken: true})
	cut := 0
	for price := uint64(1_209_944_000); price < 1_209_945_200; price += 3 {
		branch, _ := f.ctx.CacheContext()
		res, err := f.msgs.RemoveStake(branch, &types.MsgRemoveStake{
			Owner: f.alice.String(), Hotkey: f.hot.String(), Netuid: f.first, LimitPrice: types.FormatPrice(price), AllowPartial: true,
		})
		if err != nil {
			require.Condition(t, func() bool { return types.ErrSlippage.Is(err) || types.ErrInvalidAmount.Is(err) }, "%v", err)
			continue
		}
		if res.Alpha != 1_500 {
			cut++
			require.LessOrEqual(t, res.Alpha, uint64(500))
		}
	}
	require.NotZero(t, cut)
}

func TestLimitsRefuse(t *testing.T) {
	f := newFlows(t)
	require.NoError(t, f.k.PayToken(f.ctx, f.first, f.alice, 5*token))
	add := types.MsgAddStake{Owner: f.alice.String(), Hotkey: f.hot.String(), Netuid: f.first, Amount: params.Agon(100), LimitPrice: "1.5"}
	remove := types.MsgRemoveStake{Owner: f.alice.String(), Hotkey: f.hot.String(), Netuid: f.first, LimitPrice: "1.1"}
	for name, c := range map[string]struct {
		do   func(a types.MsgAddStake, r types.MsgRemoveStake) error
		want error
		says string
	}{
		"all-or-nothing-purchase": {func(a types.MsgAddStake, _ types.MsgRemoveStake) error {
			return f.tryAdd(a)
		}, types.ErrSlippage, "set allow_partial"},
		"all-or-nothing-sale": {func(_ types.MsgAddStake, r types.MsgRemoveStake) error {
			return f.tryRemove(r)
		}, types.ErrSlippage, "set allow_partial"},
		"no-price-to-buy-to": {func(a types.MsgAddStake, _ types.MsgRemoveStake) error {
			a.LimitPrice, a.AllowPartial = "", true
			return f.tryAdd(a)
		}, types.ErrInvalidPrice, "allow_partial without limit_price"},
		"no-price-to-sell-to": {func(_ types.MsgAddStake, r types.MsgRemoveStake) error {
			r.LimitPrice, r.AllowPartial = "", true
			return f.tryRemove(r)
		}, types.ErrInvalidPrice, "allow_partial without limit_price"},
		"no-number": {func(a types.MsgAddStake, _ types.MsgRemoveStake) error {
			a.LimitPrice = "cheap"
			return f.tryAdd(a)
		}, types.ErrInvalidPrice, "limit_price"},
		"a-limit-without-a-purchase": {func(a types.MsgAddStake, _ types.MsgRemoveStake) error {
			a.Amount = types.Alpha(f.first, token)
			return f.tryAdd(a)
		}, types.ErrInvalidPrice, "without a trade"},
		"a-limit-without-a-sale": {func(_ types.MsgAddStake, r types.MsgRemoveStake) error {
			r.KeepToken = true
			return f.tryRemove(r)
		}, types.ErrInvalidAmount, "limit_price 1.1"},
		"a-limit-below-the-price": {func(a types.MsgAddStake, _ types.MsgRemoveStake) error {
			a.LimitPrice, a.AllowPartial = "1.2", true
			return f.tryAdd(a)
		}, types.ErrSlippage, "the pool is at 1.209944999"},
		"a-limit-above-the-price": {func(_ types.MsgAddStake, r types.MsgRemoveStake) error {
			r.LimitPrice, r.AllowPartial = "1.3", true
			return f.tryRemove(r)
		}, types.ErrSlippage, "the pool is at 1.209944999"},
		"min-alpha-holds-for-a-part": {func(a types.MsgAddStake, _ types.MsgRemoveStake) error {
			a.AllowPartial, a.MinAlpha = true, 50*token
			return f.tryAdd(a)
		}, types.ErrSlippage, "below the limit of 50000000000"},
		"min-agon-holds-for-a-part": {func(_ types.MsgAddStake, r types.MsgRemoveStake) error {
			r.AllowPartial, r.MinAgon = true, 50*token
			return f.tryRemove(r)
		}, types.ErrSlippage, "below the limit of 50000000000"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.do(add, remove)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.says)
		})
	}
	add.LimitPrice, remove.LimitPrice = "4.5", "0.9"
	require.NoError(t, f.tryAdd(add), "within the limit all is spent")
	require.NoError(t, f.tryRemove(remove))
}

func (f *flows) tryAdd(m types.MsgAddStake) error {
	ctx, _ := f.ctx.CacheContext()
	_, err := f.msgs.AddStake(ctx, &m)
	return err
}

func (f *flows) tryRemove(m types.MsgRemoveStake) error {
	ctx, _ := f.ctx.CacheContext()
	_, err := f.msgs.RemoveStake(ctx, &m)
	return err
}
