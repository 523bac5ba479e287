package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/isolate"
	"github.com/agon-chain/agon/x/subnet/types"
)

// maxHyperparamsPerBlock is how many pending changes of rules a block takes; the rest slip to the next one. Owners choose when theirs
// are due, so without a bound they could make one block dear.
const maxHyperparamsPerBlock = 64

// PendingHyperparams returns the rules that a subnet's owner has announced. Errors: ErrNothingPending.
func (k *Keeper) PendingHyperparams(ctx context.Context, netuid uint32) (types.PendingHyperparams, error) {
	p, err := k.pending.Get(ctx, netuid)
	if err != nil {
		return types.PendingHyperparams{}, missing(err, types.ErrNothingPending, "netuid %d; those in force are in agond query subnet subnet %d", netuid, netuid)
	}
	return p, nil
}

// dueKey is the place of pending rules in the queue. Heights are never negative.
func dueKey(p types.PendingHyperparams) collections.Pair[uint64, uint32] {
	return collections.Join(uint64(p.EffectiveAt), p.Netuid)
}

// putPending writes the rules of a subnet that has none pending, and their place in the queue.
func (k *Keeper) putPending(ctx context.Context, p types.PendingHyperparams) error {
	if err := k.pending.Set(ctx, p.Netuid, p); err != nil {
		return err
	}
	return k.due.Set(ctx, dueKey(p))
}

// removePending takes a subnet's pending rules away and says whether there were any.
func (k *Keeper) removePending(ctx context.Context, netuid uint32) (removed bool, err error) {
	p, err := k.pending.Get(ctx, netuid)
	if errors.Is(err, collections.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := k.pending.Remove(ctx, netuid); err != nil {
		return false, err
	}
	return true, k.due.Remove(ctx, dueKey(p))
}

// voidPending takes a subnet's pending rules away and says so, if there are any.
func (k *Keeper) voidPending(ctx context.Context, netuid uint32) (removed bool, err error) {
	removed, err = k.removePending(ctx, netuid)
	if err != nil || !removed {
		return removed, err
	}
	return true, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventHyperparamsCancelled{Netuid: netuid})
}

// cancelHyperparams takes announced rules back.
func (k *Keeper) cancelHyperparams(ctx context.Context, m *types.MsgCancelHyperparams) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	if _, err := k.ownSubnet(ctx, m.Netuid, m.Owner); err != nil {
		return err
	}
	removed, err := k.voidPending(ctx, m.Netuid)
	if err != nil {
		return err
	}
	if !removed {
		return errorsmod.Wrapf(types.ErrNothingPending, "netuid %d; there is nothing to cancel", m.Netuid)
	}
	return nil
}

// BeginBlock puts pending rules in force and removes neurons of dissolved subnets; with nothing to do it costs two reads.
func (k *Keeper) BeginBlock(ctx context.Context) error {
	if err := k.applyPending(ctx); err != nil {
		return err
	}
	return k.emptyDissolved(ctx)
}

// applyPending puts pending rules in force whose height has come, at most maxHyperparamsPerBlock of them. Rules that no longer may be,
// since governance moved a bound or the subnet grew, are dropped with an event. With nothing due it costs one read.
func (k *Keeper) applyPending(ctx context.Context) error {
	type key = collections.Pair[uint64, uint32]
	var due []key
	const queue = "queue of hyperparameters"
	failure := isolate.Step(ctx, queue, func(ctx context.Context) error {
		return k.due.Walk(ctx, collections.NewPrefixUntilPairRange[uint64, uint32](uint64(height(ctx))), func(key key) (bool, error) {
			due = append(due, key)
			return len(due) == maxHyperparamsPerBlock, nil
		})
	})
	if failure != nil {
		return workFailed(ctx, queue, failure)
	}
	for _, key := range due {
		drop := func(ctx context.Context) error {
			if err := k.due.Remove(ctx, key); err != nil {
				return err
			}
			return k.pending.Remove(ctx, key.K2())
		}
		failure := isolate.Step(ctx, "change of hyperparameters", func(ctx context.Context) error {
			if err := k.applyRules(ctx, key.K2()); err != nil {
				return err
			}
			return drop(ctx)
		}, "netuid", key.K2())
		if failure == nil {
			continue
		}
		// If even this fails, the next block tries all of it again.
		_ = isolate.Step(ctx, "drop of hyperparameters", drop, "netuid", key.K2())
		if err := sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventHyperparamsDropped{
			Netuid: key.K2(), Reason: isolate.Reason(failure),
		}); err != nil {
			return err
		}
	}
	return nil
}

// workFailed says that a piece of a block's work was thrown away.
func workFailed(ctx context.Context, work string, failure error) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventBlockWorkFailed{Work: work, Reason: isolate.Reason(failure)})
}

// applyRules puts a subnet's pending rules in force.
func (k *Keeper) applyRules(ctx context.Context, netuid uint32) error {
	pending, err := k.PendingHyperparams(ctx, netuid)
	if err != nil {
		return err
	}
	s, err := k.GetSubnet(ctx, netuid)
	if err != nil {
		return err
	}
	p, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	if err := mayHold(p, s, pending.Hyperparams); err != nil {
		return err
	}
	return k.setHyperparams(ctx, s, pending.Hyperparams)
}
