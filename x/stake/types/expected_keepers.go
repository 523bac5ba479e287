package types

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// BankKeeper is what the module needs of the bank.
type BankKeeper interface {
	GetSupply(ctx context.Context, denom string) sdk.Coin
	GetBalance(ctx context.Context, addr sdk.AccAddress, denom string) sdk.Coin
	MintCoins(ctx context.Context, module string, amount sdk.Coins) error
	BurnCoins(ctx context.Context, module string, amount sdk.Coins) error
	SendCoinsFromAccountToModule(ctx context.Context, from sdk.AccAddress, toModule string, amount sdk.Coins) error
	SendCoinsFromModuleToAccount(ctx context.Context, fromModule string, to sdk.AccAddress, amount sdk.Coins) error
	SendCoinsFromModuleToModule(ctx context.Context, fromModule, toModule string, amount sdk.Coins) error
	// BlockedAddr says that an account must not receive coins: a module's that keeps books.
	BlockedAddr(addr sdk.AccAddress) bool
	SetDenomMetaData(ctx context.Context, metadata banktypes.Metadata)
}

// SubnetKeeper is what the module needs of x/subnet.
type SubnetKeeper interface {
	// UIDOf returns the uid that a hotkey holds in a subnet, or x/subnet's ErrNotRegistered.
	UIDOf(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) (uint32, error)
	// OwnerOf returns the account that owns a hotkey, registered or not.
	OwnerOf(ctx context.Context, hotkey sdk.AccAddress) (sdk.AccAddress, error)
	// Netuids returns the netuids of all subnets that live, ascending.
	Netuids(ctx context.Context) ([]uint32, error)
	// Hotkeys returns the hotkeys of a subnet by uid.
	Hotkeys(ctx context.Context, netuid uint32) ([]sdk.AccAddress, error)
	// GetSubnet returns a subnet, dissolved or not.
	GetSubnet(ctx context.Context, netuid uint32) (subnettypes.Subnet, error)
}
