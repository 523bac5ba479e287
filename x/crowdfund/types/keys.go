package types

import (
	"encoding/binary"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/address"
)

const (
	// ModuleName names the module, its store and its account, which holds contributions until a subnet is open.
	ModuleName = "crowdfund"
	// StoreKey names the module's store.
	StoreKey = ModuleName
	// FirstFundID is the id of the first fund.
	FirstFundID = 1
)

// Keys of the module's store: one byte of prefix, then fixed-width big-endian parts; an account behind its length where
// another part follows.
var (
	// ParamsPrefix -> Params.
	ParamsPrefix = collections.NewPrefix(0)
	// NextFundIDPrefix -> id of the next fund, 8 bytes.
	NextFundIDPrefix = collections.NewPrefix(1)
	// FundsPrefix | fund (8 bytes) -> Fund.
	FundsPrefix = collections.NewPrefix(2)
	// ContributionsPrefix | fund (8 bytes) | contributor -> Contribution.
	ContributionsPrefix = collections.NewPrefix(3)
	// ByContributorPrefix | length (1 byte) | contributor | fund (8 bytes) -> nothing.
	ByContributorPrefix = collections.NewPrefix(4)
	// OpenPrefix | length (1 byte) | operator | fund (8 bytes) -> nothing; the funds without a subnet.
	OpenPrefix = collections.NewPrefix(5)
)

// FundAccount is the address that receives the shareholders' part of a fund's owner cut. It has 32 bytes, derived from the
// module and the id, so no key controls it. Anyone may send coins to it: those of the subnet's token count for the shareholders.
func FundAccount(id uint64) sdk.AccAddress {
	return address.Module(ModuleName, binary.BigEndian.AppendUint64(nil, id))
}
