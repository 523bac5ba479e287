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
	pruningtypes "github.com/cosmos/cosmos-sdk/store/v2/pruning/types"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/params"
)

// node is one replica of the state machine and the database under it.
type node struct {
	name string
	app  *app.App
	db   dbm.DB
	// executor is the block executor that the replica runs: sequential or block-stm.
	executor string
	chainID  string
}

func newNode(t testing.TB, name, chainID, executor string) *node {
	t.Helper()
	n := &node{name: name, db: dbm.NewMemDB(), executor: executor, chainID: chainID}
	n.restart(t)
	return n
}

// restart builds the application anew over the database, as a node does when its process starts.
func (n *node) restart(t testing.TB) {
	t.Helper()
	n.app = n.open(t)
}

// open builds an application over the node's database beside the one that the node has.
func (n *node) open(t testing.TB, extra ...func(*baseapp.BaseApp)) *app.App {
	t.Helper()
	options := simtestutil.AppOptionsMap{
		server.FlagBlockExecutor:   n.executor,
		server.FlagBlockSTMWorkers: parallelWorkers,
	}
	built, err := app.New(log.NewNopLogger(), n.db, options, append([]func(*baseapp.BaseApp){
		baseapp.SetChainID(n.chainID),
		baseapp.SetMinGasPrices(params.MinGasPrice),
		baseapp.SetPruning(pruningtypes.NewPruningOptions(pruningtypes.PruningNothing)),
		baseapp.SetIAVLSyncPruning(true),
	}, extra...)...)
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
