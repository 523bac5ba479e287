package app_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/apptest"
	"github.com/agon-chain/agon/app/params"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const netuid = subnettypes.FirstNetuid

// market is a chain with one subnet, one validator with stake and miners, all owned by alice.
type market struct {
	chain     *apptest.Chain
	alice     apptest.Account
	bob       apptest.Account
	validator apptest.Account
	miners    []apptest.Account
}

func newMarket(t *testing.T, tempo uint64, miners int, options ...apptest.Option) market {
	t.Helper()
	m := market{
		chain:     apptest.New(t, append(options, apptest.WithAccounts("alice", "bob", "judge"), apptest.WithGenesis(startAtOnce))...),
		alice:     apptest.NewAccount("alice"),
		bob:       apptest.NewAccount("bob"),
		validator: apptest.NewAccount("judge"),
	}
	rules := subnettypes.DefaultHyperparams()
	rules.Tempo = tempo
	rules.CommitReveal = false
	rules.WeightsInterval = 1
	rules.ExamReceipts, rules.ExamOpenings = 0, 0
	m.chain.MustDeliver(m.alice, &subnettypes.MsgCreateSubnet{
		Owner: m.alice.String(), Identity: subnettypes.SubnetIdentity{Name: "Languages"}, Symbol: "LANG",
		TaskKind: "langid", Hyperparams: &rules,
	})
	m.chain.MustDeliver(m.alice, &subnettypes.MsgStartSubnet{Owner: m.alice.String(), Netuid: netuid})
	m.register(m.validator)
	for i := range miners {
		miner := apptest.NewAccount(fmt.Sprintf("miner %d", i))
		m.miners = append(m.miners, miner)
		m.register(miner)
	}
	m.chain.MustDeliver(m.bob, &staketypes.MsgAddStake{
		Owner: m.bob.String(), Hotkey: m.validator.String(), Netuid: netuid, Amount: params.Agon(50),
	})
	return m
}

// startAtOnce lets owners start their subnets in the block in which they create them.
func startAtOnce(a *app.App, state app.GenesisState) {
	var gs subnettypes.GenesisState
	a.Encoding().Codec.MustUnmarshalJSON(state[subnettypes.ModuleName], &gs)
	gs.Params.StartDelay = 0
	state[subnettypes.ModuleName] = a.Encoding().Codec.MustMarshalJSON(&gs)
}

func (m market) register(hotkey apptest.Account) {
	m.chain.MustDeliver(m.alice, &subnettypes.MsgRegister{Owner: m.alice.String(), Hotkey: hotkey.String(), Netuid: netuid})
}

// judge sets the validator's weights: weights[i] for the i-th miner, whose uid is i+1.
func (m market) judge(weights ...uint32) {
	row := make([]scoringtypes.Weight, len(weights))
	for i, w := range weights {
		row[i] = scoringtypes.Weight{Uid: uint32(i + 1), Value: w}
	}
	m.chain.MustDeliver(m.validator, &scoringtypes.MsgSetWeights{
		Hotkey: m.validator.String(), Netuid: netuid, Weights: row,
	})
}

func (m market) staked(t *testing.T, hotkey apptest.Account) uint64 {
	t.Helper()
	column, err := m.chain.App.StakeKeeper.StakeColumn(m.chain.Context(), netuid)
	require.NoError(t, err)
	uid, err := m.chain.App.SubnetKeeper.UIDOf(m.chain.Context(), netuid, hotkey.Address)
	require.NoError(t, err)
	return column[uid]
}

// TestMarket takes a subnet from its creation to the payout of epochs and back out, through the same messages and
// queries as the programs around the chain. Invariants and the hashes of the shadows are checked after each of its blocks.
func TestMarket(t *testing.T) {
	m := newMarket(t, 5, 3)
	before := m.chain.App.BankKeeper.GetSupply(m.chain.Context(), params.BaseDenom)
	backed := m.staked(t, m.validator)
	require.NotZero(t, backed)

	for range 4 {
		m.judge(60_000, 30_000, 0)
		m.chain.Blocks(5)
	}

	t.Run("blocks-mint-agon", func(t *testing.T) {
		after := m.chain.App.BankKeeper.GetSupply(m.chain.Context(), params.BaseDenom)
		require.True(t, after.Amount.GT(before.Amount), "supply was %s, is %s", before, after)
		res, err := emissiontypes.NewQueryClient(m.chain.Conn()).Overview(t.Context(), &emissiontypes.QueryOverviewRequest{})
		require.NoError(t, err)
		require.NotZero(t, res.Ledger.Minted)
	})

	t.Run("epochs-run-and-follow-the-weights", func(t *testing.T) {
		res, err := scoringtypes.NewQueryClient(m.chain.Conn()).Metagraph(t.Context(), &scoringtypes.QueryMetagraphRequest{Netuid: netuid})
		require.NoError(t, err)
		require.NotZero(t, res.Epoch.Index)
		require.False(t, res.Epoch.Paused)
		require.Equal(t, m.validator.Address.Bytes(), res.Hotkeys[0])
	})

	t.Run("payouts-reach-miners-by-merit-and-the-validator-s-backers", func(t *testing.T) {
		first, second, third := m.staked(t, m.miners[0]), m.staked(t, m.miners[1]), m.staked(t, m.miners[2])
		require.Greater(t, first, second)
		require.Greater(t, second, third)
		require.Zero(t, third)
		require.Greater(t, m.staked(t, m.validator), backed)
	})

	t.Run("stake-comes-back-as-agon", func(t *testing.T) {
		had := m.chain.App.BankKeeper.GetBalance(m.chain.Context(), m.bob.Address, params.BaseDenom)
		m.chain.MustDeliver(m.bob, &staketypes.MsgRemoveStake{Owner: m.bob.String(), Hotkey: m.validator.String(), Netuid: netuid})
		has := m.chain.App.BankKeeper.GetBalance(m.chain.Context(), m.bob.Address, params.BaseDenom)
		require.True(t, has.Amount.GT(had.Amount), "balance was %s, is %s", had, has)
	})

	t.Run("the-token-is-an-ordinary-coin", func(t *testing.T) {
		m.chain.MustDeliver(m.bob, &staketypes.MsgAddStake{
			Owner: m.bob.String(), Hotkey: m.validator.String(), Netuid: netuid, Amount: params.Agon(5),
		})
		m.chain.MustDeliver(m.bob, &staketypes.MsgRemoveStake{
			Owner: m.bob.String(), Hotkey: m.validator.String(), Netuid: netuid, KeepToken: true,
		})
		token := m.chain.App.BankKeeper.GetBalance(m.chain.Context(), m.bob.Address, fmt.Sprintf("alpha/%d", netuid))
		require.True(t, token.IsPositive())
		m.chain.MustDeliver(m.bob, sendCoin(m.bob, m.alice, token))
	})
}

// TestHolders takes a holder's stake through every message that moves it, each asked for in a preview before.
func TestHolders(t *testing.T) {
	m := newMarket(t, 5, 2)
	m.chain.MustDeliver(m.alice, &subnettypes.MsgCreateSubnet{
		Owner: m.alice.String(), Identity: subnettypes.SubnetIdentity{Name: "Other"}, Symbol: "OTHER", TaskKind: "langid",
	})
	const second = netuid + 1
	m.chain.MustDeliver(m.alice, &subnettypes.MsgRegister{Owner: m.alice.String(), Hotkey: m.validator.String(), Netuid: second})
	m.judge(60_000, 30_000)
	m.chain.Blocks(7)
	queries := staketypes.NewQueryClient(m.chain.Conn())
	portfolio := func(of apptest.Account) *staketypes.QueryPortfolioResponse {
		res, err := queries.Portfolio(t.Context(), &staketypes.QueryPortfolioRequest{Owner: of.String()})
		require.NoError(t, err)
		return res
	}
	bob, judge := m.bob.String(), m.validator.String()

	had := portfolio(m.bob)
	require.Len(t, had.Entries, 1)
	require.Equal(t, params.Agon(50).Amount.Uint64(), had.Entries[0].Info.Position.Cost)
	require.True(t, had.Entries[0].Registered)

	swap := &staketypes.MsgSwapStake{Owner: bob, Hotkey: judge, Netuid: netuid, ToHotkey: judge, ToNetuid: second, ShareBps: 5_000}
	says, err := queries.Preview(t.Context(), &staketypes.QueryPreviewRequest{Flow: &staketypes.QueryPreviewRequest_Swap{Swap: swap}})
	require.NoError(t, err)
	require.Len(t, says.Trades, 2)
	m.chain.MustDeliver(m.bob, swap)
	m.chain.MustDeliver(m.bob, &staketypes.MsgMoveStake{
		Owner: bob, Hotkey: judge, ToHotkey: m.miners[0].String(), Netuid: netuid, ShareBps: 2_500,
	})
	m.chain.MustDeliver(m.bob, &staketypes.MsgAddStake{
		Owner: bob, Hotkey: judge, Netuid: netuid, Amount: params.Agon(100), LimitPrice: "9.5", AllowPartial: true,
	})
	m.chain.MustDeliver(m.bob, &staketypes.MsgBuyAndBurn{Payer: bob, Netuid: second, Amount: params.Agon(1)})
	has := portfolio(m.bob)
	require.Len(t, has.Entries, 3)
	require.Len(t, has.Subnets, 2)
	require.Equal(t, uint32(2), has.Subnets[0].Positions)

	carol := apptest.NewAccount("carol")
	m.chain.MustDeliver(m.bob, &staketypes.MsgTransferStake{Owner: bob, Recipient: carol.String(), Hotkey: judge, Netuid: second})
	require.Len(t, portfolio(m.bob).Entries, 2)
	require.Len(t, portfolio(carol).Entries, 1)
	m.chain.Blocks(6)

	state, height := exportedState(t, m.chain)
	requireSameAfterImport(t, state, height, m.chain.Now())
}

// TestMinersGetTheirCollateralBack takes a miner's collateral and what it mines through the messages of its owner, and over to a new chain.
func TestMinersGetTheirCollateralBack(t *testing.T) {
	m := newMarket(t, 5, 2)
	alice, judge := m.alice.String(), m.validator.String()
	m.chain.MustDeliver(m.alice, &staketypes.MsgSetAutoStake{Owner: alice, Netuid: netuid, Hotkey: judge})
	m.judge(60_000, 30_000)
	m.chain.Blocks(12)
	subnets := subnettypes.NewQueryClient(m.chain.Conn())
	ask := &subnettypes.QueryCollateralRequest{Netuid: netuid, Hotkey: m.miners[0].String()}
	c, err := subnets.Collateral(t.Context(), ask)
	require.NoError(t, err)
	require.NotZero(t, c.Info.Earned)
	require.NotZero(t, c.Info.Claimable)
	state, height := exportedState(t, m.chain)
	requireSameAfterImport(t, state, height, m.chain.Now())

	m.chain.MustDeliver(m.alice, &subnettypes.MsgClaimCollateral{Owner: alice, Hotkey: m.miners[0].String(), Netuid: netuid})
	before := m.staked(t, m.validator)
	res, err := staketypes.NewQueryClient(m.chain.Conn()).Portfolio(t.Context(), &staketypes.QueryPortfolioRequest{Owner: alice})
	require.NoError(t, err)
	require.Equal(t, judge, res.Subnets[0].AutoStake)
	var mined uint64
	for _, e := range res.Entries {
		if e.Info.Position.Hotkey == judge {
			mined = e.Info.Alpha
		}
	}
	require.NotZero(t, mined)
	m.chain.MustDeliver(m.alice, &staketypes.MsgRemoveStake{Owner: alice, Hotkey: judge, Netuid: netuid, KeepToken: true})
	require.Zero(t, m.staked(t, m.miners[0]))
	require.Less(t, m.staked(t, m.validator), before+mined)
}

// TestMarketSurvivesExport carries a subnet, its pool, its stake and a running epoch over to a new chain.
func TestMarketSurvivesExport(t *testing.T) {
	m := newMarket(t, 5, 2)
	m.judge(60_000, 30_000)
	m.chain.Blocks(12)
	m.judge(50_000, 40_000)
	state, height := exportedState(t, m.chain)
	requireSameAfterImport(t, state, height, m.chain.Now())

	next := m
	next.chain = apptest.New(t, apptest.WithState(state, height, m.chain.Now()))
	next.chain.Blocks(7)
	next.judge(10_000, 60_000)
	require.Greater(t, next.staked(t, next.miners[1]), m.staked(t, m.miners[1]))
}

// TestRulesChangeWithNotice gives a subnet to a new owner, who announces rules for the block after an epoch's end: that epoch still
// ends by the rules of the state that its block left, and the next by the new ones. What waits goes along in an export.
func TestRulesChangeWithNotice(t *testing.T) {
	const delay = 10
	m := newMarket(t, 5, 2, apptest.WithGenesis(func(a *app.App, genesis app.GenesisState) {
		var subnets subnettypes.GenesisState
		a.Encoding().Codec.MustUnmarshalJSON(genesis[subnettypes.ModuleName], &subnets)
		subnets.Params.HyperparamsDelay = delay
		genesis[subnettypes.ModuleName] = a.Encoding().Codec.MustMarshalJSON(&subnets)
	}))
	m.chain.MustDeliver(m.validator, &subnettypes.MsgCommitData{Hotkey: m.validator.String(), Netuid: netuid, Data: []byte("model")})
	m.chain.MustDeliver(m.alice, &subnettypes.MsgOfferOwnership{
		Owner: m.alice.String(), Netuid: netuid, NewOwner: m.bob.String(), ExpiresAt: m.chain.Height() + 10,
	})
	m.chain.MustDeliver(m.bob, &subnettypes.MsgAcceptOwnership{NewOwner: m.bob.String(), Netuid: netuid})

	dueAt := func(c *apptest.Chain) int64 {
		epoch, err := c.App.ScoringKeeper.EpochOf(c.Context(), netuid)
		require.NoError(t, err)
		return epoch.DueAt
	}
	for (m.chain.Height()+delay-dueAt(m.chain))%5 != 0 {
		m.chain.Blocks(1)
	}
	subnet, err := m.chain.App.SubnetKeeper.GetSubnet(m.chain.Context(), netuid)
	require.NoError(t, err)
	next := subnet.Hyperparams
	next.Tempo = 20
	m.chain.MustDeliver(m.bob, &subnettypes.MsgUpdateHyperparams{Owner: m.bob.String(), Netuid: netuid, Hyperparams: next})
	pending, err := m.chain.App.SubnetKeeper.PendingHyperparams(m.chain.Context(), netuid)
	require.NoError(t, err)
	require.Equal(t, m.chain.Height()+delay, pending.EffectiveAt)

	state, height := exportedState(t, m.chain)
	requireSameAfterImport(t, state, height, m.chain.Now())
	imported := apptest.New(t, apptest.WithState(state, height, m.chain.Now()))
	for _, c := range []*apptest.Chain{m.chain, imported} {
		for c.Height() < pending.EffectiveAt-1 {
			require.Equal(t, subnet.Hyperparams, m.rules(t, c))
			c.Blocks(1)
		}
		require.Equal(t, pending.EffectiveAt-1, dueAt(c), "an epoch is due with the block before")
		c.Blocks(1)
		require.Equal(t, next, m.rules(t, c))
		require.Equal(t, pending.EffectiveAt-1+5, dueAt(c), "the epoch ended by the old rules")
		c.Blocks(5)
		require.Equal(t, pending.EffectiveAt-1+5+20, dueAt(c))
	}
}

func (m market) rules(t *testing.T, c *apptest.Chain) subnettypes.Hyperparams {
	t.Helper()
	s, err := c.App.SubnetKeeper.GetSubnet(c.Context(), netuid)
	require.NoError(t, err)
	return s.Hyperparams
}

// TestParallelRegistrations fills one block with transactions that all touch the same subnet, which is where parallel
// execution has the most to undo.
func TestParallelRegistrations(t *testing.T) {
	m := newMarket(t, 5, 1)
	txs := make([][]byte, 0, 8)
	for i := range 4 {
		hotkey := apptest.NewAccount(fmt.Sprintf("late %d", i))
		txs = append(txs,
			m.chain.Sign(m.alice, &subnettypes.MsgRegister{Owner: m.alice.String(), Hotkey: hotkey.String(), Netuid: netuid}),
			m.chain.Sign(m.bob, &staketypes.MsgAddStake{
				Owner: m.bob.String(), Hotkey: m.validator.String(), Netuid: netuid, Amount: params.Agon(int64(i + 1)),
			}))
	}
	for i, result := range m.chain.Block(txs...).TxResults {
		require.Zero(t, result.Code, "transaction %d: %s", i, result.Log)
	}
	m.chain.Blocks(10)
}

// TestStateSync lets a node join in the middle of a market and follow it through further epochs.
func TestStateSync(t *testing.T) {
	m := newMarket(t, 5, 2)
	m.judge(60_000, 30_000)
	m.chain.Blocks(8)
	m.chain.Join()
	m.judge(20_000, 50_000)
	m.chain.Blocks(8)
}
