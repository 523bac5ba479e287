package types

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// BankKeeper burns fees.
type BankKeeper interface {
	SendCoinsFromAccountToModule(ctx context.Context, sender sdk.AccAddress, recipientModule string, amount sdk.Coins) error
	BurnCoins(ctx context.Context, moduleName string, amount sdk.Coins) error
}

// SubnetKeeper knows who is in.
type SubnetKeeper interface {
	// GetSubnet says whether a subnet lives.
	GetSubnet(ctx context.Context, netuid uint32) (subnettypes.Subnet, error)
	// SignsFor is the hotkey that an account signs for.
	SignsFor(ctx context.Context, account sdk.AccAddress) (sdk.AccAddress, error)
	// UIDOf is the uid that a hotkey holds.
	UIDOf(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) (uint32, error)
}
