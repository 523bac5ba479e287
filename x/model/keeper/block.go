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
	steps := []func(context.Context) error{k.forgetReservations, k.forgetBars}
	// Without a hash nobody is asked in this block.
	if hash := sdk.UnwrapSDKContext(ctx).HeaderHash(); len(hash) == len(content.Hash{}) {
		steps = append(steps, func(ctx context.Context) error { return k.beginChallenges(ctx, hash) })
	}
	for _, step := range steps {
		if failure := isolate.Step(ctx, "work", step); failure != nil {
			if err := emit(ctx, &types.EventChallengesFailed{Reason: isolate.Reason(failure)}); err != nil {
				return err
			}
		}
	}
	return nil
}

// endChallenges ends the bindings whose challenges were not answered in time: at most two blocks' challenges, the rest slip and say so. One
// that fails is taken out of the queue, with an event, and keeps its binding.
func (k *Keeper) endChallenges(ctx context.Context) error {
	p, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	budget := 2 * p.MaxChallengesPerBlock
	var due []dueKey
	var deferred uint32
	err = k.challengesDue.Walk(ctx, collections.NewPrefixUntilQuadRange[int64, uint32, uint32, uint64](height(ctx)-1), func(key dueKey) (bool, error) {
		if uint32(len(due)) < budget {
			due = append(due, key)
			return false, nil
		}
		// Counting further than one more budget would make the length of the queue a cost of every block.
		deferred++
		return deferred >= budget, nil
	})
	if err != nil {
		return err
	}
	for _, key := range due {
		failure := isolate.Step(ctx, "end of a binding", func(ctx context.Context) error {
			b, err := k.bindings.Get(ctx, collections.Join3(key.K2(), key.K3(), key.K4()))
			if err != nil {
				return err
			}
			_, err = k.endBinding(ctx, b, types.UnbindCause_UNBIND_CAUSE_MISSED, true)
			return err
		})
		if failure == nil {
			continue
		}
		if err := k.challengesDue.Remove(ctx, key); err != nil {
			return err
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
