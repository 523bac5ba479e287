package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/emission/keeper"
	"github.com/agon-chain/agon/x/emission/types"
	stakekeeper "github.com/agon-chain/agon/x/stake/keeper"
	staketypes "github.com/agon-chain/agon/x/stake/types"
)

// The mean of a price grows with the square of the AGON that moved it, so whoever borrows for one block could buy with a
// large sum what otherwise takes years. However high the price goes, an epoch takes up no more than twice the average.
func TestOneBlocksPriceBuysNoLastingWeight(t *testing.T) {
	weight := func(spike bool) uint64 {
		m := markettest.New(t, markettest.Config{})
		netuid := open(m, t, 3)
		for range 5 {
			epoch(m, t, netuid)
			if spike {
				m.Buy(netuid, 2, 1_000_000*int64(agon))
				require.Greater(t, price(m, t, netuid), 1_000_000*curve.OneQ32)
				m.Next()
				m.Sell(netuid, 2, 0)
			}
		}
		return subnet(m, t, netuid).Emission.Weight
	}
	honest, spiked := weight(false), weight(true)
	require.NotZero(t, honest)
	require.LessOrEqual(t, spiked, 2*honest+1)
}

// A price that stays high is taken up in the end, no faster than the average doubles in a half-life.
func TestWeightGrowsNoFasterThanTwofoldInAHalfLife(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	const halfLife = 100
	require.NoError(t, setHalfLife(m, halfLife))
	netuid := open(m, t, 3)
	m.Buy(netuid, 2, 900*int64(agon))
	high := price(m, t, netuid)
	require.Greater(t, high, 90*curve.OneQ32)
	from := m.Ctx.BlockHeight()
	reached := int64(0)
	for range 90 {
		epoch(m, t, netuid)
		e := subnet(m, t, netuid).Emission
		lives := uint(m.Ctx.BlockHeight()-from)/halfLife + 1
		require.LessOrEqual(t, e.Weight, curve.OneQ32<<lives, "after %d blocks", m.Ctx.BlockHeight()-from)
		if reached == 0 && e.Weight > high/2 {
			reached = m.Ctx.BlockHeight() - from
		}
	}
	require.NotZero(t, reached, "a lasting price counts in full")
	require.Greater(t, reached, int64(5*halfLife))
}

func TestGenesisThatWouldStopTheChainIsRefused(t *testing.T) {
	for name, damage := range map[string]func(gs *types.GenesisState){
		"index-without-room": func(gs *types.GenesisState) { gs.Ledger.Index = wide.U128{Hi: ^uint64(0), Lo: ^uint64(0)} },
		"price-sum-ahead-of-the-pool": func(gs *types.GenesisState) {
			gs.Subnets[0].PriceCumulative = wide.U128{Hi: 1 << 40}
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := busy(t)
			gs, err := m.Emission.ExportGenesis(m.Ctx)
			require.NoError(t, err)
			for i := range gs.Subnets {
				gs.Subnets[i].Index = gs.Ledger.Index
			}
			require.NoError(t, m.Emission.InitGenesis(m.Ctx, gs))
			damage(gs)
			for i := range gs.Subnets {
				gs.Subnets[i].Index = gs.Ledger.Index
			}
			require.ErrorIs(t, m.Emission.InitGenesis(m.Ctx, gs), types.ErrInvalidGenesis)
		})
	}
}

func setHalfLife(m *markettest.Market, blocks uint64) error {
	p := types.DefaultParams()
	p.PriceHalfLife = blocks
	_, err := keeper.NewMsgServer(m.Emission).UpdateParams(m.Ctx, &types.MsgUpdateParams{Authority: m.Authority, Params: p})
	return err
}

// A known limit, kept in view: stake counts when the epoch ends, so who stakes token for the last block alone earns on it
// what a backer of the whole epoch earns, and pays no fee.
func TestDividendsGoToTheStakeOfTheEpochsEnd(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := open(m, t, 3)
	epoch(m, t, netuid)
	const sum = 1_000 * agon
	msgs := stakekeeper.NewMsgServer(m.Stake)
	hotkey := markettest.Hotkey(2).String()
	stake := func(who sdk.AccAddress) {
		require.NoError(t, m.Stake.PayToken(m.Ctx, netuid, who, sum))
		_, err := msgs.AddStake(m.Ctx, &staketypes.MsgAddStake{Owner: who.String(), Hotkey: hotkey, Netuid: netuid, Amount: staketypes.Alpha(netuid, sum)})
		require.NoError(t, err)
	}
	back := func(who sdk.AccAddress) uint64 {
		res, err := msgs.RemoveStake(m.Ctx, &staketypes.MsgRemoveStake{Owner: who.String(), Hotkey: hotkey, Netuid: netuid, KeepToken: true})
		require.NoError(t, err)
		return res.Alpha
	}
	patient, late := markettest.Account("patient", 0), markettest.Account("late", 0)
	stake(patient)
	judge(m, t, netuid, 2, 3, 7)
	e, err := m.Scoring.EpochOf(m.Ctx, netuid)
	require.NoError(t, err)
	m.To(e.DueAt)
	stake(late)
	m.Next()
	gain := back(late)
	require.Greater(t, gain, sum)
	require.InDelta(t, back(patient), gain, 1)
}
