package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/scoring/types"
)

// AfterSubnetCreated notes that the subnet has no epoch yet. Its mechanisms are those of now until it starts.
func (k *Keeper) AfterSubnetCreated(ctx context.Context, netuid uint32, _ sdk.AccAddress, _ uint64) error {
	subnet, err := k.subnet.GetSubnet(ctx, netuid)
	if err != nil {
		return err
	}
	return k.epochs.Set(ctx, netuid, begin(types.Epoch{Netuid: netuid}, subnet.Hyperparams.MechanismSplit, sdk.UnwrapSDKContext(ctx).BlockHeight()))
}

// AfterSubnetStarted begins the subnet's first epoch. It lasts up to twice the tempo, by netuid, so that subnets started
// together do not end their epochs together.
func (k *Keeper) AfterSubnetStarted(ctx context.Context, netuid uint32) error {
	subnet, err := k.subnet.GetSubnet(ctx, netuid)
	if err != nil {
		return err
	}
	height := sdk.UnwrapSDKContext(ctx).BlockHeight()
	tempo := subnet.Hyperparams.Tempo
	return k.schedule(ctx, begin(types.Epoch{
		Netuid: netuid, StartedAt: height, DueAt: height + int64(tempo) + int64(uint64(netuid)%tempo),
	}, subnet.Hyperparams.MechanismSplit, height))
}

// AfterSubnetDissolved takes the subnet's epoch out of the queue. What the neurons had judged, promised and earned is forgotten
// as they are removed.
func (k *Keeper) AfterSubnetDissolved(ctx context.Context, netuid uint32) error {
	epoch, err := k.EpochOf(ctx, netuid)
	if err != nil {
		return err
	}
	if err := k.due.Remove(ctx, collections.Join(epoch.DueAt, netuid)); err != nil {
		return err
	}
	epoch.Paused, epoch.Failure = true, "the subnet is dissolved"
	return k.epochs.Set(ctx, netuid, epoch)
}

// BeforeNeuronReplaced forgets what the neuron had judged, promised and earned, so that the next one starts from nothing.
// Bonds that others hold in the uid are dropped by the epoch, which knows when the uid was registered.
func (k *Keeper) BeforeNeuronReplaced(ctx context.Context, netuid, uid uint32, hotkey sdk.AccAddress) error {
	epoch, err := k.EpochOf(ctx, netuid)
	if err != nil {
		return err
	}
	for m := range epoch.Kept() {
		if err := k.forgetNeuron(ctx, types.PlaceOf(netuid, m), epoch.Index, uid, hotkey); err != nil {
			return err
		}
	}
	return nil
}

// forgetNeuron forgets what a neuron had judged, promised and earned in one mechanism.
func (k *Keeper) forgetNeuron(ctx context.Context, at types.Place, epoch uint64, uid uint32, hotkey sdk.AccAddress) error {
	if err := k.removeCommit(ctx, collections.Join3(uint64(at), epoch, hotkey)); err != nil {
		return err
	}
	if epoch > 0 {
		if err := k.removeCommit(ctx, collections.Join3(uint64(at), epoch-1, hotkey)); err != nil {
			return err
		}
	}
	key := collections.Join(uint64(at), uid)
	if err := k.weights.Remove(ctx, key); err != nil {
		return err
	}
	if err := k.bonds.Remove(ctx, key); err != nil {
		return err
	}
	return k.clearUID(ctx, at, uid)
}

// AfterNeuronRegistered changes nothing here: a uid beyond a column counts as zero.
func (k *Keeper) AfterNeuronRegistered(context.Context, uint32, uint32, sdk.AccAddress, sdk.AccAddress) error {
	return nil
}

// AfterNeuronsTrimmed forgets the sequence of epochs of a subnet that is dissolved and has no neurons any more. Else it changes
// nothing: the cells of the uids that are gone have been cleared, and zeros at the end of a column are not stored; what
// rows say of such uids is dropped by the epoch.
func (k *Keeper) AfterNeuronsTrimmed(ctx context.Context, netuid, count uint32) error {
	if count > 0 {
		return nil
	}
	return k.epochs.Remove(ctx, netuid)
}
