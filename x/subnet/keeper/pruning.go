package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// pruned chooses the uid that makes room: of those outside immunity the lowest score, then the earliest registration, then
// the lowest uid. Both columns are by uid and of one length. ok is false where all are immune; free is then the
// first height at which one is not.
func pruned(scores []uint16, registeredAt []uint64, immunity, now uint64) (uid uint32, free uint64, ok bool) {
	for i, score := range scores {
		if end := registeredAt[i] + immunity; now < end {
			if free == 0 || end < free {
				free = end
			}
			continue
		}
		if !ok || score < scores[uid] || (score == scores[uid] && registeredAt[i] < registeredAt[uid]) {
			uid, ok = uint32(i), true
		}
	}
	return uid, free, ok
}

// weakest returns the uid that makes room for a newcomer. Errors: ErrAllImmune with the height when the first immunity ends.
func (k *Keeper) weakest(ctx context.Context, s types.Subnet) (uint32, error) {
	scores, err := k.PruningScores(ctx, s.Netuid)
	if err != nil {
		return 0, err
	}
	registeredAt, err := k.RegisteredAt(ctx, s.Netuid)
	if err != nil {
		return 0, err
	}
	if len(scores) != int(s.NeuronCount) || len(registeredAt) != int(s.NeuronCount) {
		return 0, errorsmod.Wrapf(types.ErrColumn, "netuid %d: %d pruning scores and %d heights of registration, want %d (neuron_count)",
			s.Netuid, len(scores), len(registeredAt), s.NeuronCount)
	}
	uid, free, ok := pruned(scores, registeredAt, s.Hyperparams.ImmunityPeriod, uint64(max(height(ctx), 0)))
	if !ok {
		return 0, errorsmod.Wrapf(types.ErrAllImmune, "netuid %d is full with %d neurons and the first immunity ends at block %d; register then", s.Netuid, s.NeuronCount, free)
	}
	return uid, nil
}

// removeNeuron tells the hooks that a hotkey is about to lose its uid, settles its collateral and takes it and its commitment
// out of the index. The caller writes a newcomer over its row and its columns, or deletes the row and ends the columns
// before it.
func (k *Keeper) removeNeuron(ctx context.Context, netuid, uid uint32, cause types.RemovalCause) error {
	n, err := k.GetNeuron(ctx, netuid, uid)
	if err != nil {
		return err
	}
	hotkey, err := types.ParseHotkey("hotkey", n.Hotkey)
	if err != nil {
		return err
	}
	if err := k.hear().BeforeNeuronReplaced(ctx, netuid, uid, hotkey); err != nil {
		return err
	}
	if err := k.endCollateral(ctx, n, cause != types.RemovalCause_REMOVAL_CAUSE_REPLACED); err != nil {
		return err
	}
	if err := k.uids.Remove(ctx, collections.Join(hotkey, netuid)); err != nil {
		return err
	}
	if err := k.commitments.Remove(ctx, collections.Join(netuid, uid)); err != nil {
		return err
	}
	events := sdk.UnwrapSDKContext(ctx).EventManager()
	if cause == types.RemovalCause_REMOVAL_CAUSE_REPLACED {
		return events.EmitTypedEvent(&types.EventNeuronReplaced{Netuid: netuid, Uid: uid, Hotkey: n.Hotkey})
	}
	return events.EmitTypedEvent(&types.EventNeuronRemoved{Netuid: netuid, Uid: uid, Hotkey: n.Hotkey, Cause: cause})
}
