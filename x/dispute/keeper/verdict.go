package keeper

import (
	"context"
	"errors"
	"math"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/isolate"
	"github.com/agon-chain/agon/x/dispute/types"
	"github.com/agon-chain/agon/x/emission/curve"
)

// retryBlocks is how long a case that could not be decided waits.
const retryBlocks = 1_000

// BeginBlock decides the cases whose windows ended with the block before, and forgets those that were kept long enough. With
// nothing to do it costs three reads.
func (k *Keeper) BeginBlock(ctx context.Context) error {
	if err := k.endCases(ctx); err != nil {
		return err
	}
	return k.forgetCases(ctx)
}

// endCases decides at most max_cases_per_block cases; the rest slip to the next block and say so. One that fails leaves nothing behind
// and is tried again later: what it holds stays held, so nobody loses by it or gets away.
func (k *Keeper) endCases(ctx context.Context) error {
	var due []heightCase
	var deferred uint32
	const queue = "queue of cases"
	failure := isolate.Step(ctx, queue, func(ctx context.Context) error {
		p, err := k.params.Get(ctx)
		if err != nil {
			return err
		}
		return k.due.Walk(ctx, before(ctx), func(key heightCase) (bool, error) {
			if uint32(len(due)) < p.MaxCasesPerBlock {
				due = append(due, key)
				return false, nil
			}
			// Counting further than one more budget would make the length of the queue a cost of every block.
			deferred++
			return deferred >= p.MaxCasesPerBlock, nil
		})
	})
	if failure != nil {
		return workFailed(ctx, queue, failure)
	}
	for _, key := range due {
		failure := isolate.Step(ctx, "case", func(ctx context.Context) error {
			if err := k.due.Remove(ctx, key); err != nil {
				return err
			}
			return k.endCase(ctx, key.K2())
		}, "id", key.K2())
		if failure != nil {
			if err := k.setAside(ctx, key, failure); err != nil {
				return err
			}
		}
	}
	if deferred == 0 {
		return nil
	}
	return emit(ctx, &types.EventCasesDeferred{Deferred: deferred})
}

// workFailed says that a piece of a block's work was thrown away.
func workFailed(ctx context.Context, work string, failure error) error {
	return emit(ctx, &types.EventBlockWorkFailed{Work: work, Reason: isolate.Reason(failure)})
}

// before ranges over what a queue has of heights before this block.
func before(ctx context.Context) *collections.PairRange[uint64, uint64] {
	return collections.NewPrefixUntilPairRange[uint64, uint64](uint64(max(height(ctx)-1, 0)))
}

// setAside puts a case that failed back into the queue, for later. One that is not there, or cannot be read, leaves the queue: there it
// would take the place of others in every block.
func (k *Keeper) setAside(ctx context.Context, key heightCase, failure error) error {
	event := types.EventCaseFailed{CaseId: key.K2(), Reason: isolate.Reason(failure)}
	unnoted := isolate.Step(ctx, "wait of a case", func(ctx context.Context) error {
		if err := k.due.Remove(ctx, key); err != nil {
			return err
		}
		c, err := k.GetCase(ctx, key.K2())
		if err != nil {
			return err
		}
		c.DueAt = height(ctx) + retryBlocks
		event.AgainAt = c.DueAt
		return k.setCase(ctx, c)
	}, "id", key.K2())
	if unnoted != nil {
		event.AgainAt = 0
		// If even this fails, the next block tries all of it again.
		_ = isolate.Step(ctx, "way out of the queue of cases", func(ctx context.Context) error { return k.due.Remove(ctx, key) }, "id", key.K2())
	}
	return emit(ctx, &event)
}

// endCase counts a case's votes and does what follows.
func (k *Keeper) endCase(ctx context.Context, id uint64) error {
	c, err := k.GetCase(ctx, id)
	if err != nil {
		return err
	}
	miner, accuser, err := parties(c)
	if err != nil {
		return err
	}
	bench, err := k.Bench(ctx, id)
	if err != nil {
		return err
	}
	weights, err := k.weightsNow(ctx, c, bench)
	if err != nil {
		return err
	}
	status, o := c.Terms.Decide(bench, weights)
	o.EndedAt = height(ctx)
	if status == types.CaseStatus_CASE_STATUS_GUILTY {
		if o.Burned, o.Pooled, err = k.slash(ctx, c, miner); err != nil {
			return err
		}
		err = k.record(ctx, c, miner, o.Burned+o.Pooled)
	} else {
		_, err = k.subnet.ReleaseDisputed(ctx, c.Netuid, miner)
	}
	if err != nil {
		return err
	}
	switch status {
	case types.CaseStatus_CASE_STATUS_REJECTED:
		err = k.bar(ctx, accuser, c.Terms.BarAfterRejection)
	case types.CaseStatus_CASE_STATUS_UNDECIDED:
		err = k.bar(ctx, accuser, c.Terms.RestAfterUndecided)
	}
	if err != nil {
		return err
	}
	c.Status, c.Outcome = status, &o
	if err := k.setCase(ctx, c); err != nil {
		return err
	}
	return emit(ctx, &types.EventCaseEnded{CaseId: id, Netuid: c.Netuid, Miner: c.Miner, Status: status, Outcome: o, Evidence: c.Evidence})
}

// slash takes what the case holds of the miner's collateral. What is not burned goes, by way of the module's account, to those who paid the
// miner, and beyond what they paid to the community pool: nobody who accuses or judges is paid of it.
func (k *Keeper) slash(ctx context.Context, c types.Case, miner sdk.AccAddress) (burned, pooled uint64, err error) {
	burned, pooled, err = k.subnet.SlashCollateral(ctx, c.Netuid, miner, c.Terms.BurnBps, types.ModuleName)
	if err != nil || pooled == 0 {
		return burned, pooled, err
	}
	return burned, pooled, k.refunds.FundRefunds(ctx, c.Id, c.Netuid, miner, c.OpenedAt, pooled, account())
}

// record notes a verdict of guilty where validators and gateways read it. It outlives the case and the neuron.
func (k *Keeper) record(ctx context.Context, c types.Case, miner sdk.AccAddress, slashed uint64) error {
	r, err := k.RecordOf(ctx, c.Netuid, miner)
	if err != nil {
		return err
	}
	if r.Verdicts < math.MaxUint32 {
		r.Verdicts++
	}
	r.LastHeight, r.LastCase = height(ctx), c.Id
	r.Slashed = min(r.Slashed+slashed, curve.Cap)
	return k.records.Set(ctx, collections.Join(c.Netuid, miner), r)
}

// RecordOf is what verdicts say of a miner: none where it was never found guilty.
func (k *Keeper) RecordOf(ctx context.Context, netuid uint32, miner sdk.AccAddress) (types.Record, error) {
	r, err := k.records.Get(ctx, collections.Join(netuid, miner))
	if errors.Is(err, collections.ErrNotFound) {
		return types.Record{Netuid: netuid, Hotkey: miner.String()}, nil
	}
	return r, err
}

// forgetCases removes at most max_cases_per_block cases that were kept for their retention. What they said of miners stays in the
// records. One that cannot be removed stays in the queue: all that it can delay is that others are forgotten.
func (k *Keeper) forgetCases(ctx context.Context) error {
	var old []heightCase
	const queue, single = "queue of old cases", "removal of a case"
	failure := isolate.Step(ctx, queue, func(ctx context.Context) error {
		p, err := k.params.Get(ctx)
		if err != nil {
			return err
		}
		return k.forget.Walk(ctx, before(ctx), func(key heightCase) (bool, error) {
			old = append(old, key)
			return uint32(len(old)) == p.MaxCasesPerBlock, nil
		})
	})
	if failure != nil {
		return workFailed(ctx, queue, failure)
	}
	for _, key := range old {
		failure := isolate.Step(ctx, single, func(ctx context.Context) error { return k.forgetCase(ctx, key) }, "id", key.K2())
		if failure == nil {
			continue
		}
		if err := workFailed(ctx, single, failure); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) forgetCase(ctx context.Context, key heightCase) error {
	if err := k.forget.Remove(ctx, key); err != nil {
		return err
	}
	c, err := k.GetCase(ctx, key.K2())
	if errors.Is(err, types.ErrCaseNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return k.removeCase(ctx, c)
}
