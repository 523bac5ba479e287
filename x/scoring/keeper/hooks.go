package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/scoring/types"
)

// AfterSubnetCreated begins the subnet's first epoch. It lasts up to twice the tempo, by netuid, so that subnets made
// together do not end their epochs together.
func (k *Keeper) AfterSubnetCreated(ctx context.Context, netuid uint32, _ sdk.AccAddress, _ uint64) error {
	subnet, err := k.subnet.GetSubnet(ctx, netuid)
	if err != nil {
		return err
	}
	height := sdk.UnwrapSDKContext(ctx).BlockHeight()
	tempo := subnet.Hyperparams.Tempo
	return k.schedule(ctx, types.Epoch{
		Netuid: netuid, StartedAt: height, DueAt: height + int64(tempo) + int64(uint64(netuid)%tempo),
	})
}

// BeforeNeuronReplaced forgets what the neuron had judged and how it was judged, and keeps the keys under which it signed
// receipts: weights that were promised before may still have to prove them.
func (k *Keeper) BeforeNeuronReplaced(ctx context.Context, netuid, uid uint32, hotkey sdk.AccAddress) error {
	at := collections.Join(netuid, uid)
	neuron, err := k.subnet.GetNeuron(ctx, netuid, uid)
	if err != nil {
		return err
	}
	if neuron.Axon != nil {
		retired := types.RetiredKeys{Netuid: netuid, Uid: uid}
		for _, key := range [][]byte{neuron.Axon.ServiceKey, neuron.Axon.PreviousServiceKey} {
			if len(key) > 0 {
				retired.Keys = append(retired.Keys, key)
			}
		}
		if err := k.retired.Set(ctx, at, retired); err != nil {
			return err
		}
	}
	epoch, err := k.EpochOf(ctx, netuid)
	if err != nil {
		return err
	}
	if err := k.removeCommit(ctx, collections.Join3(netuid, epoch.Index, hotkey)); err != nil {
		return err
	}
	if epoch.Index > 0 {
		if err := k.removeCommit(ctx, collections.Join3(netuid, epoch.Index-1, hotkey)); err != nil {
			return err
		}
	}
	if err := k.weights.Remove(ctx, at); err != nil {
		return err
	}
	if err := k.bonds.Remove(ctx, at); err != nil {
		return err
	}
	return k.clearUID(ctx, netuid, uid)
}

// AfterNeuronRegistered changes nothing here: a uid beyond a column counts as zero, and bonds on one that changed hands
// are dropped by the epoch, which knows when it was registered.
func (k *Keeper) AfterNeuronRegistered(context.Context, uint32, uint32, sdk.AccAddress, sdk.AccAddress) error {
	return nil
}
