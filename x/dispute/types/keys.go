package types

import "cosmossdk.io/collections"

const (
	// ModuleName names the module, its store and its account, through which what is slashed passes to refunds and the community pool.
	ModuleName = "dispute"
	// StoreKey names the module's store.
	StoreKey = ModuleName
	// FirstCaseID is the id of the first case.
	FirstCaseID = 1
)

// Keys of the module's store: one byte of prefix, then fixed-width big-endian parts. An address that is not the last part is led
// by one byte of length; a hotkey always has 20 bytes.
var (
	// ParamsPrefix -> Params.
	ParamsPrefix = collections.NewPrefix(0)
	// NextCaseIDPrefix -> id of the next case, 8 bytes.
	NextCaseIDPrefix = collections.NewPrefix(1)
	// CasesPrefix | case (8 bytes) -> Case.
	CasesPrefix = collections.NewPrefix(2)
	// JudgesPrefix | case (8 bytes) | hotkey (20 bytes) -> Judge.
	JudgesPrefix = collections.NewPrefix(3)
	// OpenPrefix | netuid (4 bytes) | miner (20 bytes) -> case, 8 bytes; the case that is open against a miner.
	OpenPrefix = collections.NewPrefix(4)
	// DuePrefix | height (8 bytes) | case (8 bytes) -> nothing; the queue of open cases.
	DuePrefix = collections.NewPrefix(5)
	// ForgetPrefix | height (8 bytes) | case (8 bytes) -> nothing; the queue of cases that have ended.
	ForgetPrefix = collections.NewPrefix(6)
	// BySubnetPrefix | netuid (4 bytes) | case (8 bytes) -> nothing.
	BySubnetPrefix = collections.NewPrefix(7)
	// ByMinerPrefix | 24 (1 byte) | netuid (4 bytes) | miner (20 bytes) | case (8 bytes) -> nothing.
	ByMinerPrefix = collections.NewPrefix(8)
	// ByAccuserPrefix | 20 (1 byte) | accuser (20 bytes) | case (8 bytes) -> nothing; the open cases of an accuser.
	ByAccuserPrefix = collections.NewPrefix(9)
	// BarsPrefix | accuser (20 bytes) -> height, 8 bytes, from which it can accuse again.
	BarsPrefix = collections.NewPrefix(10)
	// RecordsPrefix | netuid (4 bytes) | miner (20 bytes) -> Record.
	RecordsPrefix = collections.NewPrefix(11)
)
