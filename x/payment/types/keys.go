package types

import "cosmossdk.io/collections"

const (
	// ModuleName names the module, its store and its account, which holds all that payers put in and miners have not claimed.
	ModuleName = "payment"
	// StoreKey names the module's store.
	StoreKey = ModuleName
	// FirstChannelID is the id of the first channel.
	FirstChannelID = 1
)

// Keys of the module's store: one byte of prefix, then fixed-width big-endian parts. An address that is not the last part is led
// by one byte of length; a hotkey always has 20 bytes.
var (
	// ParamsPrefix -> Params.
	ParamsPrefix = collections.NewPrefix(0)
	// NextChannelIDPrefix -> id of the next channel, 8 bytes.
	NextChannelIDPrefix = collections.NewPrefix(1)
	// AccountsPrefix | owner -> Account.
	AccountsPrefix = collections.NewPrefix(2)
	// PricesPrefix | netuid (4 bytes) | hotkey (20 bytes) -> Price.
	PricesPrefix = collections.NewPrefix(3)
	// ChannelsPrefix | channel (8 bytes) -> Channel.
	ChannelsPrefix = collections.NewPrefix(4)
	// ByOwnerPrefix | length (1 byte) | owner | channel (8 bytes) -> nothing.
	ByOwnerPrefix = collections.NewPrefix(5)
	// ByPayeePrefix | 20 (1 byte) | payee (20 bytes) | channel (8 bytes) -> nothing.
	ByPayeePrefix = collections.NewPrefix(6)
	// ClosedPrefix | height (8 bytes) | channel (8 bytes) -> nothing; the queue of channels that have ended.
	ClosedPrefix = collections.NewPrefix(7)
	// MinerSumsPrefix | bucket (8 bytes) | netuid (4 bytes) | miner (20 bytes) -> nagon, 8 bytes.
	MinerSumsPrefix = collections.NewPrefix(8)
	// ChannelSumsPrefix | bucket (8 bytes) | channel (8 bytes) -> nagon, 8 bytes.
	ChannelSumsPrefix = collections.NewPrefix(9)
	// PotsPrefix | case (8 bytes) -> Pot.
	PotsPrefix = collections.NewPrefix(10)
	// PotsDuePrefix | height (8 bytes) | case (8 bytes) -> nothing; the queue of pots.
	PotsDuePrefix = collections.NewPrefix(11)
	// RefundedPrefix | netuid (4 bytes) | miner (20 bytes) -> bucket, 8 bytes: the last that stood in a pot.
	RefundedPrefix = collections.NewPrefix(12)
)
