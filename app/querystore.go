package app

import (
	dbm "github.com/cosmos/cosmos-db"

	"github.com/cosmos/cosmos-sdk/store/v2/rootmulti"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
)

// queryStore is the committed state as queries read it. The SDK asks twice a query which version is the latest, and its store answers
// by hashing the commits of all stores twice, a quarter of the processor time of a node that 70 daemons asked. Here the version is
// read from where the store notes it once a commit is whole. Not for an application that stands at an earlier height (NewAtHeight).
type queryStore struct {
	storetypes.CommitMultiStore
	db dbm.DB
}

// LatestVersion implements storetypes.MultiStore.
func (s queryStore) LatestVersion() int64 { return rootmulti.GetLatestVersion(s.db) }
