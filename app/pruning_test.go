package app_test

import (
	"encoding/json"
	"flag"
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/server"
	pruningtypes "github.com/cosmos/cosmos-sdk/store/v2/pruning/types"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/apptest"
)

var pruneBlocks = flag.Int("prune-blocks", 0, "blocks of TestPruning, which then compares with a node that prunes nothing; 0 for a short run")

// onDisk is the disk that a node's state takes after each tenth of some blocks, and how many epochs ended.
func onDisk(t *testing.T, blocks int, pruning pruningtypes.PruningOptions) (sizes []int64, epochs uint64) {
	t.Helper()
	dir := t.TempDir()
	db, err := dbm.NewDB("application", dbm.GoLevelDBBackend, dir)
	require.NoError(t, err)
	a, err := app.New(log.NewNopLogger(), db, simtestutil.AppOptionsMap{server.FlagBlockExecutor: "sequential"},
		baseapp.SetChainID(apptest.ChainID), baseapp.SetPruning(pruning), baseapp.SetIAVLSyncPruning(true))
	require.NoError(t, err)
	defer func() { require.NoError(t, a.Close()) }()
	e := earlierState(t)
	for _, module := range newModules {
		e.State[module] = a.DefaultGenesis()[module]
	}
	require.Contains(t, e.State, govtypes.ModuleName)
	raw, err := json.Marshal(e.State)
	require.NoError(t, err)
	consensus := app.ConsensusParams().ToProto()
	_, err = a.InitChain(&abci.RequestInitChain{
		Time: e.Time, ChainId: apptest.ChainID, ConsensusParams: &consensus, AppStateBytes: raw, InitialHeight: e.Height,
	})
	require.NoError(t, err)
	index := func() uint64 {
		epoch, err := a.ScoringKeeper.EpochOf(a.NewContext(true), netuid)
		require.NoError(t, err)
		require.False(t, epoch.Paused)
		return epoch.Index
	}
	first := uint64(0)
	for i := range blocks {
		_, err := a.FinalizeBlock(&abci.RequestFinalizeBlock{
			Height: e.Height + int64(i), Time: e.Time.Add(time.Duration(i) * apptest.BlockTime), Hash: make([]byte, 32),
		})
		require.NoError(t, err)
		_, err = a.Commit()
		require.NoError(t, err)
		if i == 0 {
			first = index()
		}
		if (i+1)%(blocks/10) == 0 {
			sizes = append(sizes, size(t, dir))
		}
	}
	return sizes, index() - first
}

// size is the sum of the files below a folder.
func size(t *testing.T, dir string) (sum int64) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			sum += info.Size()
		}
		return err
	}))
	return sum
}

// TestPruning lets a node that keeps the last 100 states make blocks and epochs: its disk stops growing.
func TestPruning(t *testing.T) {
	blocks := 800
	if *pruneBlocks > 0 {
		blocks = *pruneBlocks
	}
	pruned, epochs := onDisk(t, blocks, pruningtypes.NewCustomPruningOptions(100, 10))
	require.Greater(t, epochs, uint64(blocks)/10)
	t.Logf("pruned to 100 states: %d blocks, %d epochs of one subnet; bytes on disk after each tenth: %v", blocks, epochs, pruned)
	var early, late int64
	for _, n := range pruned[:5] {
		early = max(early, n)
	}
	for _, n := range pruned[5:] {
		late = max(late, n)
	}
	// The database writes first and tidies up later, so that its size swings.
	require.Less(t, late, 2*early, "the disk of the second half grows beyond that of the first")
	if *pruneBlocks == 0 {
		return
	}
	all, _ := onDisk(t, blocks, pruningtypes.NewPruningOptions(pruningtypes.PruningNothing))
	grown := all[9] - all[4]
	t.Logf("nothing pruned: %v; %d bytes per block", all, grown/int64(blocks/2))
	require.Less(t, 3*pruned[9], all[9])
}
