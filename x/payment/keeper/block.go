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
// community pool. Nothing is done for an open channel. With nothing to do it costs five reads. Each step is in a branch of state that is
// kept only if nothing failed or panicked; what failed is done again by the next block.
func (k *Keeper) BeginBlock(ctx context.Context) error {
	const sums, channels = "end of old sums", "end of old channels"
	if err := k.endPots(ctx); err != nil {
		return err
	}
	if err := unless(ctx, sums, isolate.Step(ctx, sums, k.forgetOldSums)); err != nil {
		return err
	}
	return unless(ctx, channels, isolate.Step(ctx, channels, k.forgetOldChannels))
}

// unless tells of work that failed, if it did.
func unless(ctx context.Context, what string, failure error) error {
	if failure == nil {
		return nil
	}
	return emit(ctx, &types.EventBlockWorkFailed{Work: what, Reason: isolate.Reason(failure)})
}

// horizon is the height before which nothing is kept; zero while all is.
func (k *Keeper) horizon(ctx context.Context) (uint64, error) {
	p, err := k.params.Get(ctx)
	if err != nil {
		return 0, err
	}
	now := uint64(height(ctx))
	return now - min(now, p.Kept()), nil
}

func (k *Keeper) forgetOldSums(ctx context.Context) error {
	horizon, err := k.horizon(ctx)
	if err != nil {
		return err
	}
	return k.forgetSums(ctx, horizon/types.BucketBlocks)
}

func (k *Keeper) forgetOldChannels(ctx context.Context) error {
	horizon, err := k.horizon(ctx)
	if err != nil || horizon < 2*types.BucketBlocks {
		return err
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
	const queued = "queue of pots"
	var over []collections.Pair[uint64, uint64]
	failure := isolate.Step(ctx, queued, func(ctx context.Context) (err error) {
		over, err = first(ctx, queue(k.potsDue), collections.NewPrefixUntilPairRange[uint64, uint64](uint64(max(height(ctx)-1, 0))), maxPotsEnded)
		return err
	})
	if failure != nil {
		return unless(ctx, queued, failure)
	}
	for _, key := range over {
		about := []any{"case_id", key.K2()}
		failure := isolate.Step(ctx, "pot", func(ctx context.Context) error { return k.endPot(ctx, key) }, about...)
		if failure == nil {
			continue
		}
		again := height(ctx) + retryBlocks
		if unnoted := isolate.Step(ctx, "wait of a pot", func(ctx context.Context) error { return k.setAside(ctx, key, again) }, about...); unnoted != nil {
			// The next block tries all of it again.
			again = height(ctx) + 1
		}
		if err := emit(ctx, &types.EventPotFailed{CaseId: key.K2(), Reason: isolate.Reason(failure), AgainAt: again}); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) endPot(ctx context.Context, due collections.Pair[uint64, uint64]) error {
	if err := k.potsDue.Remove(ctx, due); err != nil {
		return err
	}
	caseID := due.K2()
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

// setAside has a pot that failed wait in the queue; until then payers can take their parts. One that is not there leaves the queue.
func (k *Keeper) setAside(ctx context.Context, due collections.Pair[uint64, uint64], again int64) error {
	if err := k.potsDue.Remove(ctx, due); err != nil {
		return err
	}
	p, ok, err := found(k.pots.Get(ctx, due.K2()))
	if err != nil || !ok {
		return err
	}
	p.Until = again
	return k.putPot(ctx, p)
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
