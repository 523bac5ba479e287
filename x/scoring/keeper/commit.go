package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/isolate"
	"github.com/agon-chain/agon/x/scoring/types"
)

// CommitWeights takes a promise of weights, once per validator, mechanism and epoch: who could promise again could wait for a draw
// that suits. What the subnet asks of the reveal is copied, so that an owner cannot void promises by changing it.
func (k *Keeper) CommitWeights(ctx context.Context, m *types.MsgCommitWeights) error {
	if len(m.Hash) != types.HashSize {
		return errorsmod.Wrapf(types.ErrInvalidField, "hash has %d bytes, must have %d", len(m.Hash), types.HashSize)
	}
	j, err := k.judgeOf(ctx, m.Netuid, m.Mechanism, m.Hotkey)
	if err != nil {
		return err
	}
	if err := k.checkStake(ctx, j); err != nil {
		return err
	}
	h := j.subnet.Hyperparams
	if !h.CommitReveal {
		return errorsmod.Wrapf(types.ErrCommitReveal, "subnet %d takes weights directly: send set-weights", m.Netuid)
	}
	epoch := j.epoch
	if m.Epoch > epoch.Index {
		return errorsmod.Wrapf(types.ErrTooEarly, "epoch %d has not begun, %d is running until height %d", m.Epoch, epoch.Index, epoch.DueAt)
	}
	if m.Epoch < epoch.Index {
		return errorsmod.Wrapf(types.ErrTooLate, "epoch %d has ended, %d is running until height %d", m.Epoch, epoch.Index, epoch.DueAt)
	}
	key := collections.Join3(uint64(j.at), m.Epoch, j.hotkey)
	if has, err := k.commits.Has(ctx, key); err != nil {
		return err
	} else if has {
		return errorsmod.Wrapf(types.ErrAlreadyCommitted, "hotkey %s, subnet %d, mechanism %d, epoch %d; commit again from height %d", j.hotkey, m.Netuid, m.Mechanism, m.Epoch, epoch.DueAt+1)
	}
	commit := types.Commit{
		Hotkey: j.hotkey.String(), Netuid: m.Netuid, Mechanism: m.Mechanism, Epoch: m.Epoch, Height: j.height, Hash: m.Hash,
		Version: h.WeightsVersion, ExamReceipts: h.ExamReceipts, ExamOpenings: h.ExamOpenings,
		MinWeights: types.LeastWeights(h.MinWeights, j.subnet.NeuronCount),
	}
	if err := k.commits.Set(ctx, key, commit); err != nil {
		return err
	}
	if err := k.fresh.Set(ctx, key); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventWeightsCommitted{
		Netuid: m.Netuid, Mechanism: m.Mechanism, Hotkey: j.hotkey.String(), Epoch: m.Epoch,
	})
}

// seedCommits gives the commits of the block before their seed: this block's hash, which nobody knew when they were made.
// It costs two writes per commit of the block before and nothing when there was none. A commit whose seed cannot be noted is
// forgotten, with an event, and may be made again.
func (k *Keeper) seedCommits(ctx context.Context) error {
	seed := sdk.UnwrapSDKContext(ctx).HeaderHash()
	if len(seed) != types.HashSize {
		// Without a hash the commits wait for the next block.
		return nil
	}
	var keys []commitKey
	const list, single = "list of commits without a seed", "seed of a commit"
	failure := isolate.Step(ctx, list, func(ctx context.Context) error {
		return k.fresh.Walk(ctx, nil, func(key commitKey) (bool, error) {
			keys = append(keys, key)
			return false, nil
		})
	})
	if failure != nil {
		return workFailed(ctx, list, 0, failure)
	}
	for _, key := range keys {
		netuid := types.Place(key.K1()).Netuid()
		failure := isolate.Step(ctx, single, func(ctx context.Context) error { return k.seedCommit(ctx, key, seed) }, "netuid", netuid)
		if failure == nil {
			continue
		}
		// If even this fails, the next block tries again.
		_ = isolate.Step(ctx, "removal of a commit", func(ctx context.Context) error { return k.removeCommit(ctx, key) }, "netuid", netuid)
		if err := workFailed(ctx, single, netuid, failure); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) seedCommit(ctx context.Context, key commitKey, seed []byte) error {
	if err := k.fresh.Remove(ctx, key); err != nil {
		return err
	}
	commit, err := k.commits.Get(ctx, key)
	if errors.Is(err, collections.ErrNotFound) {
		return nil // nothing to give a seed to
	}
	if err != nil {
		return err
	}
	commit.Seed = seed
	return k.commits.Set(ctx, key, commit)
}

// removeCommit forgets a commit, whether it has its seed or not.
func (k *Keeper) removeCommit(ctx context.Context, key commitKey) error {
	if err := k.fresh.Remove(ctx, key); err != nil {
		return err
	}
	return k.commits.Remove(ctx, key)
}

// commitsOf lists a mechanism's commits in order of epoch and hotkey, at most two per neuron.
func (k *Keeper) commitsOf(ctx context.Context, at types.Place) ([]types.Commit, error) {
	var out []types.Commit
	err := k.commits.Walk(ctx, collections.NewPrefixedTripleRange[uint64, uint64, sdk.AccAddress](uint64(at)), func(_ commitKey, c types.Commit) (bool, error) {
		out = append(out, c)
		return false, nil
	})
	return out, err
}

// expireCommits forgets the commits of a mechanism that could have been revealed in the epoch that ends now and were not, and
// returns the rest. Whoever promised and kept silent gets no fresh last_update from it.
func (k *Keeper) expireCommits(ctx context.Context, at types.Place, epoch types.Epoch) ([]types.Commit, error) {
	commits, err := k.commitsOf(ctx, at)
	if err != nil {
		return nil, err
	}
	live := commits[:0]
	for _, c := range commits {
		if c.Epoch >= epoch.Index {
			live = append(live, c)
			continue
		}
		if err := k.expireCommit(ctx, c); err != nil {
			return nil, err
		}
	}
	return live, nil
}

// expireCommit forgets a commit that was not kept, or no longer can be, and says so.
func (k *Keeper) expireCommit(ctx context.Context, c types.Commit) error {
	hotkey, err := sdk.AccAddressFromBech32(c.Hotkey)
	if err != nil {
		return err
	}
	if err := k.removeCommit(ctx, collections.Join3(uint64(types.PlaceOf(c.Netuid, c.Mechanism)), c.Epoch, hotkey)); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventCommitExpired{
		Netuid: c.Netuid, Mechanism: c.Mechanism, Hotkey: c.Hotkey, Epoch: c.Epoch,
	})
}
