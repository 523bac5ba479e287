package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/emission/types"
	"github.com/agon-chain/agon/x/scoring/yuma"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// An epoch pays what the token emitted, to the last unit, whatever the shares are: here sevenths, elevenths and thirteenths.
func TestPayoutIsExact(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := m.CreateSubnet(rules())
	for n := range 9 {
		m.Register(netuid, n)
	}
	m.StakeToken(netuid, 7, 7_000_001)
	m.StakeToken(netuid, 8, 11_000_003)
	epoch(m, t, netuid) // permits
	for round := range uint32(4) {
		judge(m, t, netuid, 7, 7+round, 11, 13, 17, 1)
		judge(m, t, netuid, 8, 11, 13, 17+round, 19, 3)
		e, err := m.Scoring.EpochOf(m.Ctx, netuid)
		require.NoError(t, err)
		m.To(e.DueAt)
		supplyBefore := m.Stake.AlphaSupply(m.Ctx, netuid)
		ownerBefore := balance(m, markettest.Creator(), staketypes.AlphaDenom(netuid))
		stakeBefore, err := m.Stake.StakeColumn(m.Ctx, netuid)
		require.NoError(t, err)
		m.EndEpochs()
		events := m.Ctx.EventManager().Events()

		pending := 10 * agon
		if round > 0 {
			require.Len(t, markettest.Events[*types.EventPoolInjected](events), 1)
		}
		var injected uint64
		for _, i := range markettest.Events[*types.EventPoolInjected](events) {
			injected += i.Alpha
		}
		paid := markettest.Events[*types.EventEpochPaid](events)
		require.Len(t, paid, 1)
		require.Equal(t, pending, paid[0].Alpha)
		require.Equal(t, pending*18/100, paid[0].Owner)
		require.Equal(t, pending, paid[0].Owner+paid[0].Incentive+paid[0].Dividends)
		require.InDelta(t, float64(paid[0].Incentive), float64(paid[0].Dividends), 100, "half to those judged, half to those who judge")
		require.Equal(t, supplyBefore+injected+pending, m.Stake.AlphaSupply(m.Ctx, netuid), "what was minted is what was paid")
		require.Equal(t, ownerBefore+paid[0].Owner, balance(m, markettest.Creator(), staketypes.AlphaDenom(netuid)))

		gs, err := m.Scoring.ExportGenesis(m.Ctx)
		require.NoError(t, err)
		stake, err := m.Stake.StakeColumn(m.Ctx, netuid)
		require.NoError(t, err)
		var sum uint64
		for uid, alpha := range gs.Columns[0].Emission {
			require.Equal(t, stakeBefore[uid]+alpha, stake[uid], "what uid %d was paid counts as its stake", uid)
			sum += alpha
		}
		require.Equal(t, paid[0].Incentive+paid[0].Dividends, sum)
		m.CheckInvariants()
		m.Begin()
	}
}

// Shares as no epoch would ever give them are paid to the last unit all the same.
func TestPayoutOfAwkwardShares(t *testing.T) {
	const one = int64(1) << 32
	for name, out := range map[string]yuma.Output{
		"all-to-one":          {ServerShare: []int64{0, 0, 0}, ValidatorShare: []int64{0, 0, one}},
		"sum-below-one":       {ServerShare: []int64{1, 1, 1}, ValidatorShare: []int64{1, 1, 2}},
		"sum-above-one":       {ServerShare: []int64{one, one, one}, ValidatorShare: []int64{one, one, one - 1}},
		"thirds":              {ServerShare: []int64{one / 3, one / 3, one / 3}, ValidatorShare: []int64{0, 0, 0}},
		"negative-is-nothing": {ServerShare: []int64{-one, 5, 0}, ValidatorShare: []int64{0, 0, 7}},
	} {
		t.Run(name, func(t *testing.T) {
			m := markettest.New(t, markettest.Config{})
			netuid := open(m, t, 3)
			m.At(m.Ctx.BlockHeight() + 7)
			before := m.Stake.AlphaSupply(m.Ctx, netuid)
			paid, err := m.Emission.PayEpoch(m.Ctx, netuid, []uint32{10_000}, []*yuma.Output{&out})
			require.NoError(t, err)
			var sum uint64
			for uid, alpha := range paid[0] {
				sum += alpha
				if out.ServerShare[uid] <= 0 && out.ValidatorShare[uid] <= 0 {
					require.Zero(t, alpha)
				}
			}
			require.Equal(t, 7*agon*82/100, sum)
			require.Equal(t, before+7*agon, m.Stake.AlphaSupply(m.Ctx, netuid))
			m.CheckInvariants()
		})
	}
}

// Where nobody judged, the token of those blocks is never minted; the next epoch pays for its own blocks alone.
func TestForfeitedEpochMintsNothing(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := open(m, t, 3)
	before := m.Stake.AlphaSupply(m.Ctx, netuid)
	events := epoch(m, t, netuid)
	first := markettest.Events[*types.EventEpochForfeited](events)
	require.Equal(t, types.EventEpochForfeited{Netuid: netuid, Alpha: 11 * agon}, *first[0], "10 blocks and 1 by netuid")
	require.Empty(t, markettest.Events[*types.EventEpochPaid](events))
	require.Equal(t, before, m.Stake.AlphaSupply(m.Ctx, netuid))
	require.Zero(t, balance(m, markettest.Creator(), staketypes.AlphaDenom(netuid)), "the owner gets no cut of it either")

	judge(m, t, netuid, 2, 1, 1)
	require.Equal(t, agon, subnet(m, t, netuid).PendingAlpha, "of the one block since")
	paid := markettest.Events[*types.EventEpochPaid](epoch(m, t, netuid))
	require.Equal(t, 10*agon, paid[0].Alpha)
}

// Halving is each token's own: by its own supply.
func TestTokenEmissionHalvesByItsSupply(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := open(m, t, 3)
	epoch(m, t, netuid)
	require.NoError(t, m.Stake.PayToken(m.Ctx, netuid, markettest.Owner(0), curve.Cap/2-m.Stake.AlphaSupply(m.Ctx, netuid)))
	judge(m, t, netuid, 2, 1, 1)
	paid := markettest.Events[*types.EventEpochPaid](epoch(m, t, netuid))
	require.Equal(t, 10*agon/2, paid[0].Alpha)
}

// A subnet that burns three tenths of its miners' emission mints seven tenths of each miner's part, rounded down, and everything of
// the rest; its weight falls by the same part, and rises again with the epoch that burns nothing.
func TestBurnedMinerEmissionIsNeverMinted(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := open(m, t, 4)
	other := open(m, t, 3)
	epoch(m, t, netuid) // permits
	average := func() uint64 { return curve.Q32(subnet(m, t, netuid).Emission.PriceAverage) }
	for round, bps := range []uint32{0, 3_000, 3_333, 10_000, 0} {
		m.UpdateHyperparams(netuid, func(h *subnettypes.Hyperparams) { h.MinerBurnBps = bps })
		judge(m, t, netuid, 3, 7, 11, 13)
		e, err := m.Scoring.EpochOf(m.Ctx, netuid)
		require.NoError(t, err)
		m.To(e.DueAt)
		parts, err := m.Emission.EpochEmission(m.Ctx, netuid, e.MechanismSplit)
		require.NoError(t, err)
		emission := parts[0]
		stake, err := m.Stake.StakeColumn(m.Ctx, netuid)
		require.NoError(t, err)
		earned, err := m.Subnet.Earned(m.Ctx, netuid)
		require.NoError(t, err)
		before := m.Stake.AlphaSupply(m.Ctx, netuid)
		m.EndEpochs()
		events := m.Ctx.EventManager().Events()
		for _, i := range markettest.Events[*types.EventPoolInjected](events) {
			if i.Netuid == netuid {
				before += i.Alpha
			}
		}
		paid := markettest.Events[*types.EventEpochPaid](events)
		require.Len(t, paid, 1, "round %d", round)
		p := paid[0]
		require.Equal(t, p.Alpha, p.Owner+p.Incentive+p.Dividends)
		require.Equal(t, before+p.Alpha, m.Stake.AlphaSupply(m.Ctx, netuid), "what was minted is what was paid")
		require.Equal(t, emission, p.Incentive+p.Dividends+p.Burned)
		whole := p.Incentive + p.Burned
		require.LessOrEqual(t, p.Incentive, whole*uint64(10_000-bps)/10_000)
		require.Less(t, whole*uint64(10_000-bps)/10_000-p.Incentive, uint64(3), "less than a unit for each miner")
		now, err := m.Subnet.Earned(m.Ctx, netuid)
		require.NoError(t, err)
		after, err := m.Stake.StakeColumn(m.Ctx, netuid)
		require.NoError(t, err)
		for uid := range 3 {
			require.Equal(t, after[uid]-stake[uid], now[uid]-earned[uid], "what is credited is what was earned")
		}
		s := subnet(m, t, netuid)
		require.Equal(t, bps, s.Emission.MinerBurnBps)
		require.Equal(t, average()*uint64(10_000-bps)/10_000, s.Emission.Weight)
		require.Equal(t, bps == 10_000, s.BlockAgon == 0)
		m.Begin()
		m.CheckInvariants()
	}
	require.NotZero(t, subnet(m, t, other).Emission.Weight)
}

// The target of a neuron's collateral is fixed at the mean price of the last epoch, 1 AGON before the first one: not at the price that
// somebody makes for one transaction.
func TestCollateralTargetFollowsTheMeanPrice(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := open(m, t, 3)
	target := func(n int) types.SubnetEmission {
		uid := m.Register(netuid, n)
		c, err := m.Subnet.CollateralOf(m.Ctx, netuid, uid)
		require.NoError(t, err)
		s := subnet(m, t, netuid).Emission
		require.EqualValues(t, 500, c.Amount)
		require.Equal(t, subnettypes.CollateralTarget(c.Amount, s.PriceMean, c.VestsBps), c.Target)
		return s
	}
	require.Equal(t, curve.OneQ32, target(10).PriceMean)
	m.Buy(netuid, 2, int64(100*agon))
	require.Equal(t, curve.OneQ32, target(11).PriceMean, "the price of a moment does not count")
	epoch(m, t, netuid)
	require.Greater(t, target(12).PriceMean, curve.OneQ32)
}
