package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"

	"cosmossdk.io/log/v2"
	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/baseapp"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	"github.com/cosmos/cosmos-sdk/server"
	serverconfig "github.com/cosmos/cosmos-sdk/server/config"
	pruningtypes "github.com/cosmos/cosmos-sdk/store/v2/pruning/types"
	"github.com/cosmos/cosmos-sdk/store/v2/snapshots"
	snapshottypes "github.com/cosmos/cosmos-sdk/store/v2/snapshots/types"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/params"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const (
	chainID = "capacity-1"
	// blockTime is how far the clock of the chain moves from block to block: what `agond init` aims at.
	blockTime = 2 * time.Second
	// bond of each consensus validator, in AGON.
	bond = 1_000
)

// chain is an application on disk, without a consensus engine: whoever measures says when a block is.
type chain struct {
	*app.App
	dir     string
	written *counter
	votes   []abci.VoteInfo
	height  int64
}

// newChain starts a chain of as many consensus validators, in a folder.
func newChain(dir string, validators int) (*chain, error) {
	c := &chain{dir: dir, written: &counter{}}
	var err error
	if c.App, err = openApp(dir, c.written); err != nil {
		return nil, err
	}
	state, err := c.genesis(validators)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(state)
	if err != nil {
		return nil, err
	}
	consensus := app.ConsensusParams().ToProto()
	if _, err := c.InitChain(&abci.RequestInitChain{Time: at(0), ChainId: chainID, ConsensusParams: &consensus, AppStateBytes: raw, InitialHeight: 1}); err != nil {
		return nil, err
	}
	_, err = c.block()
	return c, err
}

// openApp is a node's application with the settings that `agond init` writes, on the database that a node has.
func openApp(dir string, written *counter) (*app.App, error) {
	db, err := dbm.NewDB("application", dbm.GoLevelDBBackend, dir)
	if err != nil {
		return nil, err
	}
	offered, err := dbm.NewDB("metadata", dbm.GoLevelDBBackend, filepath.Join(dir, "snapshots"))
	if err != nil {
		return nil, err
	}
	store, err := snapshots.NewStore(offered, filepath.Join(dir, "snapshots"))
	if err != nil {
		return nil, err
	}
	return app.New(log.NewNopLogger(), countingDB{db, written}, simtestutil.AppOptionsMap{server.FlagBlockExecutor: serverconfig.BlockExecutorSequential},
		baseapp.SetChainID(chainID), baseapp.SetMinGasPrices(params.MinGasPrice),
		baseapp.SetPruning(pruningtypes.NewPruningOptions(pruningtypes.PruningDefault)),
		baseapp.SetSnapshot(store, snapshottypes.NewSnapshotOptions(0, app.SnapshotKeepRecent)))
}

// at is the time of a block.
func at(height int64) time.Time {
	return time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(height) * blockTime)
}

// hashOf stands for the hash of a block.
func hashOf(height int64) []byte {
	out := make([]byte, 32)
	binary.BigEndian.PutUint64(out, uint64(height))
	return out
}

// genesis is the default one with bonded validators, and with subnets that are cheap to open and start at once.
func (c *chain) genesis(validators int) (app.GenesisState, error) {
	cdc := c.Encoding().Codec
	state := c.DefaultGenesis()
	var staking stakingtypes.GenesisState
	cdc.MustUnmarshalJSON(state[stakingtypes.ModuleName], &staking)
	staking.Params.MaxValidators = uint32(validators)
	stake := params.Agon(bond).Amount
	var accounts authtypes.GenesisAccounts
	for i := range validators {
		key := ed25519.GenPrivKeyFromSecret(fmt.Appendf(nil, "capacity consensus %d", i)).PubKey()
		operator := newKey("operator", 0, i)
		accounts = append(accounts, authtypes.NewBaseAccount(operator.address, nil, uint64(i), 0))
		packed, err := codectypes.NewAnyWithValue(key)
		if err != nil {
			return nil, err
		}
		staking.Validators = append(staking.Validators, stakingtypes.Validator{
			OperatorAddress: sdk.ValAddress(operator.address).String(), ConsensusPubkey: packed, Status: stakingtypes.Unbonded, Tokens: stake,
			DelegatorShares: math.LegacyNewDecFromInt(stake), Description: stakingtypes.Description{Moniker: fmt.Sprintf("node %d", i)},
			Commission:        stakingtypes.NewCommission(math.LegacyNewDecWithPrec(10, 2), math.LegacyOneDec(), math.LegacyOneDec()),
			MinSelfDelegation: math.OneInt(),
		})
		staking.Delegations = append(staking.Delegations,
			stakingtypes.NewDelegation(operator.address.String(), sdk.ValAddress(operator.address).String(), math.LegacyNewDecFromInt(stake)))
		c.votes = append(c.votes, abci.VoteInfo{
			Validator:   abci.Validator{Address: key.Address(), Power: sdk.TokensToConsensusPower(stake, sdk.DefaultPowerReduction)},
			BlockIdFlag: cmtproto.BlockIDFlagCommit,
		})
	}
	state[stakingtypes.ModuleName] = cdc.MustMarshalJSON(&staking)

	var auth authtypes.GenesisState
	cdc.MustUnmarshalJSON(state[authtypes.ModuleName], &auth)
	packed, err := authtypes.PackAccounts(authtypes.SanitizeGenesisAccounts(accounts))
	if err != nil {
		return nil, err
	}
	auth.Accounts = packed
	state[authtypes.ModuleName] = cdc.MustMarshalJSON(&auth)

	var bank banktypes.GenesisState
	cdc.MustUnmarshalJSON(state[banktypes.ModuleName], &bank)
	bank.Balances = []banktypes.Balance{{
		Address: authtypes.NewModuleAddress(stakingtypes.NotBondedPoolName).String(),
		Coins:   sdk.NewCoins(sdk.NewCoin(params.BaseDenom, stake.MulRaw(int64(validators)))),
	}}
	state[banktypes.ModuleName] = cdc.MustMarshalJSON(&bank)

	var subnet subnettypes.GenesisState
	cdc.MustUnmarshalJSON(state[subnettypes.ModuleName], &subnet)
	subnet.Params.StartDelay = 0
	subnet.Params.CreationCostStepBps = 10_000
	subnet.Params.MaxSubnets = 4096
	state[subnettypes.ModuleName] = cdc.MustMarshalJSON(&subnet)
	return state, nil
}

// cost is what one block took.
type cost struct {
	execute, commit time.Duration
	written         int64 // bytes that the application gave its database
	events          []abci.Event
	txs             []*abci.ExecTxResult
}

// block makes the next block, as a node does that gets it from consensus.
func (c *chain) block(txs ...[]byte) (cost, error) {
	c.height++
	req := &abci.RequestFinalizeBlock{Height: c.height, Time: at(c.height), Hash: hashOf(c.height), Txs: txs, ProposerAddress: c.votes[0].Validator.Address}
	if c.height > 1 {
		req.DecidedLastCommit.Votes = c.votes
	}
	before, start := c.written.bytes.Load(), time.Now()
	res, err := c.FinalizeBlock(req)
	if err != nil {
		return cost{}, fmt.Errorf("block %d: %w", c.height, err)
	}
	executed := time.Now()
	if _, err := c.Commit(); err != nil {
		return cost{}, fmt.Errorf("commit of block %d: %w", c.height, err)
	}
	return cost{
		execute: executed.Sub(start), commit: time.Since(executed), written: c.written.bytes.Load() - before,
		events: res.Events, txs: res.TxResults,
	}, nil
}

// headerAt is as much of a block's header as the state machine reads.
func headerAt(height int64) cmtproto.Header {
	return cmtproto.Header{ChainID: chainID, Height: height, Time: at(height)}
}

// write changes the state past the blocks, as a block of its own height: what fills it needs no transactions.
func (c *chain) write(change func(ctx sdk.Context) error) error {
	c.height++
	stores := c.CommitMultiStore()
	branch := stores.CacheMultiStore()
	ctx := sdk.NewContext(branch, headerAt(c.height), false, log.NewNopLogger()).
		WithHeaderHash(hashOf(c.height)).WithEventManager(sdk.NewEventManager())
	if err := change(ctx); err != nil {
		return fmt.Errorf("height %d: %w", c.height, err)
	}
	branch.Write()
	stores.Commit()
	return nil
}

// size is the sum of the files below a folder.
func size(dir string) (sum int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if info, err := entry.Info(); err == nil { // gone files were the database's to remove
			sum += info.Size()
		}
		return nil
	})
	return sum, err
}
