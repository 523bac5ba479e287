package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/isolate"
	"github.com/agon-chain/agon/x/scoring/types"
	"github.com/agon-chain/agon/x/scoring/yuma"
)

// pairsPerBlock is how many pairs of validator and neuron the epochs of a block may have together, the one that passes it
// included: one epoch of the largest subnet that the default parameters allow, or 64 of default size. What an epoch reckons
// and writes grows with its pairs, those of each of its mechanisms counted, and whoever fills a subnet pays for that once, not with every epoch.
const pairsPerBlock = 1 << 20

// schedule writes an epoch and puts its end into the queue.
func (k *Keeper) schedule(ctx context.Context, epoch types.Epoch) error {
	if err := k.epochs.Set(ctx, epoch.Netuid, epoch); err != nil {
		return err
	}
	return k.due.Set(ctx, collections.Join(epoch.DueAt, epoch.Netuid))
}

// BeginBlock does first what the block before left to do: its epochs, and the seeds of its commits. Because nothing happens
// in between, an epoch that is due with a block is a function of the state which that block left, and anyone who asks a node
// for that state can reckon the epoch again.
func (k *Keeper) BeginBlock(ctx context.Context) error {
	block := sdk.UnwrapSDKContext(ctx)
	if err := k.EndEpochs(block.WithBlockHeight(block.BlockHeight() - 1)); err != nil {
		return err
	}
	return k.seedCommits(ctx)
}

// EndEpochs runs the epochs that are due at the height of ctx, at most max_epochs_per_block of them and fewer where they are
// large; the rest slip to the next block and say so.
// One that fails leaves nothing behind but its pause. With nothing due it costs one read.
func (k *Keeper) EndEpochs(ctx context.Context) error {
	var due []epochKey
	var deferred, most uint32
	const queue = "queue of epochs"
	failure := isolate.Step(ctx, queue, func(ctx context.Context) (err error) {
		due, deferred, most, err = k.dueEpochs(ctx)
		return err
	})
	if failure != nil {
		return workFailed(ctx, queue, 0, failure)
	}
	var workspace yuma.Workspace
	var pairs uint64
	for i, key := range due {
		if pairs >= pairsPerBlock {
			deferred = min(deferred+uint32(len(due)-i), most)
			break
		}
		var own uint64
		failure := isolate.Step(ctx, "size of an epoch", func(ctx context.Context) (err error) {
			own, err = k.pairs(ctx, key.K2())
			return err
		}, "netuid", key.K2())
		if failure == nil {
			pairs += own
			failure = k.runIsolated(ctx, &workspace, key)
		}
		if failure != nil {
			if err := k.pause(ctx, key, failure); err != nil {
				return err
			}
		}
	}
	if deferred == 0 {
		return nil
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventEpochsDeferred{Deferred: deferred})
}

// epochKey is the height with which an epoch is due, and its subnet.
type epochKey = collections.Pair[int64, uint32]

// dueEpochs lists the epochs that are due, at most max_epochs_per_block of them, which it returns too, and counts the others.
func (k *Keeper) dueEpochs(ctx context.Context) (due []epochKey, deferred, most uint32, err error) {
	p, err := k.params.Get(ctx)
	if err != nil {
		return nil, 0, 0, err
	}
	most = p.MaxEpochsPerBlock
	height := sdk.UnwrapSDKContext(ctx).BlockHeight()
	err = k.due.Walk(ctx, collections.NewPrefixUntilPairRange[int64, uint32](height), func(key epochKey) (bool, error) {
		if uint32(len(due)) < most {
			due = append(due, key)
			return false, nil
		}
		// Counting further than one more budget would make the length of the queue a cost of every block.
		deferred++
		return deferred >= most, nil
	})
	return due, deferred, most, err
}

// pairs is how many pairs of validator and neuron an epoch has at most, in all mechanisms.
func (k *Keeper) pairs(ctx context.Context, netuid uint32) (uint64, error) {
	s, err := k.subnet.GetSubnet(ctx, netuid)
	if err != nil {
		return 0, err
	}
	epoch, err := k.EpochOf(ctx, netuid)
	if err != nil {
		return 0, err
	}
	return uint64(s.NeuronCount) * uint64(min(s.NeuronCount, s.Hyperparams.MaxValidators)) * uint64(epoch.Mechanisms()), nil
}

// runIsolated runs one epoch in its own branch of state and takes it out of the queue. The workspace is clean before it: a panic may
// have left it in between.
func (k *Keeper) runIsolated(ctx context.Context, workspace *yuma.Workspace, key epochKey) error {
	whole := false
	defer func() {
		if !whole {
			*workspace = yuma.Workspace{}
		}
	}()
	return isolate.Step(ctx, "epoch", func(ctx context.Context) error {
		if err := k.due.Remove(ctx, key); err != nil {
			return err
		}
		err := k.runEpoch(sdk.UnwrapSDKContext(ctx), workspace, key.K2())
		whole = true
		return err
	}, "netuid", key.K2())
}

// pause sets a subnet's epochs aside. What it has pending is kept; ResumeEpochs lets it go on. One whose pause cannot be noted
// leaves the queue all the same: there it would take the place of others in every block.
func (k *Keeper) pause(ctx context.Context, key epochKey, failure error) error {
	event := types.EventEpochFailed{Netuid: key.K2(), Reason: isolate.Reason(failure)}
	unnoted := isolate.Step(ctx, "pause of a subnet", func(ctx context.Context) error {
		if err := k.due.Remove(ctx, key); err != nil {
			return err
		}
		epoch, err := k.EpochOf(ctx, key.K2())
		if err != nil {
			return err
		}
		event.Index = epoch.Index
		epoch.Paused, epoch.Failure = true, event.Reason
		return k.epochs.Set(ctx, key.K2(), epoch)
	}, "netuid", key.K2())
	if unnoted != nil {
		// If even this fails, the next block tries all of it again.
		_ = isolate.Step(ctx, "way out of the queue of epochs", func(ctx context.Context) error { return k.due.Remove(ctx, key) }, "netuid", key.K2())
		if err := workFailed(ctx, "pause of a subnet", key.K2(), unnoted); err != nil {
			return err
		}
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&event)
}

// workFailed says that a piece of a block's work was thrown away: one subnet's, or all subnets' with netuid 0.
func workFailed(ctx context.Context, work string, netuid uint32, failure error) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventBlockWorkFailed{
		Work: work, Netuid: netuid, Reason: isolate.Reason(failure),
	})
}

// ResumeEpochs puts a paused subnet back into the queue for the next block.
func (k *Keeper) ResumeEpochs(ctx context.Context, m *types.MsgResumeEpochs) error {
	subnet, err := k.subnet.GetSubnet(ctx, m.Netuid)
	if err != nil {
		return err
	}
	if err := subnet.CheckLive(); err != nil {
		return err
	}
	if m.Signer != subnet.Owner && m.Signer != k.authority {
		return errorsmod.Wrapf(types.ErrUnauthorized, "signer is %s, must be the subnet's owner %s or governance %s", m.Signer, subnet.Owner, k.authority)
	}
	epoch, err := k.EpochOf(ctx, m.Netuid)
	if err != nil {
		return err
	}
	// One whose pause could not be noted is in no queue either; nor is one that has not started.
	queued, err := k.due.Has(ctx, collections.Join(epoch.DueAt, m.Netuid))
	if err != nil {
		return err
	}
	if !epoch.Paused && (queued || subnet.StartedAt == 0) {
		return errorsmod.Wrapf(types.ErrNotPaused, "subnet %d; its epoch ends at height %d", m.Netuid, epoch.DueAt)
	}
	epoch.Paused, epoch.Failure = false, ""
	epoch.DueAt = sdk.UnwrapSDKContext(ctx).BlockHeight() + 1
	if err := k.schedule(ctx, epoch); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventEpochsResumed{Netuid: m.Netuid, DueAt: epoch.DueAt})
}
