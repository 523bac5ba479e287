package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/isolate"
	"github.com/agon-chain/agon/x/payment/types"
)

const (
	// maxForgotten is how many sums, and how many channels, a block forgets at most. The rest waits: nothing depends on when.
	maxForgotten = 500
	// maxPotsEnded is how many pots a block ends at most.
	maxPotsEnded = 16
	// retryBlocks is how long a pot that could not be ended waits.
	retryBlocks = 1_000
)

// BeginBlock forgets what is old: sums that no refund asks for, channels that have ended, and pots whose time is over, whose rest goes to the
// community pool. Nothing is done for an open channel. With nothing to do it costs five reads.
func (k *Keeper) BeginBlock(ctx context.Context) error {
	p, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	if err := k.endPots(ctx); err != nil {
		return err
	}
	now := uint64(height(ctx))
	if now <= p.Kept() {
		return nil
	}
	horizon := now - p.Kept()
	if err := k.forgetSums(ctx, horizon/types.BucketBlocks); err != nil {
		return err
	}
	if horizon < 2*types.BucketBlocks {
		return nil
	}
	// A channel is kept until its sums are forgotten: those of its last hour end with an hour after it.
	return k.forgetChannels(ctx, horizon-2*types.BucketBlocks)
}

// forgetSums removes sums of buckets before one. A miner's goes after all of its channels', so that it always covers them.
func (k *Keeper) forgetSums(ctx context.Context, before uint64) error {
	if before == 0 {
		return nil
	}
	old, err := first(ctx, k.channelSums, collections.NewPrefixUntilPairRange[uint64, uint64](before-1), maxForgotten)
	if err != nil {
		return err
	}
	for _, key := range old {
		if err := k.channelSums.Remove(ctx, key); err != nil {
			return err
		}
	}
	if len(old) == maxForgotten {
		return nil
	}
	miners, err := first(ctx, k.minerSums, collections.NewPrefixUntilTripleRange[uint64, uint32, sdk.AccAddress](before-1), maxForgotten)
	if err != nil {
		return err
	}
	for _, key := range miners {
		if err := k.minerSums.Remove(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// forgetChannels removes channels that ended up to a height.
func (k *Keeper) forgetChannels(ctx context.Context, upTo uint64) error {
	old, err := first(ctx, queue(k.closed), collections.NewPrefixUntilPairRange[uint64, uint64](upTo), maxForgotten)
	if err != nil {
		return err
	}
	for _, key := range old {
		if err := k.closed.Remove(ctx, key); err != nil {
			return err
		}
		if err := k.removeChannel(ctx, key.K2()); err != nil {
			return err
		}
	}
	return nil
}

// endPots ends those whose time was over with the block before. One that fails leaves nothing behind and is tried again later.
func (k *Keeper) endPots(ctx context.Context) error {
	over, err := first(ctx, queue(k.potsDue), collections.NewPrefixUntilPairRange[uint64, uint64](uint64(max(height(ctx)-1, 0))), maxPotsEnded)
	if err != nil {
		return err
	}
	for _, key := range over {
		if err := k.potsDue.Remove(ctx, key); err != nil {
			return err
		}
		failure := isolate.Step(ctx, "pot", func(ctx context.Context) error { return k.endPot(ctx, key.K2()) }, "case", key.K2())
		if failure == nil {
			continue
		}
		if err := k.setAside(ctx, key.K2(), failure); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) endPot(ctx context.Context, caseID uint64) error {
	p, err := k.GetPot(ctx, caseID)
	if err != nil {
		return err
	}
	if err := k.fundCommunity(ctx, p.Left); err != nil {
		return err
	}
	if err := k.pots.Remove(ctx, caseID); err != nil {
		return err
	}
	return emit(ctx, &types.EventPotEnded{CaseId: caseID, Left: p.Left})
}

// setAside puts a pot that failed back into the queue, for later; until then payers can take their parts. One that is not there is no
// reason to stop a block.
func (k *Keeper) setAside(ctx context.Context, caseID uint64, failure error) error {
	p, ok, err := found(k.pots.Get(ctx, caseID))
	if err != nil || !ok {
		return err
	}
	p.Until = height(ctx) + retryBlocks
	if err := k.putPot(ctx, p); err != nil {
		return err
	}
	return emit(ctx, &types.EventPotFailed{CaseId: caseID, Reason: isolate.Reason(failure), AgainAt: p.Until})
}

// first lists at most so many keys of a range, which may be removed then.
func first[K, V any](ctx context.Context, from collections.Map[K, V], ranger collections.Ranger[K], most int) ([]K, error) {
	var out []K
	err := from.Walk(ctx, ranger, func(key K, _ V) (bool, error) {
		out = append(out, key)
		return len(out) == most, nil
	})
	return out, err
}

// queue is a set of keys as first reads it.
func queue[K any](set collections.KeySet[K]) collections.Map[K, collections.NoValue] {
	return collections.Map[K, collections.NoValue](set)
}
