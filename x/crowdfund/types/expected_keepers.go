package types

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// BankKeeper moves contributions and the token that shares are due.
type BankKeeper interface {
	GetBalance(ctx context.Context, addr sdk.AccAddress, denom string) sdk.Coin
	// SpendableCoin is the balance less what is locked, as anyone can lock what he sends to an account that is not there yet.
	SpendableCoin(ctx context.Context, addr sdk.AccAddress, denom string) sdk.Coin
	SendCoins(ctx context.Context, from, to sdk.AccAddress, amount sdk.Coins) error
	SendCoinsFromAccountToModule(ctx context.Context, sender sdk.AccAddress, recipientModule string, amount sdk.Coins) error
	SendCoinsFromModuleToAccount(ctx context.Context, senderModule string, recipient sdk.AccAddress, amount sdk.Coins) error
	// BlockedAddr says that an account takes no transfers.
	BlockedAddr(addr sdk.AccAddress) bool
}

// SubnetKeeper opens subnets and keeps their leases.
type SubnetKeeper interface {
	// Params bound what a subnet may be.
	Params(ctx context.Context) (subnettypes.Params, error)
	// CreationCost is what a subnet costs now, in nagon.
	CreationCost(ctx context.Context) (uint64, error)
	// GetSubnet says who owns a subnet and which lease runs.
	GetSubnet(ctx context.Context, netuid uint32) (subnettypes.Subnet, error)
	// CreateLeased opens a subnet that payer pays for and whose owner cut is shared.
	CreateLeased(ctx context.Context, m *subnettypes.MsgCreateSubnet, payer sdk.AccAddress, lease subnettypes.Lease) (netuid uint32, cost uint64, err error)
	// EndLease gives all of the owner cut to the owner.
	EndLease(ctx context.Context, netuid uint32) error
}
