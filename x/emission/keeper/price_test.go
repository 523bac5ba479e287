package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/emission/types"
)

// price is a token's price at the end of the block, with 32 fractional bits.
func price(m *markettest.Market, t testing.TB, netuid uint32) uint64 {
	t.Helper()
	p, err := m.Stake.GetPool(m.Ctx, netuid)
	require.NoError(t, err)
	return p.Reserves().PriceQ32()
}

// The weight is the moving average of the mean over blocks of the price that each block left behind, which counts as twice
// the opening price at most while the average is below it.
func TestWeightFollowsTheTimeWeightedPrice(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := open(m, t, 3)
	halfLife := types.DefaultParams().PriceHalfLife
	var want curve.Q64
	var sum wide.U128
	var blocks uint64
	for range 45 {
		e, err := m.Scoring.EpochOf(m.Ctx, netuid)
		require.NoError(t, err)
		height := m.Ctx.BlockHeight()
		if height%7 == 0 {
			m.Buy(netuid, 2, height*1_000_000_007)
		}
		if height%11 == 0 {
			m.Sell(netuid, 2, 3_000_000_001)
		}
		if height == e.DueAt {
			mean, _, ok := sum.MulDiv(1, wide.From64(blocks))
			require.True(t, ok)
			want = curve.EMA(want, curve.Q64FromQ32(min(mean.Lo, 2*curve.OneQ32)), blocks, halfLife)
			sum, blocks = wide.U128{}, 0
			m.EndEpochs()
			require.Equal(t, want, subnet(m, t, netuid).Emission.PriceAverage, "height %d", height)
			require.Equal(t, curve.Q32(want), subnet(m, t, netuid).Emission.Weight)
			m.CheckInvariants()
		} else {
			m.EndEpochs()
		}
		sum, _ = sum.Add(wide.From64(price(m, t, netuid)))
		blocks++
		m.Begin()
	}
	require.NotZero(t, want.Lo)
}

// One market is left alone; in the other somebody buys at one height and sells at the next, or within one block.
func TestOneBlocksTradeMovesTheWeightByOneBlocksWorth(t *testing.T) {
	const bought = int64(50_000) * int64(agon)
	// run gives the subnet's account after an epoch in which a trade happened, and the price that the trade's block left behind.
	run := func(trade, nextBlock func(m *markettest.Market, netuid uint32)) (types.SubnetEmission, uint64) {
		m := markettest.New(t, markettest.Config{})
		netuid := open(m, t, 3)
		epoch(m, t, netuid)
		m.To(m.Ctx.BlockHeight() + 5)
		trade(m, netuid)
		at := price(m, t, netuid)
		m.Next()
		nextBlock(m, netuid)
		epoch(m, t, netuid)
		return subnet(m, t, netuid).Emission, at
	}
	nothing := func(*markettest.Market, uint32) {}
	buy := func(m *markettest.Market, netuid uint32) { m.Buy(netuid, 2, bought) }
	sell := func(m *markettest.Market, netuid uint32) { m.Sell(netuid, 2, 0) }
	alone, _ := run(nothing, nothing)
	across, spike := run(buy, sell)
	within, _ := run(func(m *markettest.Market, netuid uint32) { buy(m, netuid); sell(m, netuid) }, nothing)
	require.Greater(t, spike, 1000*curve.OneQ32, "the price went up a thousandfold and more")

	// The spike's part of the epoch's 10 blocks is more than a sample can count, so that the whole epoch counts as twice
	// the opening price.
	require.Greater(t, spike/10, 2*curve.OneQ32)
	most := curve.Q32(curve.EMA(curve.Q64{}, curve.Q64FromQ32(2*curve.OneQ32), 10, types.DefaultParams().PriceHalfLife))
	require.LessOrEqual(t, across.Weight-alone.Weight, most)
	require.Greater(t, across.Weight, alone.Weight)
	// Within a block the sale brings no more than it would have at its beginning: who buys and sells leaves most of what he paid in the
	// pool, for good, and the price that it keeps counts as any other.
	require.LessOrEqual(t, within.Weight, across.Weight)
}

func TestInjectionComesBeforeTheTrade(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := open(m, t, 3)
	epoch(m, t, netuid)
	m.To(m.Ctx.BlockHeight() + 3)
	due := subnet(m, t, netuid).PendingAgon
	require.Equal(t, 4*agon*93/100, due+1, "four blocks, rounded down")
	before, err := m.Stake.GetPool(m.Ctx, netuid)
	require.NoError(t, err)
	injected, agonIn, alphaIn, err := before.Reserves().Inject(due, ^uint64(0)>>1)
	require.NoError(t, err)
	_, want, err := injected.Buy(7*agon+3, before.FeeBps, 0)
	require.NoError(t, err)

	m.Ctx = m.Ctx.WithEventManager(sdk.NewEventManager())
	require.Equal(t, want.Out, m.Buy(netuid, 2, 7*int64(agon)+3))
	var order []string
	for _, e := range m.Ctx.EventManager().Events() {
		if e.Type == "agon.emission.v1.EventPoolInjected" || e.Type == "agon.stake.v1.EventStakeAdded" {
			order = append(order, e.Type)
		}
	}
	require.Equal(t, []string{"agon.emission.v1.EventPoolInjected", "agon.stake.v1.EventStakeAdded"}, order)
	got := markettest.Events[*types.EventPoolInjected](m.Ctx.EventManager().Events())[0]
	require.Equal(t, types.EventPoolInjected{Netuid: netuid, Agon: agonIn, Alpha: alphaIn}, *got)
	require.Zero(t, subnet(m, t, netuid).PendingAgon)
	m.Buy(netuid, 2, int64(agon))
	require.Len(t, markettest.Events[*types.EventPoolInjected](m.Ctx.EventManager().Events()), 1, "once a block")
	require.Equal(t, due, ledger(m, t).Subnets)
	require.Equal(t, uint64(1), held(m, types.ModuleName), "the dust of the division stays in the account")
}

// Tokens beside the AGON are at most what the token emits itself, so that a cheap token is not diluted at will.
func TestInjectionMintsNoMoreThanTheTokensEmission(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := open(m, t, 3)
	// A price far below 1: the AGON of a block would match many tokens.
	m.StakeToken(netuid, 2, 10_000*agon)
	m.Sell(netuid, 2, 9_000*agon)
	require.Less(t, price(m, t, netuid), curve.OneQ32/1000)
	epoch(m, t, netuid)
	m.To(m.Ctx.BlockHeight() + 4)
	before := m.Stake.AlphaSupply(m.Ctx, netuid)
	m.Buy(netuid, 2, int64(agon))
	got := markettest.Events[*types.EventPoolInjected](m.Ctx.EventManager().Events())[0]
	require.Equal(t, before+got.Alpha, m.Stake.AlphaSupply(m.Ctx, netuid))
	require.Equal(t, 16*agon, got.Alpha, "as many as it emitted since the subnet was made, 16 blocks ago")
	m.To(m.Ctx.BlockHeight() + 2)
	m.Buy(netuid, 2, int64(agon))
	require.Equal(t, 2*agon, markettest.Events[*types.EventPoolInjected](m.Ctx.EventManager().Events())[0].Alpha, "and since then")
}

// A token of a ten-thousandth of an AGON in a subnet of short epochs moves by less than 2^-32 at a time, and still moves.
func TestCheapTokensGetWeight(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := open(m, t, 3)
	m.StakeToken(netuid, 2, 100_000*agon)
	m.Sell(netuid, 2, 99_000*agon)
	p := price(m, t, netuid)
	require.Less(t, p, curve.OneQ32/100_000)
	epoch(m, t, netuid)
	require.Zero(t, subnet(m, t, netuid).Emission.Weight)
	require.False(t, subnet(m, t, netuid).Emission.PriceAverage.IsZero())
	for range 10 {
		epoch(m, t, netuid)
	}
	require.NotZero(t, subnet(m, t, netuid).Emission.Weight)
}
