package types

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/scoring/yuma"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// SubnetKeeper knows who is in.
type SubnetKeeper interface {
	Netuids(ctx context.Context) ([]uint32, error)
	GetSubnet(ctx context.Context, netuid uint32) (subnettypes.Subnet, error)
	// SignsFor is the hotkey that an account signs for.
	SignsFor(ctx context.Context, account sdk.AccAddress) (sdk.AccAddress, error)
	UIDOf(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) (uint32, error)
	GetNeuron(ctx context.Context, netuid, uid uint32) (subnettypes.Neuron, error)
	Neurons(ctx context.Context, netuid uint32) ([]subnettypes.Neuron, error)
	RegisteredAt(ctx context.Context, netuid uint32) ([]uint64, error)
	SetPruningScores(ctx context.Context, netuid uint32, scores []uint16) error
}

// StakeKeeper knows who backs whom.
type StakeKeeper interface {
	// EpochStake is what counts for each uid: the alpha behind it with what accrued, root stake, and what parents delegate.
	EpochStake(ctx context.Context, netuid uint32) ([]uint64, error)
	// StakeOf is EpochStake's entry of one uid, which hotkey holds, without reading what concerns others alone.
	StakeOf(ctx context.Context, netuid, uid uint32, hotkey sdk.AccAddress) (uint64, error)
}

// EpochHooks pays what an epoch found. It runs inside the epoch's own branch of state: on error nothing of the epoch stays.
type EpochHooks interface {
	// PayEpoch takes the outcome of every mechanism and the split among them in basis points that sum to the whole. It returns what
	// each uid was paid in each mechanism, in alpha base units.
	PayEpoch(ctx context.Context, netuid uint32, split []uint32, outcomes []*yuma.Output) (paid [][]uint64, err error)
	// EpochEmission is what PayEpoch would share among uids in each mechanism at the height of ctx, in alpha base units, before it
	// leaves the burned part of the miners' emission unminted. It leaves state as it is.
	EpochEmission(ctx context.Context, netuid uint32, split []uint32) ([]uint64, error)
}
