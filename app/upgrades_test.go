package app_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/server"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdktx "github.com/cosmos/cosmos-sdk/types/tx"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/apptest"
	"github.com/agon-chain/agon/app/params"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// earlier is the exported state of a market on the release before x/dispute. It is kept, not made anew: what was exported once has to
// start a chain for ever.
type earlier struct {
	Height int64            `json:"height"`
	Time   time.Time        `json:"time"`
	State  app.GenesisState `json:"state"`
}

// newModules are what the earlier state's release did not have; their stores have their names.
var newModules = []string{disputetypes.ModuleName, paymenttypes.ModuleName}

func earlierState(t *testing.T) (e earlier) {
	t.Helper()
	path := filepath.Join("testdata", "earlier.json.gz")
	if _, err := os.Stat(path); os.IsNotExist(err) && *rewrite {
		writeEarlier(t, path)
	}
	packed, err := os.ReadFile(path)
	require.NoError(t, err)
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	require.NoError(t, err)
	raw, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &e))
	return e
}

// writeEarlier makes a market with a second subnet, announced rules, and the midst of an epoch.
func writeEarlier(t *testing.T, path string) {
	t.Helper()
	m := newMarket(t, 5, 3)
	m.chain.MustDeliver(m.alice, &subnettypes.MsgCreateSubnet{
		Owner: m.alice.String(), Identity: subnettypes.SubnetIdentity{Name: "Other"}, Symbol: "OTHER", TaskKind: "langid",
	})
	for range 3 {
		m.judge(60_000, 30_000, 10_000)
		m.chain.Blocks(4)
	}
	next := m.rules(t, m.chain)
	next.Tempo = 7
	m.chain.MustDeliver(m.alice, &subnettypes.MsgUpdateHyperparams{Owner: m.alice.String(), Netuid: netuid, Hyperparams: next})
	state, height := exportedState(t, m.chain)
	for _, module := range newModules {
		delete(state, module)
	}
	raw, err := json.Marshal(earlier{height, m.chain.Now(), state})
	require.NoError(t, err)
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, err = zip.Write(raw)
	require.NoError(t, err)
	require.NoError(t, zip.Close())
	require.NoError(t, os.WriteFile(path, packed.Bytes(), 0o644))
}

// voted puts a proposal of a software upgrade into a state, to be decided with its second block: the chain's one validator has voted for it.
func voted(t *testing.T, a *app.App, e earlier, plan upgradetypes.Plan) {
	t.Helper()
	cdc := a.Encoding().Codec
	var gov govv1.GenesisState
	cdc.MustUnmarshalJSON(e.State[govtypes.ModuleName], &gov)
	messages, err := sdktx.SetMsgs([]sdk.Msg{&upgradetypes.MsgSoftwareUpgrade{Authority: app.Authority(), Plan: plan}})
	require.NoError(t, err)
	began, ends := e.Time, e.Time.Add(apptest.BlockTime)
	validator := apptest.NewAccount(apptest.ValidatorName)
	id := gov.StartingProposalId
	gov.StartingProposalId++
	gov.Proposals = append(gov.Proposals, &govv1.Proposal{
		Id: id, Messages: messages, Status: govv1.StatusVotingPeriod, SubmitTime: &began, DepositEndTime: &ends,
		VotingStartTime: &began, VotingEndTime: &ends, Title: "Upgrade", Summary: "To the next release.", Proposer: validator.String(),
		FinalTallyResult: &govv1.TallyResult{YesCount: "0", AbstainCount: "0", NoCount: "0", NoWithVetoCount: "0"},
	})
	gov.Votes = append(gov.Votes, &govv1.Vote{ProposalId: id, Voter: validator.String(), Options: govv1.NewNonSplitVoteOption(govv1.OptionYes)})
	e.State[govtypes.ModuleName] = cdc.MustMarshalJSON(&gov)
}

// upgraded is a chain whose binary is exchanged over one database and one home.
type upgraded struct {
	t       *testing.T
	db      dbm.DB
	options simtestutil.AppOptionsMap
	height  int64
	now     time.Time
}

func (u *upgraded) base() []func(*baseapp.BaseApp) {
	return []func(*baseapp.BaseApp){baseapp.SetChainID(apptest.ChainID), baseapp.SetIAVLSyncPruning(true)}
}

// block makes the next block; its error is the chain's stop.
func (u *upgraded) block(a *app.App) error {
	u.t.Helper()
	_, err := a.FinalizeBlock(&abci.RequestFinalizeBlock{Height: u.height + 1, Time: u.now.Add(apptest.BlockTime), Hash: make([]byte, 32)})
	if err != nil {
		return err
	}
	_, err = a.Commit()
	require.NoError(u.t, err)
	u.height, u.now = u.height+1, u.now.Add(apptest.BlockTime)
	return nil
}

// TestUpgrade takes a chain from the kept state of an earlier release over to this one by x/upgrade, as its operators would: governance schedules
// the plan, the old binary stops at its height and stays stopped, and the new one goes on with the store that is new.
func TestUpgrade(t *testing.T) {
	const name, after = "next", 9
	e := earlierState(t)
	u := &upgraded{
		t: t, db: dbm.NewMemDB(), height: e.Height - 1, now: e.Time,
		options: simtestutil.AppOptionsMap{flags.FlagHome: t.TempDir(), server.FlagBlockExecutor: "sequential"},
	}
	at := e.Height + after
	old, err := app.NewBefore(newModules, u.db, u.options, u.base()...)
	require.NoError(t, err)
	voted(t, old, e, upgradetypes.Plan{Name: name, Height: at})
	raw, err := json.Marshal(e.State)
	require.NoError(t, err)
	consensus := app.ConsensusParams().ToProto()
	_, err = old.InitChain(&abci.RequestInitChain{
		Time: e.Time, ChainId: apptest.ChainID, ConsensusParams: &consensus, AppStateBytes: raw, InitialHeight: e.Height,
	})
	require.NoError(t, err)
	u.now = e.Time.Add(-apptest.BlockTime)
	for u.height < at-1 {
		require.NoError(t, u.block(old))
	}
	plan, err := old.UpgradeKeeper.GetUpgradePlan(old.NewContext(true))
	require.NoError(t, err, "governance did not schedule it")
	require.Equal(t, at, plan.Height)
	last := old.LastCommitID()

	t.Run("the-old-binary-stops", func(t *testing.T) {
		for range 2 { // and is stopped after a restart too
			old, err = app.NewBefore(newModules, u.db, u.options, u.base()...)
			require.NoError(t, err)
			require.ErrorContains(t, u.block(old), `UPGRADE "next" NEEDED`)
			require.Equal(t, last, old.LastCommitID())
		}
	})
	t.Run("a-new-binary-that-does-not-name-its-new-store-does-not-start", func(t *testing.T) {
		_, err := app.NewAfter(name, nil, u.db, u.options, u.base()...)
		require.ErrorContains(t, err, "store")
	})
	next, err := app.NewAfter(name, newModules, u.db, u.options, u.base()...)
	require.NoError(t, err)
	require.Equal(t, last, next.LastCommitID())
	// unminted is all AGON but what blocks minted.
	unminted := func() uint64 {
		ctx := next.NewContext(true)
		emission, err := next.EmissionKeeper.ExportGenesis(ctx)
		require.NoError(t, err)
		return next.BankKeeper.GetSupply(ctx, params.BaseDenom).Amount.Uint64() - emission.Ledger.Minted
	}
	had := unminted()
	require.NoError(t, u.block(next))
	require.Equal(t, had, unminted(), "the upgrade costs nobody anything")
	ctx := next.NewContext(true)
	dispute, err := next.DisputeKeeper.ExportGenesis(ctx)
	require.NoError(t, err)
	require.Equal(t, disputetypes.DefaultGenesis().Params, dispute.Params)
	payment, err := next.PaymentKeeper.ExportGenesis(ctx)
	require.NoError(t, err)
	require.Equal(t, paymenttypes.DefaultGenesis().Params, payment.Params)
	before, err := next.ScoringKeeper.EpochOf(ctx, netuid)
	require.NoError(t, err)

	for i := range 20 {
		if i == 10 { // the note of the upgrade is on disk still
			next, err = app.NewAfter(name, newModules, u.db, u.options, u.base()...)
			require.NoError(t, err)
		}
		require.NoError(t, u.block(next))
		for _, invariant := range apptest.Invariants(next) {
			require.NoError(t, invariant.Check(next.NewContext(true)), invariant.Name)
		}
	}
	epoch, err := next.ScoringKeeper.EpochOf(next.NewContext(true), netuid)
	require.NoError(t, err)
	require.GreaterOrEqual(t, epoch.Index, before.Index+2)
	done, height, err := next.UpgradeKeeper.GetLastCompletedUpgrade(next.NewContext(true))
	require.NoError(t, err)
	require.Equal(t, name, done)
	require.Equal(t, at, height)

	t.Run("a-binary-without-the-plan-does-not-go-on", func(t *testing.T) {
		plain, err := app.NewBefore([]string{"none"}, u.db, u.options, u.base()...)
		require.NoError(t, err)
		require.ErrorContains(t, u.block(plain), "upgrade handler is missing for next")
	})
}
