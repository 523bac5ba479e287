package types

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/wide"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// BankKeeper mints AGON and moves it between modules' accounts.
type BankKeeper interface {
	GetSupply(ctx context.Context, denom string) sdk.Coin
	GetBalance(ctx context.Context, addr sdk.AccAddress, denom string) sdk.Coin
	MintCoins(ctx context.Context, moduleName string, amounts sdk.Coins) error
	SendCoinsFromModuleToModule(ctx context.Context, senderModule, recipientModule string, amounts sdk.Coins) error
}

// CommunityPool receives the community's part of emission.
type CommunityPool interface {
	FundCommunityPool(ctx context.Context, amount sdk.Coins, sender sdk.AccAddress) error
}

// StakeKeeper holds the subnets' pools and pays their token.
type StakeKeeper interface {
	// PriceCumulative is the pool's price (32 fractional bits) summed over blocks up to now.
	PriceCumulative(ctx context.Context, netuid uint32) (wide.U128, error)
	// Inject moves agon from a module's account into the pool with as much token beside it as the price asks, at most alphaCap.
	Inject(ctx context.Context, netuid uint32, fromModule string, agon, alphaCap uint64) (agonIn, alphaIn uint64, err error)
	// AlphaSupply is all of a subnet's token that exists.
	AlphaSupply(ctx context.Context, netuid uint32) uint64
	// CreditEpoch mints the token of an epoch and credits it to uids.
	CreditEpoch(ctx context.Context, netuid uint32, incentive, dividends []uint64) error
	// PayToken mints token to an account.
	PayToken(ctx context.Context, netuid uint32, to sdk.AccAddress, alpha uint64) error
}

// SubnetKeeper knows who owns a subnet, and holds the collateral of its neurons.
type SubnetKeeper interface {
	// Netuids are those of the subnets that live.
	Netuids(ctx context.Context) ([]uint32, error)
	// SetStanding says what a subnet is worth beside others: its weight.
	SetStanding(ctx context.Context, netuid uint32, weight uint64) error
	// GetSubnet names the accounts that receive the owner cut, and the part of the miners' emission that is burned.
	GetSubnet(ctx context.Context, netuid uint32) (subnettypes.Subnet, error)
	// FixCollateralTarget fixes what a neuron must earn, at a price with 32 fractional bits.
	FixCollateralTarget(ctx context.Context, netuid, uid uint32, priceQ32 uint64) error
	// AddEarned adds what an epoch paid each neuron as a miner.
	AddEarned(ctx context.Context, netuid uint32, incentive []uint64) error
}
