package types

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// BankKeeper says what the module's account holds.
type BankKeeper interface {
	GetBalance(ctx context.Context, addr sdk.AccAddress, denom string) sdk.Coin
}

// Refunds receives what of a slash is not burned, for those who paid the miner before it was accused.
type Refunds interface {
	// FundRefunds takes an amount from an account for the payers of a miner that a case of a height found guilty. What they cannot get goes
	// to the community pool.
	FundRefunds(ctx context.Context, caseID uint64, netuid uint32, miner sdk.AccAddress, openedAt int64, amount uint64, from sdk.AccAddress) error
}

// SubnetKeeper knows who is in, and holds collateral.
type SubnetKeeper interface {
	// GetSubnet returns a subnet, a dissolved one too.
	GetSubnet(ctx context.Context, netuid uint32) (subnettypes.Subnet, error)
	// LiveSubnet returns one that is not dissolved.
	LiveSubnet(ctx context.Context, netuid uint32) (subnettypes.Subnet, error)
	// SignsFor is the hotkey that an account signs for.
	SignsFor(ctx context.Context, account sdk.AccAddress) (sdk.AccAddress, error)
	UIDOf(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) (uint32, error)
	GetNeuron(ctx context.Context, netuid, uid uint32) (subnettypes.Neuron, error)
	// HoldDisputed keeps a part of a neuron's collateral until one of the two below. It returns how much.
	HoldDisputed(ctx context.Context, netuid uint32, hotkey sdk.AccAddress, bps uint32) (uint64, error)
	// Disputed is what is kept now.
	Disputed(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) (uint64, error)
	// AllDisputed is the sum of what is kept for all disputes.
	AllDisputed(ctx context.Context) (uint64, error)
	// SlashCollateral takes what was kept: a part is burned and the rest sent to a module's account.
	SlashCollateral(ctx context.Context, netuid uint32, hotkey sdk.AccAddress, burnBps uint32, recipient string) (burned, sent uint64, err error)
	// ReleaseDisputed lets what was kept vest again, or pays it to the owner of a hotkey that has lost its uid. It returns how much was kept.
	ReleaseDisputed(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) (uint64, error)
}

// StakeKeeper knows who backs whom.
type StakeKeeper interface {
	// EpochStake is what counts for each uid of a subnet that lives.
	EpochStake(ctx context.Context, netuid uint32) ([]uint64, error)
}

// ScoringKeeper knows who may judge.
type ScoringKeeper interface {
	// Permits says by uid who does.
	Permits(ctx context.Context, netuid uint32) ([]bool, error)
}
