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
	split := subnet.Hyperparams.MechanismSplit
	since := make([]int64, len(split))
	for m := range since {
		since[m] = height
	}
	return k.schedule(ctx, types.Epoch{
		Netuid: netuid, StartedAt: height, DueAt: height + int64(tempo) + int64(uint64(netuid)%tempo),
		MechanismSplit: split, MechanismSince: since,
	})
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
