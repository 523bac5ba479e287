package keeper_test

import (
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/app/params"
	scoringkeeper "github.com/agon-chain/agon/x/scoring/keeper"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	stakekeeper "github.com/agon-chain/agon/x/stake/keeper"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// setParams changes the parameters of x/subnet as governance does.
func setParams(m *markettest.Market, t testing.TB, change func(*subnettypes.Params)) {
	t.Helper()
	p, err := m.Subnet.Params(m.Ctx)
	require.NoError(t, err)
	change(&p)
	_, err = subnetkeeper.NewMsgServer(m.Subnet).UpdateParams(m.Ctx, &subnettypes.MsgUpdateParams{Authority: m.Authority, Params: p})
	require.NoError(t, err)
}

func dissolve(m *markettest.Market, netuid uint32) error {
	return m.Tx(func(ctx sdk.Context) error {
		_, err := subnetkeeper.NewMsgServer(m.Subnet).DissolveSubnet(ctx, &subnettypes.MsgDissolveSubnet{Owner: markettest.Creator().String(), Netuid: netuid})
		return err
	})
}

func TestNothingIsPaidBeforeTheStart(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	setParams(m, t, func(p *subnettypes.Params) { p.StartDelay = 30 })
	netuid := m.CreateWaitingSubnet(rules())
	m.Register(netuid, 0)
	m.Register(netuid, 1)
	m.Buy(netuid, 1, 5_000_000_000)
	start := func() error {
		_, err := subnetkeeper.NewMsgServer(m.Subnet).StartSubnet(m.Ctx, &subnettypes.MsgStartSubnet{Owner: markettest.Creator().String(), Netuid: netuid})
		return err
	}
	require.ErrorIs(t, start(), subnettypes.ErrStartTooSoon)
	_, err := scoringkeeper.NewMsgServer(m.Scoring).SetWeights(m.Ctx, &scoringtypes.MsgSetWeights{
		Hotkey: markettest.Hotkey(1).String(), Netuid: netuid, Weights: []scoringtypes.Weight{{Uid: 0, Value: 1}},
	})
	require.ErrorIs(t, err, scoringtypes.ErrNotStarted)
	m.To(31)
	require.Zero(t, subnet(m, t, netuid).PendingAlpha)
	require.Zero(t, ledger(m, t).TotalWeight)
	require.NoError(t, start())
	require.ErrorIs(t, start(), subnettypes.ErrAlreadyStarted)
	e, err := m.Scoring.EpochOf(m.Ctx, netuid)
	require.NoError(t, err)
	require.Equal(t, int64(31+10+1), e.DueAt)
	judge(m, t, netuid, 1, 1)
	epoch(m, t, netuid)
	require.NotZero(t, ledger(m, t).TotalWeight)
}

// Whoever comes when: all are paid pro rata, to a unit for each redemption before, and the pot is empty in the end.
func TestDissolvedSubnetPaysAllHoldersAlike(t *testing.T) {
	for seed := range int64(8) {
		m := markettest.New(t, markettest.Config{})
		netuid := open(m, t, 60)
		m.Next()
		for n := 60; n < 70; n++ {
			m.Register(netuid, n)
		}
		for n := range 10 {
			m.Buy(netuid, n, 1_000_000_000*int64(1+n))
		}
		require.NoError(t, m.Stake.PayToken(m.Ctx, netuid, markettest.Account("coins", 0), 777_777_777))
		judge(m, t, netuid, 59, 1, 2, 3)
		epoch(m, t, netuid)
		judge(m, t, netuid, 59, 3, 2, 1)
		epoch(m, t, netuid) // pays: what has accrued is not settled
		other := open(m, t, 2)
		weight := subnet(m, t, netuid).Emission.Weight
		require.NotZero(t, weight)

		require.NoError(t, dissolve(m, netuid))
		m.CheckInvariants()
		require.ErrorIs(t, dissolve(m, netuid), subnettypes.ErrSubnetDissolved)
		pool, err := stakekeeper.NewQueryServer(m.Stake).Pot(m.Ctx, &staketypes.QueryPotRequest{Netuid: netuid})
		require.NoError(t, err)
		pot, supply := pool.Pot.Agon, pool.AlphaSupply
		require.NotZero(t, pot)
		m.Fund(markettest.Owner(0), sdk.NewInt64Coin(params.BaseDenom, 10_000_000_000))
		_, err = stakekeeper.NewMsgServer(m.Stake).AddStake(m.Ctx, &staketypes.MsgAddStake{
			Owner: markettest.Owner(0).String(), Hotkey: markettest.Hotkey(0).String(), Netuid: netuid, Amount: staketypes.Agon(5_000_000_000),
		})
		require.ErrorIs(t, err, subnettypes.ErrSubnetDissolved)

		holders := []sdk.AccAddress{markettest.Account("coins", 0), markettest.Creator()}
		for n := range 70 {
			holders = append(holders, markettest.Owner(n))
		}
		rng := rand.New(rand.NewSource(seed))
		rng.Shuffle(len(holders), func(i, j int) { holders[i], holders[j] = holders[j], holders[i] })
		var paid, burned, times uint64
		check := func(alpha, agon uint64) {
			share := staketypes.Alpha(netuid, pot).Amount.Mul(staketypes.Alpha(netuid, alpha).Amount).Quo(staketypes.Alpha(netuid, supply).Amount).Uint64()
			require.LessOrEqual(t, agon, share+times+1)
			require.GreaterOrEqual(t, agon+1, share)
			paid, burned, times = paid+agon, burned+alpha, times+1
		}
		for i, holder := range holders {
			if i == 20 {
				m.Next() // some of the neurons are gone
			}
			res, err := stakekeeper.NewQueryServer(m.Stake).Portfolio(m.Ctx, &staketypes.QueryPortfolioRequest{Owner: holder.String()})
			require.NoError(t, err)
			for _, e := range res.Entries {
				if e.Info.Position.Netuid != netuid || e.Info.Alpha == 0 {
					continue
				}
				out, err := stakekeeper.NewMsgServer(m.Stake).RemoveStake(m.Ctx, &staketypes.MsgRemoveStake{
					Owner: holder.String(), Hotkey: e.Info.Position.Hotkey, Netuid: netuid, MinAgon: e.Info.Value,
				})
				require.NoError(t, err)
				require.Equal(t, e.Info.Value, out.Agon)
				check(out.Alpha, out.Agon)
			}
			if balance(m, holder, staketypes.AlphaDenom(netuid)) > 0 {
				out, err := stakekeeper.NewMsgServer(m.Stake).RedeemToken(m.Ctx, &staketypes.MsgRedeemToken{Owner: holder.String(), Netuid: netuid})
				require.NoError(t, err)
				check(out.Alpha, out.Agon)
			}
		}
		m.Next()
		m.Next()
		s, err := m.Subnet.GetSubnet(m.Ctx, netuid)
		require.NoError(t, err)
		require.Zero(t, s.NeuronCount)
		require.Equal(t, pot, paid)
		require.Equal(t, supply, burned)
		_, err = m.Scoring.EpochOf(m.Ctx, netuid)
		require.ErrorIs(t, err, subnettypes.ErrSubnetDissolved)
		judge(m, t, other, 1, 1)
		epoch(m, t, other) // others go on
	}
}

func TestCreationDissolvesTheWeakest(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	setParams(m, t, func(p *subnettypes.Params) { p.MaxSubnets, p.SubnetImmunity = 2, 40 })
	strong := open(m, t, 2)
	weak := m.CreateWaitingSubnet(rules())
	judge(m, t, strong, 1, 1)
	epoch(m, t, strong)
	m.Fund(markettest.Creator(), sdk.NewInt64Coin(params.BaseDenom, 5_000_000_000_000_000))
	create := func() (uint32, error) {
		var netuid uint32
		return netuid, m.Tx(func(ctx sdk.Context) error {
			r, err := subnetkeeper.NewMsgServer(m.Subnet).CreateSubnet(ctx, &subnettypes.MsgCreateSubnet{
				Owner: markettest.Creator().String(), Identity: subnettypes.SubnetIdentity{Name: "test"}, Symbol: "TEST", TaskKind: "langid",
			})
			if err == nil {
				netuid = r.Netuid
			}
			return err
		})
	}
	_, err := create()
	require.ErrorIs(t, err, subnettypes.ErrTooManySubnets)
	require.ErrorIs(t, dissolve(m, strong), subnettypes.ErrSubnetImmune)
	m.To(41)
	_, err = create()
	require.NoError(t, err)
	netuids, err := m.Subnet.Netuids(m.Ctx)
	require.NoError(t, err)
	require.Equal(t, []uint32{strong, 3}, netuids)
	require.NotContains(t, netuids, weak)
	// The new one is immune: the strong one is next.
	_, err = create()
	require.NoError(t, err)
	_, err = create()
	require.ErrorIs(t, err, subnettypes.ErrTooManySubnets)
	m.Next()
}

func TestTrimRemovesTheWeakestAndClosesGaps(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := open(m, t, 8)
	m.Next()
	judge(m, t, netuid, 7, 4, 0, 3, 1, 5, 2, 6)
	epoch(m, t, netuid)
	require.NoError(t, m.Subnet.SetPruningScores(m.Ctx, netuid, []uint16{9, 1, 8, 2, 7, 3, 6, 10}))
	trim := func(target uint32) error {
		_, err := subnetkeeper.NewMsgServer(m.Subnet).TrimNeurons(m.Ctx, &subnettypes.MsgTrimNeurons{Owner: markettest.Creator().String(), Netuid: netuid, MaxNeurons: target})
		return err
	}
	require.ErrorIs(t, trim(8), subnettypes.ErrInvalidTrim)
	column, err := m.Stake.StakeColumn(m.Ctx, netuid)
	require.NoError(t, err)
	require.NoError(t, trim(5)) // 1, 3 and 5 go; 6 and 7 move to 1 and 3
	m.CheckInvariants()
	require.ErrorIs(t, trim(4), subnettypes.ErrTrimTooSoon)
	anew, _ := m.Ctx.CacheContext()
	_, err = subnetkeeper.NewMsgServer(m.Subnet).TrimNeurons(anew.WithBlockHeight(m.Ctx.BlockHeight()-1),
		&subnettypes.MsgTrimNeurons{Owner: markettest.Creator().String(), Netuid: netuid, MaxNeurons: 4})
	require.NotErrorIs(t, err, subnettypes.ErrTrimTooSoon, "a chain that was started anew at a lower height need not wait for the old one's trim")
	hotkeys, err := m.Subnet.Hotkeys(m.Ctx, netuid)
	require.NoError(t, err)
	require.Len(t, hotkeys, 5)
	for uid, n := range []int{0, 6, 2, 7, 4} {
		require.Equal(t, markettest.Hotkey(n), hotkeys[uid])
	}
	after, err := m.Stake.StakeColumn(m.Ctx, netuid)
	require.NoError(t, err)
	require.InDelta(t, column[7], after[3], 2)
	scores, err := m.Subnet.PruningScores(m.Ctx, netuid)
	require.NoError(t, err)
	require.Equal(t, []uint16{9, 6, 8, 10, 7}, scores)
	epoch(m, t, netuid)
	m.Register(netuid, 20) // full again: one is replaced
	epoch(m, t, netuid)
}
