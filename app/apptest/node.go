package apptest

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/server"
	serverconfig "github.com/cosmos/cosmos-sdk/server/config"
	"github.com/cosmos/cosmos-sdk/store/v2"
	pruningtypes "github.com/cosmos/cosmos-sdk/store/v2/pruning/types"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/params"
)

// node is one replica of the state machine and the database under it.
type node struct {
	shadow
	app     *app.App
	db      dbm.DB
	chainID string
	// plant, if there is one, changes the application whenever it is built.
	plant func(*node)
}

func newNode(t testing.TB, s shadow, chainID string, plant func(*node)) *node {
	t.Helper()
	n := &node{shadow: s, db: dbm.NewMemDB(), chainID: chainID, plant: plant}
	n.restart(t)
	return n
}

// restart builds the application anew over the database, as a node does when its process starts.
func (n *node) restart(t testing.TB) {
	t.Helper()
	n.app = n.open(t)
	if n.plant != nil {
		n.plant(n)
	}
}

// open builds an application over the node's database beside the one that the node has.
func (n *node) open(t testing.TB, extra ...func(*baseapp.BaseApp)) *app.App {
	t.Helper()
	options := simtestutil.AppOptionsMap{
		server.FlagBlockExecutor:   n.executor,
		server.FlagBlockSTMWorkers: parallelWorkers,
	}
	settings := []func(*baseapp.BaseApp){
		baseapp.SetChainID(n.chainID),
		baseapp.SetMinGasPrices(params.MinGasPrice),
		baseapp.SetPruning(pruningtypes.NewPruningOptions(n.pruning)),
		baseapp.SetIAVLSyncPruning(true),
	}
	if n.uncached {
		settings = append(settings, baseapp.SetIAVLCacheSize(0), baseapp.SetIAVLDisableFastNode(true))
	} else if n.executor == sequential {
		settings = append(settings, baseapp.SetInterBlockCache(store.NewCommitKVStoreCacheManager()))
	}
	built, err := app.New(log.NewNopLogger(), n.db, options, append(settings, extra...)...)
	require.NoError(t, err, "%s node", n.name)
	return built
}

// execute runs and commits one block.
func (n *node) execute(t testing.TB, req *abci.RequestFinalizeBlock) *abci.ResponseFinalizeBlock {
	t.Helper()
	res, err := n.app.FinalizeBlock(req)
	require.NoError(t, err, "%s node, height %d", n.name, req.Height)
	_, err = n.app.Commit()
	require.NoError(t, err, "%s node, height %d", n.name, req.Height)
	return res
}

const (
	sequential      = serverconfig.BlockExecutorSequential
	parallel        = serverconfig.BlockExecutorBlockSTM
	parallelWorkers = 2
)
