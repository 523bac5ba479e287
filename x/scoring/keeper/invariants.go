package keeper

import (
	"context"
	"slices"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/scoring/types"
)

// Invariant is something that holds after every block.
type Invariant struct {
	// Name says what holds.
	Name string
	// Check returns an error that says what does not.
	Check func(ctx context.Context) error
}

// Invariants lists what holds after every block. They read state and write nothing.
func (k *Keeper) Invariants() []Invariant {
	return []Invariant{
		{"every-subnet-has-its-epochs", k.checkSubnets},
		{"every-running-epoch-is-queued-once", k.checkQueue},
		{"mechanisms-are-those-of-the-epoch", k.checkMechanisms},
		{"rows-are-of-neurons-of-the-subnet", k.checkRows},
		{"commits-belong-to-this-epoch-or-the-last", k.checkCommits},
	}
}

// checkSubnets: every subnet that lives has its epochs, and beside them only those have that are dissolved and still have neurons.
func (k *Keeper) checkSubnets(ctx context.Context) error {
	netuids, err := k.subnet.Netuids(ctx)
	if err != nil {
		return err
	}
	var have []uint32
	err = k.epochs.Walk(ctx, nil, func(netuid uint32, _ types.Epoch) (bool, error) {
		subnet, err := k.subnet.GetSubnet(ctx, netuid)
		if err != nil {
			return true, err
		}
		if subnet.DissolvedAt == 0 || subnet.NeuronCount == 0 {
			have = append(have, netuid)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	if !slices.Equal(netuids, have) {
		return types.ErrBroken.Wrapf("subnets are %v, epochs are of %v", netuids, have)
	}
	return nil
}

// checkQueue: the queue holds each subnet that is not paused exactly once, at its height, and nothing else.
func (k *Keeper) checkQueue(ctx context.Context) error {
	running := 0
	err := k.epochs.Walk(ctx, nil, func(netuid uint32, e types.Epoch) (bool, error) {
		queued, err := k.due.Has(ctx, collections.Join(e.DueAt, netuid))
		if err != nil {
			return true, err
		}
		subnet, err := k.subnet.GetSubnet(ctx, netuid)
		if err != nil {
			return true, err
		}
		if queued != e.Queued() || (queued && (subnet.StartedAt == 0 || subnet.DissolvedAt > 0)) {
			return true, types.ErrBroken.Wrapf("netuid %d: queued %t, paused %t, due at %d, started at %d, dissolved at %d",
				netuid, queued, e.Paused, e.DueAt, subnet.StartedAt, subnet.DissolvedAt)
		}
		if queued {
			running++
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	queued := 0
	err = k.due.Walk(ctx, nil, func(collections.Pair[int64, uint32]) (bool, error) {
		queued++
		return false, nil
	})
	if err != nil {
		return err
	}
	if queued != running {
		return types.ErrBroken.Wrapf("%d epochs queued, %d subnets running", queued, running)
	}
	return nil
}

// checkMechanisms: each epoch has a split among its mechanisms with the height of each's beginning, and columns are of
// mechanisms that it or the epoch before it has.
func (k *Keeper) checkMechanisms(ctx context.Context) error {
	err := k.epochs.Walk(ctx, nil, func(_ uint32, e types.Epoch) (bool, error) {
		return false, e.ValidateMechanisms()
	})
	if err != nil {
		return types.ErrBroken.Wrap(err.Error())
	}
	return k.columns.Walk(ctx, nil, func(key collections.Pair[uint64, uint32], _ []byte) (bool, error) {
		at := types.Place(key.K1())
		epoch, err := k.EpochOf(ctx, at.Netuid())
		if err != nil {
			return true, err
		}
		if at.Mechanism() >= epoch.Kept() {
			return true, types.ErrBroken.Wrapf("netuid %d: column %d of mechanism %d, there are %d", at.Netuid(), key.K2(), at.Mechanism(), epoch.Kept())
		}
		return false, nil
	})
}

// checkRows: rows of weights and bonds belong to uids that the subnet has, and name uids in order, which a trim may have taken since. None
// is empty, and no bond is zero; a weight may be, as it is stored as it was sent.
func (k *Keeper) checkRows(ctx context.Context) error {
	for _, t := range []struct {
		rows     rowTable
		positive bool
	}{{k.weights, false}, {k.bonds, true}} {
		err := t.rows.Walk(ctx, nil, func(key collections.Pair[uint64, uint32], bz []byte) (bool, error) {
			at := types.Place(key.K1())
			subnet, err := k.subnet.GetSubnet(ctx, at.Netuid())
			if err != nil {
				return true, err
			}
			epoch, err := k.EpochOf(ctx, at.Netuid())
			if err != nil {
				return true, err
			}
			if at.Mechanism() >= epoch.Mechanisms() {
				return true, types.ErrBroken.Wrapf("netuid %d: a row of uid %d in mechanism %d, the running epoch has %d", at.Netuid(), key.K2(), at.Mechanism(), epoch.Mechanisms())
			}
			name := t.rows.GetName()
			if key.K2() >= subnet.NeuronCount || len(bz) == 0 || len(bz)%4 != 0 {
				return true, types.ErrBroken.Wrapf("netuid %d: row of uid %d in %s has %d bytes, the subnet has %d neurons", at.Netuid(), key.K2(), name, len(bz), subnet.NeuronCount)
			}
			next := 0
			for _, e := range unpackRow(bz) {
				if int(e.UID) < next || (uint32(e.UID) >= subnet.NeuronCount && subnet.TrimmedAt == 0 && subnet.DissolvedAt == 0) || (t.positive && e.Value == 0) {
					return true, types.ErrBroken.Wrapf("netuid %d: row of uid %d in %s has %d on uid %d, the subnet has %d neurons",
						at.Netuid(), key.K2(), name, e.Value, e.UID, subnet.NeuronCount)
				}
				next = int(e.UID) + 1
			}
			return false, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// checkCommits: no commit outlives its time or its hotkey's uid, each stands under its own key, and those without a seed wait
// for one.
func (k *Keeper) checkCommits(ctx context.Context) error {
	return k.commits.Walk(ctx, nil, func(key commitKey, c types.Commit) (bool, error) {
		at := types.Place(key.K1())
		epoch, err := k.EpochOf(ctx, at.Netuid())
		if err != nil {
			return true, err
		}
		if c.Mechanism >= epoch.Mechanisms() {
			return true, types.ErrBroken.Wrapf("netuid %d: commit in mechanism %d, the running epoch has %d", c.Netuid, c.Mechanism, epoch.Mechanisms())
		}
		if c.Epoch > epoch.Index || c.Epoch+1 < epoch.Index {
			return true, types.ErrBroken.Wrapf("netuid %d: commit of epoch %d, %d is running", c.Netuid, c.Epoch, epoch.Index)
		}
		if hotkey, err := sdk.AccAddressFromBech32(c.Hotkey); err != nil || !hotkey.Equals(key.K3()) || c.Epoch != key.K2() || types.PlaceOf(c.Netuid, c.Mechanism) != at {
			return true, types.ErrBroken.Wrapf("commit of %s, netuid %d, epoch %d stands under another key", c.Hotkey, c.Netuid, c.Epoch)
		}
		if _, err := k.subnet.UIDOf(ctx, c.Netuid, key.K3()); err != nil {
			return true, types.ErrBroken.Wrapf("commit of %s, netuid %d: %s", c.Hotkey, c.Netuid, err)
		}
		waits, err := k.fresh.Has(ctx, key)
		if err != nil {
			return true, err
		}
		if waits != (len(c.Seed) == 0) {
			return true, types.ErrBroken.Wrapf("commit of %s, netuid %d, epoch %d: waits for a seed %t, has one of %d bytes", c.Hotkey, c.Netuid, c.Epoch, waits, len(c.Seed))
		}
		return false, nil
	})
}
