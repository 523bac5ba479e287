package miner

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/miner/till"
	"github.com/agon-chain/agon/wire"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Subnet is what a miner needs to know of the subnet that it serves.
type Subnet struct {
	Netuid            uint32
	TaskKind          string
	TaskParams        string // JSON object, or empty for the task's defaults
	MinCallerBalance  uint64 // nagon
	RegistrationPrice uint64 // nagon, now
	Mechanisms        int    // scoring mechanisms; with several, some may judge by other tasks than the subnet's
}

// Chain is what a miner asks of the chain. Its methods may be called from many goroutines at once. Errors beyond those
// named mean that the chain could not be asked.
type Chain interface {
	// Subnet describes a subnet. Errors: ErrNoSubnet.
	Subnet(ctx context.Context, netuid uint32) (Subnet, error)
	// SignsFor is the hotkey that a key signs for. Errors: subnettypes.ErrKeySwapped where another key signs in its place.
	SignsFor(ctx context.Context, key sdk.AccAddress) (sdk.AccAddress, error)
	// Neuron is what a hotkey holds in a subnet. Errors: ErrNotRegistered.
	Neuron(ctx context.Context, netuid uint32, hotkey string) (subnettypes.Neuron, error)
	// Judges says whether a neuron of a subnet has a permit to judge.
	Judges(ctx context.Context, netuid uint32, hotkey string) (bool, error)
	// Balance of an account in nagon; 0 for one that the chain has never heard of.
	Balance(ctx context.Context, address string) (uint64, error)
	// FeeGrant is what the granter still pays of the grantee's fees.
	FeeGrant(ctx context.Context, granter, grantee sdk.AccAddress) (FeeGrant, error)
	// Price that is published of a hotkey in a subnet; the zero value if there is none.
	Price(ctx context.Context, netuid uint32, hotkey string) (wire.Price, error)
	// Channel of payments. Errors: till.ErrNoChannel.
	Channel(ctx context.Context, id uint64) (till.Channel, error)
	// Height is the latest.
	Height(ctx context.Context) (int64, error)
}

// FeeGrant is what is left of a grant of fees.
type FeeGrant struct {
	Exists bool
	Left   uint64 // nagon that may still be spent on all that a hotkey signs; the largest number for no limit
}

// Queue sends one key's transactions. Submit needs Run to be running.
type Queue interface {
	Run(ctx context.Context) error
	Submit(ctx context.Context, msgs ...sdk.Msg) (chain.TxResult, error)
}

// OnChain answers from a node.
func OnChain(c *chain.Client) Chain { return onChain{c} }

type onChain struct{ c *chain.Client }

func (o onChain) Subnet(ctx context.Context, netuid uint32) (Subnet, error) {
	r, err := o.c.Subnet().Subnet(ctx, &subnettypes.QuerySubnetRequest{Netuid: netuid})
	if chain.NotFound(err) {
		return Subnet{}, fmt.Errorf("%w: netuid %d on %s; `agond query subnet subnets` lists them", ErrNoSubnet, netuid, o.c.ChainID())
	}
	if err != nil {
		return Subnet{}, fmt.Errorf("ask for subnet %d: %w", netuid, err)
	}
	return Subnet{
		Netuid: r.Subnet.Netuid, TaskKind: r.Subnet.TaskKind, TaskParams: r.Subnet.TaskParams,
		MinCallerBalance: r.Subnet.Hyperparams.MinCallerBalance, RegistrationPrice: r.RegistrationPrice,
		Mechanisms: len(r.Subnet.Hyperparams.MechanismSplit),
	}, nil
}

func (o onChain) SignsFor(ctx context.Context, key sdk.AccAddress) (sdk.AccAddress, error) {
	return o.c.HotkeyOf(ctx, key)
}

func (o onChain) Neuron(ctx context.Context, netuid uint32, hotkey string) (subnettypes.Neuron, error) {
	r, err := o.c.Subnet().Hotkey(ctx, &subnettypes.QueryHotkeyRequest{Hotkey: hotkey})
	if err != nil && !chain.NotFound(err) {
		return subnettypes.Neuron{}, fmt.Errorf("ask for hotkey %s: %w", hotkey, err)
	}
	if err == nil {
		for _, n := range r.Neurons {
			if n.Netuid == netuid {
				return n, nil
			}
		}
	}
	return subnettypes.Neuron{}, notRegistered(netuid, hotkey)
}

func (o onChain) Judges(ctx context.Context, netuid uint32, hotkey string) (bool, error) {
	m, err := o.c.Metagraph(ctx, netuid)
	if err != nil {
		return false, err
	}
	n, ok := m.ByHotkey(hotkey)
	return ok && n.Permit, nil
}

func notRegistered(netuid uint32, hotkey string) error {
	return fmt.Errorf("%w in subnet %d: %s; run `agon-miner register --netuid %d`, or start with --register", ErrNotRegistered, netuid, hotkey, netuid)
}

func (o onChain) Balance(ctx context.Context, address string) (uint64, error) {
	coin, err := o.c.Balance(ctx, address)
	switch {
	case err != nil:
		return 0, err
	case coin.Amount.IsNil() || coin.Amount.IsNegative():
		return 0, fmt.Errorf("%w: balance of %s is %s", chain.ErrMalformed, address, coin.Amount)
	case !coin.Amount.IsUint64():
		return math.MaxUint64, nil
	}
	return coin.Amount.Uint64(), nil
}

func (o onChain) FeeGrant(ctx context.Context, granter, grantee sdk.AccAddress) (FeeGrant, error) {
	a, err := o.c.FeeAllowance(ctx, granter, grantee)
	switch {
	case errors.Is(err, chain.ErrNoFeeGrant):
		return FeeGrant{}, nil
	case err != nil:
		return FeeGrant{}, err
	case !a.Allows(chain.HotkeyMessages()...), a.Expires != nil && !a.Expires.After(time.Now()):
		return FeeGrant{Exists: true}, nil
	case a.Limit.Empty():
		return FeeGrant{Exists: true, Left: math.MaxUint64}, nil
	}
	left := a.Limit.AmountOf(params.BaseDenom)
	if !left.IsUint64() {
		return FeeGrant{Exists: true, Left: math.MaxUint64}, nil
	}
	return FeeGrant{Exists: true, Left: left.Uint64()}, nil
}
