package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// GetSubnet returns a subnet. Errors: ErrSubnetNotFound.
func (k *Keeper) GetSubnet(ctx context.Context, netuid uint32) (types.Subnet, error) {
	s, err := k.subnets.Get(ctx, netuid)
	if err != nil {
		return types.Subnet{}, missing(err, types.ErrSubnetNotFound, "netuid %d; list them with agond query subnet subnets", netuid)
	}
	return s, nil
}

// LiveSubnet returns a subnet that is not dissolved. Errors: ErrSubnetNotFound, ErrSubnetDissolved.
func (k *Keeper) LiveSubnet(ctx context.Context, netuid uint32) (types.Subnet, error) {
	s, err := k.GetSubnet(ctx, netuid)
	if err != nil {
		return types.Subnet{}, err
	}
	return s, s.CheckLive()
}

// Netuids returns the netuid of every subnet that lives, ascending.
func (k *Keeper) Netuids(ctx context.Context) ([]uint32, error) {
	var out []uint32
	err := k.standings.Walk(ctx, nil, func(netuid uint32, _ types.Standing) (bool, error) {
		out = append(out, netuid)
		return false, nil
	})
	return out, err
}

// GetNeuron returns the neuron at a uid. Errors: ErrNeuronNotFound, also where there is no such subnet.
func (k *Keeper) GetNeuron(ctx context.Context, netuid, uid uint32) (types.Neuron, error) {
	n, err := k.neurons.Get(ctx, collections.Join(netuid, uid))
	if err != nil {
		return types.Neuron{}, missing(err, types.ErrNeuronNotFound, "netuid %d uid %d; list them with agond query subnet neurons %d", netuid, uid, netuid)
	}
	return n, nil
}

// Neurons returns every neuron of a subnet, by uid. Errors: ErrSubnetNotFound.
func (k *Keeper) Neurons(ctx context.Context, netuid uint32) ([]types.Neuron, error) {
	s, err := k.GetSubnet(ctx, netuid)
	if err != nil {
		return nil, err
	}
	out := make([]types.Neuron, 0, s.NeuronCount)
	err = k.neurons.Walk(ctx, collections.NewPrefixedPairRange[uint32, uint32](netuid),
		func(_ collections.Pair[uint32, uint32], n types.Neuron) (bool, error) {
			out = append(out, n)
			return false, nil
		})
	return out, err
}

// UIDOf returns the uid that a hotkey holds in a subnet. Errors: ErrNotRegistered, also where there is no such subnet.
func (k *Keeper) UIDOf(ctx context.Context, netuid uint32, hotkey sdk.AccAddress) (uint32, error) {
	uid, err := k.uids.Get(ctx, collections.Join(hotkey, netuid))
	if err != nil {
		return 0, missing(err, types.ErrNotRegistered, "hotkey %s, netuid %d; %s", hotkey, netuid, k.orMeant(ctx, hotkey, "register it with agond tx subnet register"))
	}
	return uid, nil
}

// OwnerOf returns the account that owns a hotkey. The binding is made by the hotkey's first registration anywhere and
// outlives every uid. Errors: ErrUnknownHotkey.
func (k *Keeper) OwnerOf(ctx context.Context, hotkey sdk.AccAddress) (sdk.AccAddress, error) {
	owner, err := k.owners.Get(ctx, hotkey)
	if err != nil {
		return nil, missing(err, types.ErrUnknownHotkey, "%s: %s", hotkey, k.orMeant(ctx, hotkey, "it was never registered in any subnet"))
	}
	return owner, nil
}

// uidsOf returns the (netuid, uid) pairs that a hotkey holds, ascending by netuid.
func (k *Keeper) uidsOf(ctx context.Context, hotkey sdk.AccAddress) ([]collections.Pair[uint32, uint32], error) {
	var out []collections.Pair[uint32, uint32]
	err := k.uids.Walk(ctx, collections.NewPrefixedPairRange[sdk.AccAddress, uint32](hotkey),
		func(key collections.Pair[sdk.AccAddress, uint32], uid uint32) (bool, error) {
			out = append(out, collections.Join(key.K2(), uid))
			return false, nil
		})
	return out, err
}

// putNeuron writes a neuron's row, its place in the index and its part of the columns.
func (k *Keeper) putNeuron(ctx context.Context, n types.Neuron, hotkey sdk.AccAddress) error {
	if err := k.neurons.Set(ctx, collections.Join(n.Netuid, n.Uid), n); err != nil {
		return err
	}
	if err := k.uids.Set(ctx, collections.Join(hotkey, n.Netuid), n.Uid); err != nil {
		return err
	}
	return k.putInColumns(ctx, n, hotkey)
}
