package apptest

import (
	"bytes"
	"fmt"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"

	pruningtypes "github.com/cosmos/cosmos-sdk/store/v2/pruning/types"
)

// shadow is a way to run a node. Whatever it is, the state has to come out the same.
type shadow struct {
	name string
	// executor of blocks: sequential or parallel.
	executor string
	// pruning of old states.
	pruning pruningtypes.PruningStrategy
	// restarts from the database before every block, as if its process had been killed after the last one.
	restarts bool
	// uncached keeps no tree nodes, no second index and nothing of one block for the next one.
	uncached bool
}

// shadows of every chain that is not Single.
func shadows() []shadow {
	return []shadow{
		{name: "restarting", executor: sequential, pruning: pruningtypes.PruningNothing, restarts: true},
		{name: "parallel", executor: parallel, pruning: pruningtypes.PruningNothing},
		{name: "lean", executor: sequential, pruning: pruningtypes.PruningEverything, uncached: true},
	}
}

// follow runs a block on a shadow and says in what its outcome differs from the main node's, naming the first transaction that does.
func (n *node) follow(t testing.TB, req *abci.RequestFinalizeBlock, want *abci.ResponseFinalizeBlock) error {
	t.Helper()
	// The first block's state is not in the database before it is committed.
	if n.restarts && n.app.LastBlockHeight() > 0 {
		n.restart(t)
	}
	got := n.execute(t, req)
	if len(got.TxResults) != len(want.TxResults) {
		return fmt.Errorf("%s node, height %d: %d results of %d transactions", n.name, req.Height, len(got.TxResults), len(want.TxResults))
	}
	for i, result := range got.TxResults {
		if was := want.TxResults[i]; result.Code != was.Code || result.Codespace != was.Codespace {
			return fmt.Errorf("%s node, height %d, transaction %d: %s %d (%s), the main node has %s %d (%s)",
				n.name, req.Height, i, result.Codespace, result.Code, result.Log, was.Codespace, was.Code, was.Log)
		}
	}
	if !bytes.Equal(got.AppHash, want.AppHash) {
		return fmt.Errorf("%s node, height %d: app hash %X, the main node has %X", n.name, req.Height, got.AppHash, want.AppHash)
	}
	return nil
}
