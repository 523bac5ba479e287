package types

import "cosmossdk.io/collections"

const (
	// ModuleName names the module, its store and its account, which mints and holds what subnets have not drawn yet.
	ModuleName = "emission"
	// StoreKey names the module's store.
	StoreKey = ModuleName
)

// Keys of the module's store: one byte of prefix, then fixed-width big-endian parts.
var (
	// ParamsPrefix -> Params.
	ParamsPrefix = collections.NewPrefix(0)
	// LedgerPrefix -> Ledger.
	LedgerPrefix = collections.NewPrefix(1)
	// SubnetsPrefix | netuid (4 bytes) -> SubnetEmission.
	SubnetsPrefix = collections.NewPrefix(2)
)
