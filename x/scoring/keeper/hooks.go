package keeper

import (
	"context"
	"errors"

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

// BeforeNeuronReplaced forgets what the neuron had judged, promised and earned, so that the next one starts from nothing.
// Bonds that others hold in the uid are dropped by the epoch, which knows when the uid was registered.
func (k *Keeper) BeforeNeuronReplaced(ctx context.Context, netuid, uid uint32, hotkey sdk.AccAddress) error {
	at := collections.Join(netuid, uid)
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

// AfterNeuronRegistered changes nothing here: a uid beyond a column counts as zero.
func (k *Keeper) AfterNeuronRegistered(context.Context, uint32, uint32, sdk.AccAddress, sdk.AccAddress) error {
	return nil
}

// AfterHotkeySwapped lets the new hotkey reveal what the old one promised, and promise no second time. The promise keeps the
// hotkey that made it, which its hash and its receipts bind; all else is kept by uid.
func (k *Keeper) AfterHotkeySwapped(ctx context.Context, old, next, _ sdk.AccAddress, netuids []uint32) error {
	for _, netuid := range netuids {
		epoch, err := k.EpochOf(ctx, netuid)
		if err != nil {
			return err
		}
		for e := epoch.Index - min(epoch.Index, 1); e <= epoch.Index; e++ {
			if err := k.handCommit(ctx, netuid, e, old, next); err != nil {
				return err
			}
		}
	}
	return nil
}

// handCommit moves a promise to the hotkey that took the place of the one that made it.
func (k *Keeper) handCommit(ctx context.Context, netuid uint32, epoch uint64, old, next sdk.AccAddress) error {
	from, to := collections.Join3(netuid, epoch, old), collections.Join3(netuid, epoch, next)
	commit, err := k.commits.Get(ctx, from)
	if errors.Is(err, collections.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := k.removeCommit(ctx, from); err != nil {
		return err
	}
	if commit.PromisedBy == "" {
		commit.PromisedBy = commit.Hotkey
	}
	commit.Hotkey = next.String()
	if err := k.commits.Set(ctx, to, commit); err != nil {
		return err
	}
	if len(commit.Seed) > 0 {
		return nil
	}
	return k.fresh.Set(ctx, to)
}

// BeforeOwnerSwapAnnounced asks nothing here.
func (k *Keeper) BeforeOwnerSwapAnnounced(context.Context, sdk.AccAddress, sdk.AccAddress) error {
	return nil
}

// AfterHotkeyOwnerChanged moves nothing here.
func (k *Keeper) AfterHotkeyOwnerChanged(context.Context, sdk.AccAddress, sdk.AccAddress, sdk.AccAddress) (uint32, error) {
	return 0, nil
}

// MoveOwned moves nothing here.
func (k *Keeper) MoveOwned(context.Context, sdk.AccAddress, sdk.AccAddress, uint32) (uint32, bool, error) {
	return 0, false, nil
}
