package keeper

import (
	"context"
	"math/bits"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/scoring/types"
	"github.com/agon-chain/agon/x/scoring/yuma"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// A subnet may judge by several mechanisms at once. Each has weights, bonds, commits and results of its own under its own place;
// stake, permits, the sequence of epochs and the rules are the subnet's. An epoch keeps the split with which it began, so that
// nobody's promise in it is void before its end, and what an owner changes comes with the next epoch.

// hasMechanism refuses a mechanism that the running epoch does not have.
func hasMechanism(epoch types.Epoch, mechanism uint32) error {
	if have := epoch.Mechanisms(); mechanism >= have {
		return errorsmod.Wrapf(types.ErrUnknownMechanism,
			"mechanism is %d, subnet %d has 0 to %d in epoch %d; a change of mechanism_split comes with the next epoch, at height %d",
			mechanism, epoch.Netuid, have-1, epoch.Index, epoch.DueAt+1)
	}
	return nil
}

// begin gives a subnet's first epoch its mechanisms.
func begin(epoch types.Epoch, split []uint32, height int64) types.Epoch {
	epoch.MechanismSplit = slices.Clone(split)
	epoch.MechanismSince = make([]int64, len(split))
	for m := range split {
		epoch.MechanismSince[m] = height
	}
	return epoch
}

// changeMechanisms gives the next epoch the subnet's split. A mechanism that goes leaves its rows and commits behind, which are
// forgotten here; its columns stay until the next epoch writes its own, as they are what the last epoch paid by. The work is bounded by the
// rows and commits of the mechanisms that go: the epoch that ends has read each of them.
func (k *Keeper) changeMechanisms(ctx sdk.Context, subnet subnettypes.Subnet, next *types.Epoch) error {
	had, split := next.MechanismSplit, subnet.Hyperparams.MechanismSplit
	next.LastMechanismSplit = had
	if slices.Equal(had, split) {
		return nil
	}
	next.MechanismSplit = slices.Clone(split)
	since := slices.Clone(next.MechanismSince[:min(len(had), len(split))])
	for range len(split) - len(since) {
		since = append(since, ctx.BlockHeight())
	}
	next.MechanismSince = since
	for m := len(split); m < len(had); m++ {
		if err := k.forgetMechanism(ctx, types.PlaceOf(next.Netuid, uint32(m))); err != nil {
			return err
		}
	}
	return ctx.EventManager().EmitTypedEvent(&types.EventMechanismsChanged{Netuid: next.Netuid, Index: next.Index, MechanismSplit: next.MechanismSplit})
}

// forgetMechanism removes the rows and commits of a mechanism, at most two of each for each neuron that has judged in it.
func (k *Keeper) forgetMechanism(ctx context.Context, at types.Place) error {
	rows := collections.NewPrefixedPairRange[uint64, uint32](uint64(at))
	if err := k.weights.Clear(ctx, rows); err != nil {
		return err
	}
	if err := k.bonds.Clear(ctx, rows); err != nil {
		return err
	}
	commits, err := k.commitsOf(ctx, at)
	if err != nil {
		return err
	}
	for _, c := range commits {
		if err := k.expireCommit(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// dropColumns removes the columns of a mechanism.
func (k *Keeper) dropColumns(ctx context.Context, at types.Place) error {
	for c := range columnWidths {
		if err := k.setColumn(ctx, at, types.Column(c), nil); err != nil {
			return err
		}
	}
	return nil
}

// pruningScores ranks neurons for replacement by their share of what the epoch was worth, whole = 65535: their shares in the mechanisms
// that were judged, weighted by the split and rounded down. Where none was judged, shares are by stake.
func pruningScores(split []uint32, outcomes []yuma.Output) []uint16 {
	judged := slices.ContainsFunc(outcomes, func(o yuma.Output) bool { return !o.Fallback })
	sums := make([]uint64, len(outcomes[0].CombinedShare))
	for m := range outcomes {
		if judged && outcomes[m].Fallback {
			continue
		}
		for uid, share := range outcomes[m].CombinedShare {
			sums[uid] += uint64(split[m]) * uint64(min(max(share, 0), oneShare))
		}
	}
	scores := make([]uint16, len(sums))
	for uid, sum := range sums {
		_, scaled := bits.Mul64(sum/subnettypes.MaxBps, 65_535)
		scores[uid] = uint16(min(scaled>>32, 65_535))
	}
	return scores
}

// oneShare is the whole in the shares of an epoch.
const oneShare = 1 << 32

// counted is the number of validators whose weights counted in a mechanism or more.
func counted(inputs []yuma.Input, outcomes []yuma.Output) uint32 {
	var n uint32
	for uid := range inputs[0].N {
		for m := range inputs {
			in := &inputs[m]
			if len(in.Weights[uid]) > 0 && in.Permits[uid] && outcomes[m].Active[uid] {
				n++
				break
			}
		}
	}
	return n
}
