package app

import (
	dbm "github.com/cosmos/cosmos-db"

	"github.com/cosmos/cosmos-sdk/store/v2/rootmulti"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
)

// queryStore is the committed state as queries read it. The SDK asks twice a query which version is the latest, and its store answers
// by hashing the commits of all stores twice, which was a quarter of a node's work for its queries. Here it is read from where the
// store notes it as it commits.
type queryStore struct {
	storetypes.CommitMultiStore
	db dbm.DB
}

// LatestVersion implements storetypes.MultiStore.
func (s queryStore) LatestVersion() int64 { return rootmulti.GetLatestVersion(s.db) }
