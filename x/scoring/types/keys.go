package types

import "cosmossdk.io/collections"

const (
	// ModuleName names the module and its store.
	ModuleName = "scoring"
	// StoreKey names the module's store.
	StoreKey = ModuleName
)

// Keys of the module's store: one byte of prefix, then fixed-width big-endian parts.
var (
	// ParamsPrefix -> Params.
	ParamsPrefix = collections.NewPrefix(0)
	// EpochsPrefix | netuid (4) -> Epoch.
	EpochsPrefix = collections.NewPrefix(1)
	// DuePrefix | height (8) | netuid (4) -> nothing: the queue of epochs.
	DuePrefix = collections.NewPrefix(2)
	// ColumnsPrefix | netuid (4) | mechanism (4) | column (4) -> packed values by uid.
	ColumnsPrefix = collections.NewPrefix(3)
	// WeightsPrefix | netuid (4) | mechanism (4) | uid (4) -> packed row.
	WeightsPrefix = collections.NewPrefix(4)
	// BondsPrefix | netuid (4) | mechanism (4) | uid (4) -> packed row.
	BondsPrefix = collections.NewPrefix(5)
	// CommitsPrefix | netuid (4) | mechanism (4) | epoch (8) | hotkey (20) -> Commit.
	CommitsPrefix = collections.NewPrefix(6)
	// FreshPrefix | netuid (4) | mechanism (4) | epoch (8) | hotkey (20) -> nothing: commits that wait for their seed.
	FreshPrefix = collections.NewPrefix(7)
)

// Place is a mechanism of a subnet: netuid (4), mechanism (4). Weights, bonds, commits and columns are by place.
type Place uint64

// PlaceOf is the place of a mechanism of a subnet.
func PlaceOf(netuid, mechanism uint32) Place { return Place(uint64(netuid)<<32 | uint64(mechanism)) }

// Netuid is the subnet of a place.
func (p Place) Netuid() uint32 { return uint32(p >> 32) }

// Mechanism is which one of its subnet a place is.
func (p Place) Mechanism() uint32 { return uint32(p) }

// Column names one packed column of a mechanism. The numbers are part of consensus.
type Column uint32

// Columns of a mechanism, each a list by uid. Permits and stake weight follow from stake alone and are the same in all mechanisms
// of a subnet: they stand in the columns of the first.
const (
	LastUpdateColumn     Column = iota // 8 bytes: height of the last weights
	PermitColumn                       // 1 byte
	ActiveColumn                       // 1 byte
	StakeWeightColumn                  // 2 bytes
	ConsensusColumn                    // 2 bytes
	IncentiveColumn                    // 2 bytes
	DividendsColumn                    // 2 bytes
	ValidatorTrustColumn               // 2 bytes
	EmissionColumn                     // 8 bytes: alpha base units of the last epoch
)
