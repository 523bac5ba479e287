package apptest

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/baseapp"
	pruningtypes "github.com/cosmos/cosmos-sdk/store/v2/pruning/types"
	"github.com/cosmos/cosmos-sdk/store/v2/snapshots"
	snapshottypes "github.com/cosmos/cosmos-sdk/store/v2/snapshots/types"
)

// Join adds a node that has executed none of the chain's blocks: it takes the state after the last one from a snapshot,
// in chunks, as a node does that joins by state sync. From here on it is one more shadow.
func (c *Chain) Join() {
	c.t.Helper()
	source := c.main.open(c.t, withSnapshots(c.t))
	_, err := source.SnapshotManager().Create(uint64(c.height))
	require.NoError(c.t, err)
	offers, err := source.ListSnapshots(&abci.RequestListSnapshots{})
	require.NoError(c.t, err)
	require.Len(c.t, offers.Snapshots, 1)
	snapshot := offers.Snapshots[0]

	joined := newNode(c.t, shadow{name: "joined", executor: sequential, pruning: pruningtypes.PruningNothing}, ChainID, c.main.plant)
	target := joined.open(c.t, withSnapshots(c.t))
	offered, err := target.OfferSnapshot(&abci.RequestOfferSnapshot{Snapshot: snapshot, AppHash: c.hash})
	require.NoError(c.t, err)
	require.Equal(c.t, abci.ResponseOfferSnapshot_ACCEPT, offered.Result)
	for i := range snapshot.Chunks {
		chunk, err := source.LoadSnapshotChunk(&abci.RequestLoadSnapshotChunk{
			Height: snapshot.Height, Format: snapshot.Format, Chunk: i,
		})
		require.NoError(c.t, err)
		applied, err := target.ApplySnapshotChunk(&abci.RequestApplySnapshotChunk{Index: i, Chunk: chunk.Chunk})
		require.NoError(c.t, err)
		require.Equal(c.t, abci.ResponseApplySnapshotChunk_ACCEPT, applied.Result, "chunk %d", i)
	}
	require.Equal(c.t, c.hash, target.LastCommitID().Hash, "app hash after state sync")
	joined.app = target
	c.shadows = append(c.shadows, joined)
}

func withSnapshots(t testing.TB) func(*baseapp.BaseApp) {
	t.Helper()
	store, err := snapshots.NewStore(dbm.NewMemDB(), t.TempDir())
	require.NoError(t, err)
	return baseapp.SetSnapshot(store, snapshottypes.NewSnapshotOptions(0, 1))
}
