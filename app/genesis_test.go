package app_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/apptest"
	"github.com/agon-chain/agon/app/params"
)

func TestDefaultGenesis(t *testing.T) {
	chain, err := app.New(log.NewNopLogger(), dbm.NewMemDB(), simtestutil.EmptyAppOptions{})
	require.NoError(t, err)
	state := chain.DefaultGenesis()
	cdc := chain.Encoding().Codec
	require.NoError(t, chain.Basics().ValidateGenesis(cdc, chain.Encoding().TxConfig, state))

	var bank banktypes.GenesisState
	cdc.MustUnmarshalJSON(state[banktypes.ModuleName], &bank)
	require.Len(t, bank.DenomMetadata, 1)
	metadata := params.Metadata()
	require.Equal(t, metadata.String(), bank.DenomMetadata[0].String())
	require.NoError(t, params.Metadata().Validate())

	var staking stakingtypes.GenesisState
	cdc.MustUnmarshalJSON(state[stakingtypes.ModuleName], &staking)
	require.Equal(t, params.BaseDenom, staking.Params.BondDenom)
	require.Zero(t, staking.Params.HistoricalEntries, "each block would write the whole set of validators")
	for name, raw := range state {
		require.NotContains(t, string(raw), `"stake"`, "module %s still names the SDK's denomination", name)
	}
}

// lived returns a chain with something in most modules' state.
func lived(t *testing.T) *apptest.Chain {
	t.Helper()
	chain := apptest.New(t, apptest.WithAccounts("alice", "bob"))
	alice, bob := apptest.NewAccount("alice"), apptest.NewAccount("bob")
	operator := apptest.NewAccount(apptest.ValidatorName).ValAddress().String()
	chain.MustDeliver(alice, send(alice, bob, 42))
	chain.MustDeliver(bob, stakingtypes.NewMsgDelegate(bob.String(), operator, params.Agon(50)))
	chain.Blocks(3)
	chain.MustDeliver(bob, stakingtypes.NewMsgUndelegate(bob.String(), operator, params.Agon(20)))
	chain.Blocks(2)
	return chain
}

// exportedState exports a chain and returns the state with the height at which it continues.
func exportedState(t *testing.T, chain *apptest.Chain) (app.GenesisState, int64) {
	t.Helper()
	exported, err := chain.App.Export(false, nil, nil)
	require.NoError(t, err)
	require.Equal(t, chain.Height()+1, exported.Height)
	require.Len(t, exported.Validators, 1)
	var state app.GenesisState
	require.NoError(t, json.Unmarshal(exported.AppState, &state))
	return state, exported.Height
}

// requireSameAfterImport imports a state into an empty application and exports it again, with no block in between.
func requireSameAfterImport(t *testing.T, state app.GenesisState, height int64, at time.Time) {
	t.Helper()
	fresh, err := app.New(log.NewNopLogger(), dbm.NewMemDB(), simtestutil.EmptyAppOptions{})
	require.NoError(t, err)
	cdc := fresh.Encoding().Codec
	require.NoError(t, fresh.Basics().ValidateGenesis(cdc, fresh.Encoding().TxConfig, state))
	header := cmtproto.Header{ChainID: apptest.ChainID, Height: height, Time: at}
	ctx := sdk.NewContext(fresh.CommitMultiStore(), header, false, log.NewNopLogger())
	_, err = fresh.Modules().InitGenesis(ctx, cdc, state)
	require.NoError(t, err)
	again, err := fresh.Modules().ExportGenesis(ctx, cdc)
	require.NoError(t, err)

	require.Equal(t, slices.Sorted(maps.Keys(state)), slices.Sorted(maps.Keys(again)))
	for _, name := range slices.Sorted(maps.Keys(state)) {
		require.JSONEq(t, string(state[name]), string(again[name]), "module %s", name)
	}
}

func TestExportedStateImportsAndExportsTheSame(t *testing.T) {
	chain := lived(t)
	state, height := exportedState(t, chain)
	requireSameAfterImport(t, state, height, chain.Now())
}

func TestChainContinuesFromAnExport(t *testing.T) {
	first := lived(t)
	state, height := exportedState(t, first)
	second := apptest.New(t, apptest.WithState(state, height, first.Now()))
	alice, bob := apptest.NewAccount("alice"), apptest.NewAccount("bob")
	second.MustDeliver(alice, send(alice, bob, 1))
	second.Blocks(3)
	require.Equal(t, height+4, second.Height())
	before := first.App.BankKeeper.GetBalance(first.Context(), bob.Address, params.BaseDenom)
	after := second.App.BankKeeper.GetBalance(second.Context(), bob.Address, params.BaseDenom)
	require.Equal(t, before.Amount.AddRaw(1), after.Amount)
}

func TestExportForZeroHeightIsRefused(t *testing.T) {
	chain := apptest.New(t, apptest.Single())
	chain.Blocks(1)
	_, err := chain.App.Export(true, nil, nil)
	require.ErrorIs(t, err, app.ErrZeroHeight)
	_, err = chain.App.Export(false, []string{"x"}, nil)
	require.ErrorIs(t, err, app.ErrZeroHeight)
}
