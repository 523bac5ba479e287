package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/isolate"
	"github.com/agon-chain/agon/x/model/content"
	"github.com/agon-chain/agon/x/model/types"
)

// dueKey is height, netuid, uid and version.
type dueKey = collections.Quad[int64, uint32, uint32, uint64]

// BeginBlock ends the bindings that owe an answer, forgets what has expired, and asks the bindings that this block's hash draws. Each
// step is in a branch of state that is kept only if nothing failed or panicked, so that nothing here stops the chain.
func (k *Keeper) BeginBlock(ctx context.Context) error {
	if err := k.endChallenges(ctx); err != nil {
		return err
	}
	failures := []error{
		isolate.Step(ctx, "end of reservations", k.forgetReservations),
		isolate.Step(ctx, "end of bars", k.forgetBars),
	}
	// Without a hash nobody is asked in this block.
	if hash := sdk.UnwrapSDKContext(ctx).HeaderHash(); len(hash) == len(content.Hash{}) {
		failures = append(failures, isolate.Step(ctx, "draw of challenges", func(ctx context.Context) error { return k.beginChallenges(ctx, hash) }))
	}
	for _, failure := range failures {
		if failure == nil {
			continue
		}
		if err := workFailed(ctx, failure); err != nil {
			return err
		}
	}
	return nil
}

// workFailed says that a piece of a block's work was thrown away that is no one binding's.
func workFailed(ctx context.Context, failure error) error {
	return emit(ctx, &types.EventChallengesFailed{Reason: isolate.Reason(failure)})
}

// endChallenges ends the bindings whose challenges were not answered in time: at most two blocks' challenges, the rest slip and say so. One
// that fails is taken out of the queue, with an event, and keeps its binding, which may be asked anew.
func (k *Keeper) endChallenges(ctx context.Context) error {
	var due []dueKey
	var deferred uint32
	failure := isolate.Step(ctx, "queue of challenges", func(ctx context.Context) error {
		p, err := k.params.Get(ctx)
		if err != nil {
			return err
		}
		budget := 2 * p.MaxChallengesPerBlock
		return k.challengesDue.Walk(ctx, collections.NewPrefixUntilQuadRange[int64, uint32, uint32, uint64](height(ctx)-1), func(key dueKey) (bool, error) {
			if uint32(len(due)) < budget {
				due = append(due, key)
				return false, nil
			}
			// Counting further than one more budget would make the length of the queue a cost of every block.
			deferred++
			return deferred >= budget, nil
		})
	})
	if failure != nil {
		return workFailed(ctx, failure)
	}
	for _, key := range due {
		failure := isolate.Step(ctx, "end of a binding", func(ctx context.Context) error {
			b, err := k.bindings.Get(ctx, collections.Join3(key.K2(), key.K3(), key.K4()))
			if err != nil {
				return err
			}
			_, err = k.endBinding(ctx, b, types.UnbindCause_UNBIND_CAUSE_MISSED, true)
			return err
		}, "netuid", key.K2(), "uid", key.K3(), "version_id", key.K4())
		if failure == nil {
			continue
		}
		about := []any{"netuid", key.K2(), "uid", key.K3(), "version_id", key.K4()}
		if unnoted := isolate.Step(ctx, "withdrawal of a challenge", func(ctx context.Context) error { return k.withdrawChallenge(ctx, key) }, about...); unnoted != nil {
			// If even this fails, the next block tries all of it again.
			_ = isolate.Step(ctx, "way out of the queue of challenges", func(ctx context.Context) error { return k.challengesDue.Remove(ctx, key) }, about...)
		}
		if err := emit(ctx, &types.EventChallengesFailed{Netuid: key.K2(), Uid: key.K3(), VersionId: key.K4(), Reason: isolate.Reason(failure)}); err != nil {
			return err
		}
	}
	if deferred == 0 {
		return nil
	}
	return emit(ctx, &types.EventChallengesDeferred{Deferred: deferred})
}

// withdrawChallenge lets a binding be as if it had not been asked.
func (k *Keeper) withdrawChallenge(ctx context.Context, key dueKey) error {
	if err := k.challengesDue.Remove(ctx, key); err != nil {
		return err
	}
	b, err := k.bindings.Get(ctx, collections.Join3(key.K2(), key.K3(), key.K4()))
	if err != nil {
		return err
	}
	b.Challenge = nil
	return k.bindings.Set(ctx, keyOf(b), b)
}
