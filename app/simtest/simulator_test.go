package simtest

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	dbm "github.com/cosmos/cosmos-db"

	"cosmossdk.io/log/v2"
	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/baseapp"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	sdk "github.com/cosmos/cosmos-sdk/types"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/simulation"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/apptest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/internal/chance"
)

// The SDK's own simulator plays the messages once more: signed transactions with fees and gas, through the application's own doors, with a
// set of consensus validators that miss blocks and are caught cheating, on the real tree of hashes. What it does not do, unlike
// stage, is to give blocks a hash, so that no commit ever has a seed there, and to send what governance sends.

const (
	simulatedBlocks = 30
	simulatedOps    = 40 // in a block, on average
	// simulatedValidators is enough for the simulator, which catches one of them cheating in most blocks.
	simulatedValidators = 150
)

// crowd gives a genesis many consensus validators.
func crowd(a *app.App, state app.GenesisState) {
	cdc := a.Encoding().Codec
	var staking stakingtypes.GenesisState
	cdc.MustUnmarshalJSON(state[stakingtypes.ModuleName], &staking)
	stake := params.Agon(1_000).Amount
	staking.Params.MaxValidators = simulatedValidators + 1
	for i := range simulatedValidators {
		operator := apptest.NewAccount(fmt.Sprintf("cheat %d", i))
		key, err := codectypes.NewAnyWithValue(ed25519.GenPrivKeyFromSecret(operator.Address).PubKey())
		if err != nil {
			panic(err) // a key packs
		}
		staking.Validators = append(staking.Validators, stakingtypes.Validator{
			OperatorAddress: operator.ValAddress().String(), ConsensusPubkey: key, Status: stakingtypes.Unbonded, Tokens: stake,
			DelegatorShares: math.LegacyNewDecFromInt(stake), Description: stakingtypes.Description{Moniker: operator.Name},
			Commission:        stakingtypes.NewCommission(math.LegacyZeroDec(), math.LegacyOneDec(), math.LegacyOneDec()),
			MinSelfDelegation: math.OneInt(),
		})
		staking.Delegations = append(staking.Delegations,
			stakingtypes.NewDelegation(operator.String(), operator.ValAddress().String(), math.LegacyNewDecFromInt(stake)))
	}
	state[stakingtypes.ModuleName] = cdc.MustMarshalJSON(&staking)
	var bank banktypes.GenesisState
	cdc.MustUnmarshalJSON(state[banktypes.ModuleName], &bank)
	for i, b := range bank.Balances {
		if b.Address == authtypes.NewModuleAddress(stakingtypes.NotBondedPoolName).String() {
			bank.Balances[i].Coins = b.Coins.Add(sdk.NewCoin(params.BaseDenom, stake.MulRaw(simulatedValidators)))
		}
	}
	state[banktypes.ModuleName] = cdc.MustMarshalJSON(&bank)
}

// simulate plays a seed on a fresh application that begins with a state.
func simulate(t *testing.T, state app.GenesisState, seed int64) *app.App {
	t.Helper()
	defer func() {
		if t.Skipped() {
			t.Error("the simulator ran out of validators: take another seed")
		}
	}()
	a, err := app.New(log.NewNopLogger(), dbm.NewMemDB(), simtestutil.EmptyAppOptions{}, baseapp.SetChainID(apptest.ChainID))
	require.NoError(t, err)
	var accounts []simtypes.Account
	for _, name := range actorNames() {
		who := apptest.NewAccount(name)
		accounts = append(accounts, simtypes.Account{PrivKey: who.Key, PubKey: who.Key.PubKey(), Address: who.Address})
	}
	raw, err := json.Marshal(state)
	require.NoError(t, err)
	counts := map[string]*count{}
	_, _, err = simulation.SimulateFromSeedX(t, log.NewNopLogger(), io.Discard, a.BaseApp,
		func(*rand.Rand, []simtypes.Account, simtypes.Config) (json.RawMessage, []simtypes.Account, string, time.Time) {
			return raw, accounts, apptest.ChainID, apptest.GenesisTime()
		},
		func(*rand.Rand, int) []simtypes.Account { return accounts },
		operations(a, counts), app.BlockedAddresses(),
		simtypes.Config{Seed: seed, InitialBlockHeight: 1, NumBlocks: simulatedBlocks, BlockSize: simulatedOps, ChainID: apptest.ChainID, Commit: true, Lean: true, TB: t},
		a.Encoding().Codec, &simulation.StandardLogWriter{Seed: seed})
	require.NoError(t, err)
	taken, all := 0, 0
	for _, c := range counts {
		taken, all = taken+c.taken, all+c.taken+c.refused
	}
	require.Greater(t, taken, all/12, "most of what the simulator sent was refused: it plays nothing")
	t.Logf("seed %d: %d of %d messages taken, height %d, hash %X", seed, taken, all, a.LastBlockHeight(), a.LastCommitID().Hash)
	return a
}

// operations are the generators as the simulator wants them.
func operations(a *app.App, counts map[string]*count) simulation.WeightedOperations {
	var out simulation.WeightedOperations
	for _, m := range messages(a) {
		c := &count{}
		counts[m.URL()] = c
		out = append(out, simulation.NewWeightedOperation(int(m.Weight), func(
			r *rand.Rand, b *baseapp.BaseApp, ctx sdk.Context, accounts []simtypes.Account, chainID string,
		) (simtypes.OperationMsg, []simtypes.FutureOperation, error) {
			msg := m.Make(&chance.World{Dice: chance.From(r), Ctx: ctx, Actors: actors(), Authority: app.Authority()})
			if msg == nil {
				return simtypes.NoOpMsg(m.URL(), m.URL(), "the state has no place for it"), nil, nil
			}
			keys, numbers, sequences := signedWith(ctx, a, accounts, msg)
			if len(keys) == 0 {
				return simtypes.NoOpMsg(m.URL(), m.URL(), "no actor signs it"), nil, nil
			}
			fee := sdk.NewCoins(sdk.NewInt64Coin(params.BaseDenom, simtestutil.DefaultGenTxGas/10))
			txConfig := a.Encoding().TxConfig
			tx, err := simtestutil.GenSignedMockTx(r, txConfig, []sdk.Msg{msg}, fee, simtestutil.DefaultGenTxGas, chainID, numbers, sequences, keys...)
			if err != nil {
				return simtypes.OperationMsg{}, nil, fmt.Errorf("sign %s: %w", m.URL(), err)
			}
			if _, _, err := b.SimDeliver(txConfig.TxEncoder(), tx); err != nil {
				c.refused++
				return simtypes.NoOpMsg(m.URL(), m.URL(), err.Error()), nil, checkError(err)
			}
			c.taken++
			return simtypes.NewOperationMsg(msg, true, ""), nil, nil
		}))
	}
	return out
}

// signedWith are the keys of a message's signers with what the chain counts of them; none if somebody else has to sign.
func signedWith(ctx sdk.Context, a *app.App, accounts []simtypes.Account, msg sdk.Msg) (keys []cryptotypes.PrivKey, numbers, sequences []uint64) {
	for _, signer := range signers(a, msg) {
		i := slices.IndexFunc(accounts, func(known simtypes.Account) bool { return known.Address.Equals(signer) })
		if i < 0 {
			return nil, nil, nil
		}
		known := a.AccountKeeper.GetAccount(ctx, signer)
		keys, numbers, sequences = append(keys, accounts[i].PrivKey), append(numbers, known.GetAccountNumber()), append(sequences, known.GetSequence())
	}
	return keys, numbers, sequences
}

// TestSimulator plays seeds of the SDK's simulator. The same seed gives the same hash of the state; what is exported and imported is
// the same, and the chain goes on from there, with the same hash wherever it is imported.
func TestSimulator(t *testing.T) {
	seeds := []int64{1}
	if *stepsFlag > 0 {
		seeds = []int64{1, 2, 7, 32, 123}
	}
	if *seedFlag != 0 {
		seeds = []int64{int64(*seedFlag)}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) {
			c := apptest.New(t, apptest.Single(), apptest.WithAccounts(actorNames()...), apptest.WithGenesis(lively(chance.New(uint64(seed)))), apptest.WithGenesis(crowd))
			begun, err := c.App.Export(false, nil, nil)
			require.NoError(t, err)
			var state app.GenesisState
			require.NoError(t, json.Unmarshal(begun.AppState, &state))
			a := simulate(t, state, seed)
			again := simulate(t, state, seed)
			require.Equal(t, a.LastCommitID(), again.LastCommitID(), "one seed, two states")
			for _, i := range apptest.Invariants(a) {
				require.NoError(t, i.Check(a.NewContextLegacy(true, (&stage{height: a.LastBlockHeight()}).header())), i.Name)
			}

			exported, err := a.Export(false, nil, nil)
			require.NoError(t, err)
			var after app.GenesisState
			require.NoError(t, json.Unmarshal(exported.AppState, &after))
			twin, err := importState(t, after, a.LastBlockHeight())
			require.NoError(t, err)
			require.NoError(t, sameStores(a, a.CommitMultiStore(), twin.app, twin.app.CommitMultiStore()))

			// The simulator begins at height 1 alone. So it is the whole application that goes on from there, with its shadows: they
			// import the same state and have to reach the same hash after each block. reborn goes on with messages.
			next := apptest.New(t, apptest.WithState(after, exported.Height, apptest.GenesisTime().Add(24*time.Hour)))
			next.Blocks(5)
		})
	}
}
