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
	p, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	height := sdk.UnwrapSDKContext(ctx).BlockHeight()
	var due []collections.Pair[int64, uint32]
	var deferred uint32
	err = k.due.Walk(ctx, collections.NewPrefixUntilPairRange[int64, uint32](height), func(key collections.Pair[int64, uint32]) (bool, error) {
		if uint32(len(due)) < p.MaxEpochsPerBlock {
			due = append(due, key)
			return false, nil
		}
		// Counting further than one more budget would make the length of the queue a cost of every block.
		deferred++
		return deferred >= p.MaxEpochsPerBlock, nil
	})
	if err != nil {
		return err
	}
	var workspace yuma.Workspace
	var pairs uint64
	for i, key := range due {
		if pairs >= pairsPerBlock {
			deferred = min(deferred+uint32(len(due)-i), p.MaxEpochsPerBlock)
			break
		}
		pairs += k.pairs(ctx, key.K2())
		if err := k.due.Remove(ctx, key); err != nil {
			return err
		}
		if failure := k.runIsolated(ctx, &workspace, key.K2()); failure != nil {
			if err := k.pause(ctx, key.K2(), failure); err != nil {
				return err
			}
		}
	}
	if deferred == 0 {
		return nil
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventEpochsDeferred{Deferred: deferred})
}

// pairs is how many pairs of validator and neuron an epoch has at most, in all mechanisms; 0 where there is no such subnet, which
// its epoch will say.
func (k *Keeper) pairs(ctx context.Context, netuid uint32) uint64 {
	s, err := k.subnet.GetSubnet(ctx, netuid)
	if err != nil {
		return 0
	}
	epoch, err := k.EpochOf(ctx, netuid)
	if err != nil {
		return 0
	}
	return uint64(s.NeuronCount) * uint64(min(s.NeuronCount, s.Hyperparams.MaxValidators)) * uint64(epoch.Mechanisms())
}

// runIsolated runs one epoch in its own branch of state. The workspace is clean before it: a panic may have left it in between.
func (k *Keeper) runIsolated(ctx context.Context, workspace *yuma.Workspace, netuid uint32) error {
	whole := false
	defer func() {
		if !whole {
			*workspace = yuma.Workspace{}
		}
	}()
	return isolate.Step(ctx, "epoch", func(ctx context.Context) error {
		err := k.runEpoch(sdk.UnwrapSDKContext(ctx), workspace, netuid)
		whole = true
		return err
	}, "netuid", netuid)
}

// pause sets a subnet's epochs aside. What it has pending is kept; ResumeEpochs lets it go on.
func (k *Keeper) pause(ctx context.Context, netuid uint32, failure error) error {
	epoch, err := k.EpochOf(ctx, netuid)
	if err != nil {
		return err
	}
	reason := isolate.Reason(failure)
	epoch.Paused, epoch.Failure = true, reason
	if err := k.epochs.Set(ctx, netuid, epoch); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventEpochFailed{
		Netuid: netuid, Index: epoch.Index, Reason: reason,
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
	if !epoch.Paused {
		return errorsmod.Wrapf(types.ErrNotPaused, "subnet %d; its epoch ends at height %d", m.Netuid, epoch.DueAt)
	}
	epoch.Paused, epoch.Failure = false, ""
	epoch.DueAt = sdk.UnwrapSDKContext(ctx).BlockHeight() + 1
	if err := k.schedule(ctx, epoch); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventEpochsResumed{Netuid: m.Netuid, DueAt: epoch.DueAt})
}
