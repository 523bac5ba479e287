package types

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	modeltypes "github.com/agon-chain/agon/x/model/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// BankKeeper moves the money in and out.
type BankKeeper interface {
	SendCoinsFromAccountToModule(ctx context.Context, sender sdk.AccAddress, recipientModule string, amount sdk.Coins) error
	SendCoinsFromModuleToAccount(ctx context.Context, senderModule string, recipient sdk.AccAddress, amount sdk.Coins) error
	GetBalance(ctx context.Context, addr sdk.AccAddress, denom string) sdk.Coin
	// BlockedAddr says whether an account takes no transfers.
	BlockedAddr(addr sdk.AccAddress) bool
}

// CommunityPool receives the protocol's part, and what of a refund nobody took.
type CommunityPool interface {
	FundCommunityPool(ctx context.Context, amount sdk.Coins, sender sdk.AccAddress) error
}

// SubnetKeeper knows who is in, and whose.
type SubnetKeeper interface {
	// GetSubnet returns a subnet, a dissolved one too.
	GetSubnet(ctx context.Context, netuid uint32) (subnettypes.Subnet, error)
	// LiveSubnet returns one that is not dissolved.
	LiveSubnet(ctx context.Context, netuid uint32) (subnettypes.Subnet, error)
	// SignsFor is the hotkey that an account signs for.
	SignsFor(ctx context.Context, account sdk.AccAddress) (sdk.AccAddress, error)
	// UIDOf is the uid that a hotkey holds.
	UIDOf(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) (uint32, error)
	// OwnerOf is the account that owns a hotkey, also one that holds no uid any more.
	OwnerOf(ctx context.Context, hotkey sdk.AccAddress) (sdk.AccAddress, error)
}

// ModelKeeper knows what answers, and whose it is.
type ModelKeeper interface {
	// BoundVersions are the versions that a neuron says it serves, ascending: a few at most.
	BoundVersions(ctx context.Context, netuid, uid uint32) ([]uint64, error)
	// OriginalOf returns a version, or the one that it is a copy of, with its parents.
	OriginalOf(ctx context.Context, id uint64) (modeltypes.Version, error)
	// VersionOf finds it by its name.
	VersionOf(ctx context.Context, model string, number uint32) (modeltypes.Version, error)
	// GetModel returns a model with its owner.
	GetModel(ctx context.Context, name string) (modeltypes.Model, error)
}
