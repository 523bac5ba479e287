package keeper

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"sort"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// weakestFirst lists the uids outside immunity in the order in which newcomers would replace them: the lowest score, then the
// earliest registration, then the lowest uid. Both columns are by uid and of one length.
func weakestFirst(scores []uint16, registeredAt []uint64, immunity, now uint64) []uint32 {
	var uids []uint32
	for uid := range scores {
		if now >= registeredAt[uid]+immunity {
			uids = append(uids, uint32(uid))
		}
	}
	sort.SliceStable(uids, func(i, j int) bool {
		a, b := uids[i], uids[j]
		if scores[a] != scores[b] {
			return scores[a] < scores[b]
		}
		return registeredAt[a] < registeredAt[b]
	})
	return uids
}

// trimNeurons lowers max_neurons below the number of neurons and removes the weakest outside immunity. Uids stay without gaps:
// who holds one at or above the new end moves into one that was freed, the lowest into the lowest. To everybody else a
// neuron that moved is as newly registered at its uid, so that no weight and no bond meant for another counts for
// it; its hotkey, owner, axon, commitment, collateral, pruning score and stake stay.
func (k *Keeper) trimNeurons(ctx context.Context, m *types.MsgTrimNeurons) (removed, moved uint32, err error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, 0, err
	}
	s, err := k.ownSubnet(ctx, m.Netuid, m.Owner)
	if err != nil {
		return 0, 0, err
	}
	gone, err := k.trimmed(ctx, s, m.MaxNeurons)
	if err != nil {
		return 0, 0, err
	}
	h := s.Hyperparams
	h.MaxNeurons = m.MaxNeurons
	if err := h.Validate(); err != nil {
		return 0, 0, errorsmod.Wrap(err, "change that rule first")
	}
	for _, uid := range gone {
		if err := k.removeNeuron(ctx, s.Netuid, uid, types.RemovalCause_REMOVAL_CAUSE_TRIMMED); err != nil {
			return 0, 0, err
		}
	}
	free := gone // ascending, and the lowest of them are below the new end as often as somebody at or above it stays
	for uid := m.MaxNeurons; uid < s.NeuronCount; uid++ {
		if _, leaves := slices.BinarySearch(gone, uid); leaves {
			continue
		}
		if err := k.moveNeuron(ctx, s.Netuid, uid, free[0]); err != nil {
			return 0, 0, err
		}
		free = free[1:]
		moved++
	}
	removed = uint32(len(gone))
	if err := k.endNeurons(ctx, s.Netuid, m.MaxNeurons, s.NeuronCount); err != nil {
		return 0, 0, err
	}
	s.NeuronCount, s.TrimmedAt = m.MaxNeurons, height(ctx)
	if err := k.setHyperparams(ctx, s, h); err != nil {
		return 0, 0, err
	}
	if err := k.hear().AfterNeuronsTrimmed(ctx, s.Netuid, s.NeuronCount); err != nil {
		return 0, 0, err
	}
	return removed, moved, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventNeuronsTrimmed{
		Netuid: s.Netuid, MaxNeurons: m.MaxNeurons, Removed: removed, Moved: moved,
	})
}

// trimmed chooses the uids that a trim to a target takes, ascending. Errors: ErrInvalidTrim, ErrTrimTooSoon, ErrTooManyImmune.
func (k *Keeper) trimmed(ctx context.Context, s types.Subnet, target uint32) ([]uint32, error) {
	if target >= s.NeuronCount {
		return nil, errorsmod.Wrapf(types.ErrInvalidTrim, "max_neurons is %d, want below %d (neuron_count); agond tx subnet update-hyperparams changes it where nobody has to go",
			target, s.NeuronCount)
	}
	many := s.NeuronCount - target
	if many > types.MaxTrim {
		return nil, errorsmod.Wrapf(types.ErrInvalidTrim, "max_neurons is %d, want at least %d: at most %d of %d neurons are removed at once",
			target, s.NeuronCount-types.MaxTrim, types.MaxTrim, s.NeuronCount)
	}
	now := height(ctx)
	// On a chain that was started anew at a lower height no trim lies in the past.
	if next := s.TrimmedAt + int64(s.Hyperparams.Tempo); s.TrimmedAt > 0 && now >= s.TrimmedAt && now < next {
		return nil, errorsmod.Wrapf(types.ErrTrimTooSoon, "netuid %d was trimmed at block %d, once in a tempo of %d blocks; trim again from block %d",
			s.Netuid, s.TrimmedAt, s.Hyperparams.Tempo, next)
	}
	scores, err := k.PruningScores(ctx, s.Netuid)
	if err != nil {
		return nil, err
	}
	registeredAt, err := k.RegisteredAt(ctx, s.Netuid)
	if err != nil {
		return nil, err
	}
	if len(scores) != int(s.NeuronCount) || len(registeredAt) != int(s.NeuronCount) {
		return nil, errorsmod.Wrapf(types.ErrColumn, "netuid %d: %d pruning scores and %d heights of registration, want %d (neuron_count)",
			s.Netuid, len(scores), len(registeredAt), s.NeuronCount)
	}
	uids := weakestFirst(scores, registeredAt, s.Hyperparams.ImmunityPeriod, uint64(max(now, 0)))
	if len(uids) < int(many) {
		return nil, errorsmod.Wrapf(types.ErrTooManyImmune, "max_neurons is %d, want at least %d: of %d neurons %d are outside immunity (immunity_period is %d blocks)",
			target, s.NeuronCount-uint32(len(uids)), s.NeuronCount, len(uids), s.Hyperparams.ImmunityPeriod)
	}
	uids = uids[:many]
	slices.Sort(uids)
	return uids, nil
}

// moveNeuron gives a neuron a lower uid, whose last holder has been removed. Its old row is left to endNeurons.
func (k *Keeper) moveNeuron(ctx context.Context, netuid, from, to uint32) error {
	n, err := k.GetNeuron(ctx, netuid, from)
	if err != nil {
		return err
	}
	hotkey, err := types.ParseHotkey("hotkey", n.Hotkey)
	if err != nil {
		return err
	}
	owner, err := types.ParseAddress("owner", n.Owner)
	if err != nil {
		return err
	}
	scores, err := k.PruningScores(ctx, netuid)
	if err != nil {
		return err
	}
	earned, err := k.earnedBy(ctx, netuid, from)
	if err != nil {
		return err
	}
	if err := k.hear().BeforeNeuronReplaced(ctx, netuid, from, hotkey); err != nil {
		return err
	}
	n.Uid, n.RegisteredAt = to, height(ctx)
	if err := k.putNeuron(ctx, n, hotkey); err != nil {
		return err
	}
	if err := putCell(ctx, k.pruning, netuid, to, binary.BigEndian.AppendUint16(nil, scores[from])); err != nil {
		return err
	}
	if err := k.moveCommitment(ctx, netuid, from, to); err != nil {
		return err
	}
	if err := k.hear().AfterNeuronRegistered(ctx, netuid, to, hotkey, owner); err != nil {
		return err
	}
	// After the hook, which fixes the target of a newcomer's collateral: this one's has been fixed.
	if err := putCell(ctx, k.earned, netuid, to, binary.BigEndian.AppendUint64(nil, earned)); err != nil {
		return err
	}
	if err := k.moveCollateral(ctx, netuid, from, to); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventNeuronMoved{Netuid: netuid, Hotkey: n.Hotkey, OldUid: from, NewUid: to})
}

// moveCommitment takes what a neuron has committed to along to its new uid.
func (k *Keeper) moveCommitment(ctx context.Context, netuid, from, to uint32) error {
	has, err := k.commitments.Has(ctx, collections.Join(netuid, from))
	if err != nil || !has {
		return err
	}
	c, err := k.commitments.Get(ctx, collections.Join(netuid, from))
	if err != nil {
		return err
	}
	if err := k.commitments.Remove(ctx, collections.Join(netuid, from)); err != nil {
		return err
	}
	c.Uid = to
	return k.commitments.Set(ctx, collections.Join(netuid, to), c)
}

// moveCollateral takes a neuron's collateral along to its new uid.
func (k *Keeper) moveCollateral(ctx context.Context, netuid, from, to uint32) error {
	c, err := k.CollateralOf(ctx, netuid, from)
	if errors.Is(err, types.ErrNoCollateral) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := k.collaterals.Remove(ctx, collections.Join(netuid, from)); err != nil {
		return err
	}
	c.Uid = to
	return k.collaterals.Set(ctx, collections.Join(netuid, to), c)
}

// endNeurons deletes the rows from one uid up to another, which is not deleted, and ends the columns before them.
func (k *Keeper) endNeurons(ctx context.Context, netuid, from, to uint32) error {
	for uid := from; uid < to; uid++ {
		if err := k.neurons.Remove(ctx, collections.Join(netuid, uid)); err != nil {
			return err
		}
	}
	return k.endColumns(ctx, netuid, from)
}
