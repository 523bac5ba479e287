package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/app/params"
	crowdfundtypes "github.com/agon-chain/agon/x/crowdfund/types"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	stakekeeper "github.com/agon-chain/agon/x/stake/keeper"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func trim(m *markettest.Market, netuid, target uint32) error {
	return m.Tx(func(ctx sdk.Context) error {
		_, err := subnetkeeper.NewMsgServer(m.Subnet).TrimNeurons(ctx, &subnettypes.MsgTrimNeurons{Owner: markettest.Creator().String(), Netuid: netuid, MaxNeurons: target})
		return err
	})
}

func removeStake(m *markettest.Market, msg staketypes.MsgRemoveStake) (out *staketypes.MsgRemoveStakeResponse, err error) {
	err = m.Tx(func(ctx sdk.Context) error {
		out, err = stakekeeper.NewMsgServer(m.Stake).RemoveStake(ctx, &msg)
		return err
	})
	return out, err
}

func redeem(m *markettest.Market, owner sdk.AccAddress, netuid uint32, alpha, least uint64) (out *staketypes.MsgRedeemTokenResponse, err error) {
	err = m.Tx(func(ctx sdk.Context) error {
		out, err = stakekeeper.NewMsgServer(m.Stake).RedeemToken(ctx, &staketypes.MsgRedeemToken{Owner: owner.String(), Netuid: netuid, Alpha: alpha, MinAgon: least})
		return err
	})
	return out, err
}

// Whose uid is taken away for no fault of its own gets all of the collateral back, and nothing of it is burned; who stays keeps it.
func TestTrimPaysCollateralBack(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := open(m, t, 4)
	m.Next()
	require.NoError(t, m.Subnet.SetPruningScores(m.Ctx, netuid, []uint16{9, 1, 2, 8}))
	var each uint64
	for uid := range uint32(4) {
		c, err := m.Subnet.CollateralOf(m.Ctx, netuid, uid)
		require.NoError(t, err)
		each = c.Held()
		require.NotZero(t, each)
	}
	had, all := held(m, subnettypes.ModuleName), supply(m)
	require.Equal(t, 4*each, had)
	require.NoError(t, trim(m, netuid, 2))
	require.Equal(t, 2*each, held(m, subnettypes.ModuleName))
	require.Equal(t, all, supply(m), "nothing is burned")
	for n, want := range []uint64{0, each, each, 0} {
		require.Equal(t, want, balance(m, markettest.Owner(n), params.BaseDenom), n)
	}
	for _, e := range markettest.Events[*subnettypes.EventCollateralEnded](m.Ctx.EventManager().Events()) {
		require.Equal(t, each, e.Paid)
		require.Zero(t, e.Burned)
	}
	moved, err := m.Subnet.CollateralOf(m.Ctx, netuid, 1)
	require.NoError(t, err)
	require.Equal(t, each, moved.Held(), "it goes along to the new uid")
	m.Next()
}

func TestDissolutionPaysCollateralBack(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid, other := open(m, t, 3), open(m, t, 1)
	require.NotZero(t, other)
	m.Next()
	all := held(m, subnettypes.ModuleName)
	each := all / 4
	require.NoError(t, dissolve(m, netuid))
	require.Equal(t, all, held(m, subnettypes.ModuleName), "the neurons are there still")
	before := supply(m) - ledger(m, t).Minted
	m.Next()
	require.Equal(t, each, held(m, subnettypes.ModuleName), "the other subnet's stays")
	require.Equal(t, before, supply(m)-ledger(m, t).Minted, "nothing is burned")
	for n := range 3 {
		require.Equal(t, each, balance(m, markettest.Owner(n), params.BaseDenom), n)
	}
}

func TestTrimSparesTheImmune(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := open(m, t, 4)
	m.UpdateHyperparams(netuid, func(h *subnettypes.Hyperparams) { h.ImmunityPeriod = 20 })
	m.To(10)
	m.Register(netuid, 4) // immune until 30
	require.ErrorIs(t, trim(m, netuid, 4), subnettypes.ErrTooManyImmune)
	m.To(21)
	require.ErrorIs(t, trim(m, netuid, 0), subnettypes.ErrInvalidTrim)
	m.Register(netuid, 5)
	require.ErrorContains(t, trim(m, netuid, 1), "want at least 2: of 6 neurons 4 are outside immunity", "the bound that would do")
	require.NoError(t, trim(m, netuid, 2))
	hotkeys, err := m.Subnet.Hotkeys(m.Ctx, netuid)
	require.NoError(t, err)
	require.ElementsMatch(t, []sdk.AccAddress{markettest.Hotkey(4), markettest.Hotkey(5)}, hotkeys)
	m.Next()
}

func TestRedemptionRefusals(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := open(m, t, 2)
	holder := markettest.Account("coins", 0)
	require.NoError(t, m.Stake.PayToken(m.Ctx, netuid, holder, 1000))
	_, err := redeem(m, holder, netuid, 0, 0)
	require.ErrorIs(t, err, staketypes.ErrNotDissolved)
	_, err = redeem(m, holder, 7, 0, 0)
	require.ErrorIs(t, err, staketypes.ErrPoolNotFound)
	require.NoError(t, dissolve(m, netuid))
	_, err = redeem(m, markettest.Account("coins", 1), netuid, 0, 0)
	require.ErrorIs(t, err, staketypes.ErrNothingToRedeem)
	_, err = redeem(m, holder, netuid, 1001, 0)
	require.ErrorIs(t, err, staketypes.ErrNothingToRedeem)
	_, err = removeStake(m, staketypes.MsgRemoveStake{Owner: markettest.Owner(1).String(), Hotkey: markettest.Hotkey(1).String(), Netuid: netuid, LimitPrice: "1"})
	require.ErrorIs(t, err, staketypes.ErrInvalidPrice)
	quote, err := redeem(m, holder, netuid, 400, 0)
	require.NoError(t, err)
	_, err = redeem(m, holder, netuid, 400, quote.Agon+2)
	require.ErrorIs(t, err, staketypes.ErrSlippage)
	_, err = redeem(m, holder, netuid, 400, quote.Agon)
	require.NoError(t, err, "who comes later gets no less")
	out, err := redeem(m, holder, netuid, 0, 0)
	require.NoError(t, err)
	require.Equal(t, uint64(200), out.Alpha)
	m.Next()
}

// A subnet that several paid for is not its owner's alone: he cannot end it while its lease runs.
func TestLeasedSubnetIsNotDissolvedByItsOwner(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	payer := markettest.Account("payer", 0)
	cost, err := m.Subnet.CreationCost(m.Ctx)
	require.NoError(t, err)
	m.Fund(payer, sdk.NewInt64Coin(params.BaseDenom, int64(cost)))
	h := rules()
	netuid, _, err := m.Subnet.CreateLeased(m.Ctx, &subnettypes.MsgCreateSubnet{
		Owner: markettest.Creator().String(), Identity: subnettypes.SubnetIdentity{Name: "test"}, Symbol: "TEST", TaskKind: "langid", Hyperparams: &h,
	}, payer, subnettypes.Lease{Payee: payer.String(), OwnerBps: 2000, Until: 9})
	require.NoError(t, err)
	m.StartSubnet(netuid)
	m.To(8)
	require.ErrorIs(t, dissolve(m, netuid), subnettypes.ErrLeased)
	m.To(9)
	require.NoError(t, dissolve(m, netuid))
	m.Next()
}

// What an owner chose for his miners' rewards outlives the subnet: what had accrued is settled by it, his portfolio's values are
// paid to the unit, and he can end the choice, but make no other.
func TestChoiceOutlivesItsSubnet(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := open(m, t, 3)
	choose := func(to string) error {
		return m.Tx(func(ctx sdk.Context) error {
			_, err := stakekeeper.NewMsgServer(m.Stake).SetAutoStake(ctx, &staketypes.MsgSetAutoStake{Owner: markettest.Owner(0).String(), Netuid: netuid, Hotkey: to})
			return err
		})
	}
	require.NoError(t, choose(markettest.Hotkey(2).String()))
	for range 2 {
		epoch(m, t, netuid)
		judge(m, t, netuid, 2, 3, 1)
	}
	epoch(m, t, netuid) // pays; nothing of it is settled
	require.NoError(t, dissolve(m, netuid))
	m.CheckInvariants()
	carried := carry(m, t)
	res, err := stakekeeper.NewQueryServer(m.Stake).Portfolio(m.Ctx, &staketypes.QueryPortfolioRequest{Owner: markettest.Owner(0).String()})
	require.NoError(t, err)
	var elsewhere uint64
	for _, e := range res.Entries {
		if e.Info.Position.Hotkey == markettest.Hotkey(2).String() {
			elsewhere = e.Info.Value
		}
	}
	require.NotZero(t, elsewhere, "what the miner earned is behind the chosen hotkey")
	for _, m := range []*markettest.Market{m, carried} {
		out, err := removeStake(m, staketypes.MsgRemoveStake{Owner: markettest.Owner(0).String(), Hotkey: markettest.Hotkey(2).String(), Netuid: netuid, MinAgon: elsewhere})
		require.NoError(t, err)
		require.Equal(t, elsewhere, out.Agon)
		m.Next()
	}
	require.ErrorIs(t, choose(markettest.Hotkey(1).String()), subnettypes.ErrSubnetDissolved)
	carry(m, t)
	require.NoError(t, choose(""))
	require.ErrorIs(t, choose(""), staketypes.ErrNoAutoStake)
	m.Next()
}

// carry exports a market and loads it into a new one, at the same height and in the same block.
func carry(m *markettest.Market, t *testing.T) *markettest.Market {
	t.Helper()
	to := markettest.New(t, markettest.Config{Empty: true})
	to.At(m.Ctx.BlockHeight())
	to.Bank.InitGenesis(to.Ctx, m.Bank.ExportGenesis(m.Ctx))
	subnets, err := m.Subnet.ExportGenesis(m.Ctx)
	require.NoError(t, err)
	require.NoError(t, subnets.Validate())
	require.NoError(t, to.Subnet.InitGenesis(to.Ctx, subnets))
	stakes, err := m.Stake.ExportGenesis(m.Ctx)
	require.NoError(t, err)
	require.NoError(t, stakes.Validate())
	require.NoError(t, to.Stake.InitGenesis(to.Ctx, stakes))
	scores, err := m.Scoring.ExportGenesis(m.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Scoring.InitGenesis(to.Ctx, scores))
	issue, err := m.Emission.ExportGenesis(m.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Emission.InitGenesis(to.Ctx, issue))
	funds, err := m.Crowdfund.ExportGenesis(m.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Crowdfund.InitGenesis(to.Ctx, funds))
	models, err := m.Model.ExportGenesis(m.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Model.InitGenesis(to.Ctx, models))
	payments, err := m.Payment.ExportGenesis(m.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Payment.InitGenesis(to.Ctx, payments))
	cases, err := m.Dispute.ExportGenesis(m.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Dispute.InitGenesis(to.Ctx, cases))
	to.CheckInvariants()
	require.Equal(t, stores(m, t), stores(to, t), "the very bytes")
	return to
}

// stores are all keys and values of all modules.
func stores(m *markettest.Market, t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range []string{subnettypes.StoreKey, staketypes.StoreKey, scoringtypes.StoreKey, emissiontypes.StoreKey, crowdfundtypes.StoreKey} {
		it, err := m.Store(name).OpenKVStore(m.Ctx).Iterator(nil, nil)
		require.NoError(t, err)
		for ; it.Valid(); it.Next() {
			out[name+"/"+string(it.Key())] = string(it.Value())
		}
		require.NoError(t, it.Close())
	}
	return out
}

// A chain that is exported while a subnet is being emptied goes on as the one that was not: same neurons, same coins, same bytes.
func TestExportWithinADissolution(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := open(m, t, 60)
	m.Next()
	for n := 60; n < 100; n++ {
		m.Register(netuid, n)
	}
	for n := range 5 {
		m.Buy(netuid, n, 1_000_000_000*int64(1+n))
	}
	open(m, t, 2)
	for range 2 {
		epoch(m, t, netuid)
		judge(m, t, netuid, 59, 1, 2, 3)
	}
	epoch(m, t, netuid)
	require.NoError(t, dissolve(m, netuid))
	m.Next()
	s, err := m.Subnet.GetSubnet(m.Ctx, netuid)
	require.NoError(t, err)
	require.Equal(t, uint32(36), s.NeuronCount, "64 are gone")
	to := carry(m, t)
	for range 12 {
		m.Next()
		to.Next()
		require.Equal(t, stores(m, t), stores(to, t))
	}
	for _, m := range []*markettest.Market{m, to} {
		s, err := m.Subnet.GetSubnet(m.Ctx, netuid)
		require.NoError(t, err)
		require.Zero(t, s.NeuronCount)
		require.Equal(t, 2*uint64(500), held(m, subnettypes.ModuleName), "the other subnet's collateral")
	}
	require.Equal(t, m.Bank.ExportGenesis(m.Ctx), to.Bank.ExportGenesis(to.Ctx))
}

// A subnet ends with its families and its column of seats; what it had earned for the root stays payable there, and nothing more comes.
func TestDissolutionLeavesTheRootItsOwn(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid, other := open(m, t, 3), open(m, t, 1)
	p, err := m.Stake.Params.Get(m.Ctx)
	require.NoError(t, err)
	p.ChildrenDelay, p.RootSaleBps = 1, 1000
	require.NoError(t, m.Stake.Params.Set(m.Ctx, p))
	backer := markettest.Account("backer", 0)
	m.Fund(backer, staketypes.Agon(100*agon))
	msgs := stakekeeper.NewMsgServer(m.Stake)
	_, err = msgs.AddStake(m.Ctx, &staketypes.MsgAddStake{Owner: backer.String(), Hotkey: markettest.Hotkey(2).String(), Amount: staketypes.Agon(100 * agon)})
	require.NoError(t, err)
	_, err = msgs.SetChildren(m.Ctx, &staketypes.MsgSetChildren{
		Owner: markettest.Owner(2).String(), Hotkey: markettest.Hotkey(2).String(), Netuid: netuid, Children: []staketypes.Child{{Hotkey: markettest.Hotkey(1).String(), Bps: 5000}},
	})
	require.NoError(t, err)
	root := func(m *markettest.Market) uint64 {
		r, err := stakekeeper.NewQueryServer(m.Stake).RootSeats(m.Ctx, &staketypes.QueryRootSeatsRequest{})
		require.NoError(t, err)
		require.Len(t, r.Seats, 1)
		return r.Seats[0].Stake
	}
	for range 2 {
		epoch(m, t, netuid)
		judge(m, t, netuid, 2, 3, 1)
		judge(m, t, netuid, 1, 3)
	}
	epoch(m, t, netuid)
	earned := root(m)
	require.Greater(t, earned, 100*agon, "root stake has earned, and it is not settled")

	require.NoError(t, dissolve(m, netuid))
	m.CheckInvariants()
	_, err = m.Stake.Families.Get(m.Ctx, netuid)
	require.Error(t, err, "no families")
	_, err = msgs.SetChildren(m.Ctx, &staketypes.MsgSetChildren{Owner: markettest.Owner(2).String(), Hotkey: markettest.Hotkey(2).String(), Netuid: netuid})
	require.ErrorIs(t, err, subnettypes.ErrSubnetDissolved)
	had, err := m.Stake.SeatUIDs.Has(m.Ctx, netuid)
	require.NoError(t, err)
	require.True(t, had, "its uids are held still")
	m.To(m.Ctx.BlockHeight() + 25)
	had, err = m.Stake.SeatUIDs.Has(m.Ctx, netuid)
	require.NoError(t, err)
	require.False(t, had)
	require.Equal(t, earned, root(m), "nothing more comes, and nothing is lost")
	to := carry(m, t)
	for _, m := range []*markettest.Market{m, to} {
		out, err := removeStake(m, staketypes.MsgRemoveStake{Owner: backer.String(), Hotkey: markettest.Hotkey(2).String()})
		require.NoError(t, err)
		kept, err := removeStake(m, staketypes.MsgRemoveStake{Owner: markettest.Owner(2).String(), Hotkey: markettest.Hotkey(2).String()})
		require.NoError(t, err)
		require.InDelta(t, earned, out.Agon+kept.Agon, 1)
		require.Greater(t, out.Agon, 100*agon)
		m.Next()
	}
	require.NotZero(t, other)
}
