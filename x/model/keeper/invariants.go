package keeper

import (
	"bytes"
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/model/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Invariant is something that holds after every block.
type Invariant struct {
	// Name says what holds.
	Name string
	// Check returns an error that says what does not.
	Check func(ctx context.Context) error
}

// Invariants lists what holds after every block. They read state and write nothing. Errors: ErrBroken.
func (k *Keeper) Invariants() []Invariant {
	return []Invariant{
		{"state-agrees-with-itself", k.checkState},
		{"roots-belong-to-the-first-claim", k.checkOriginals},
		{"bindings-are-of-neurons", k.checkNeurons},
		{"indexes-match", k.checkIndexes},
		{"queues-match", k.checkQueues},
	}
}

// checkState: what a genesis has to satisfy holds always: roots match files, numbers and ids have no gaps, parents were there before.
func (k *Keeper) checkState(ctx context.Context) error {
	gs, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	if err := gs.Validate(); err != nil {
		return types.ErrBroken.Wrap(err.Error())
	}
	return nil
}

// checkOriginals: each root belongs to the version with the lowest claim, and each original is a version.
func (k *Keeper) checkOriginals(ctx context.Context) error {
	want := make(map[string]types.Original)
	versions, err := values(ctx, k.versions)
	if err != nil {
		return err
	}
	for _, v := range versions {
		for _, root := range [][]byte{v.Root, v.WeightsRoot} {
			if o, ok := want[string(root)]; !ok || v.Claim < o.Claim {
				want[string(root)] = types.Original{VersionId: v.Id, Claim: v.Claim}
			}
		}
	}
	n := 0
	err = k.originals.Walk(ctx, nil, func(root []byte, o types.Original) (bool, error) {
		n++
		if want[string(root)] != o {
			return true, types.ErrBroken.Wrapf("root %x belongs to %v, want %v", root, o, want[string(root)])
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	if n != len(want) {
		return types.ErrBroken.Wrapf("%d roots belong to somebody, want %d", n, len(want))
	}
	return nil
}

// checkNeurons: the uid of each binding is held by its hotkey.
func (k *Keeper) checkNeurons(ctx context.Context) error {
	return k.bindings.Walk(ctx, nil, func(key placeKey, b types.Binding) (bool, error) {
		hotkey, err := subnettypes.ParseHotkey("hotkey", b.Hotkey)
		if err != nil {
			return true, err
		}
		uid, err := k.subnet.UIDOf(ctx, b.Netuid, hotkey)
		if at := (types.Place{Netuid: key.K1(), Uid: key.K2(), VersionId: key.K3()}); err != nil || uid != b.Uid || at != b.Place() {
			return true, types.ErrBroken.Wrapf("binding of %s, %v, is stored under %v; the hotkey holds uid %d (%v)", b.Hotkey, b.Place(), at, uid, err)
		}
		return false, nil
	})
}

// checkIndexes: slots, numbers and the list by version find what there is and nothing else.
func (k *Keeper) checkIndexes(ctx context.Context) error {
	count, err := k.count.Get(ctx)
	if err != nil {
		return err
	}
	var bindings, slots, listed uint64
	err = k.bindings.Walk(ctx, nil, func(_ placeKey, b types.Binding) (bool, error) {
		bindings++
		at, err := k.slots.Get(ctx, b.Slot)
		if err != nil || at != b.Place() {
			return true, types.ErrBroken.Wrapf("slot %d is of %v, want %v (%v)", b.Slot, at, b.Place(), err)
		}
		if has, err := k.byVersion.Has(ctx, collections.Join3(b.VersionId, b.Netuid, b.Uid)); err != nil || !has {
			return true, types.ErrBroken.Wrapf("%v is not in the list of its version (%v)", b.Place(), err)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	err = k.slots.Walk(ctx, nil, func(uint64, types.Place) (bool, error) { slots++; return false, nil })
	if err != nil {
		return err
	}
	err = k.byVersion.Walk(ctx, nil, func(collections.Triple[uint64, uint32, uint32]) (bool, error) { listed++; return false, nil })
	if err != nil {
		return err
	}
	if bindings != count || slots != count || listed != count {
		return types.ErrBroken.Wrapf("%d bindings, %d slots, %d in lists of versions, want %d (binding_count)", bindings, slots, listed, count)
	}
	var numbers, versions uint64
	err = k.numbers.Walk(ctx, nil, func(key collections.Pair[string, uint32], id uint64) (bool, error) {
		numbers++
		if v, err := k.versions.Get(ctx, id); err != nil || v.Model != key.K1() || v.Number != key.K2() {
			return true, types.ErrBroken.Wrapf("%s is version %d, which is %s (%v)", types.Label(key.K1(), key.K2()), id, v.Name(), err)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	err = k.versions.Walk(ctx, nil, func(id uint64, v types.Version) (bool, error) {
		versions++
		if v.Id != id {
			return true, types.ErrBroken.Wrapf("version %d is stored under %d", v.Id, id)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	next, err := k.next.Get(ctx)
	if err != nil {
		return err
	}
	if numbers != versions || next != versions+types.FirstVersionID {
		return types.ErrBroken.Wrapf("%d versions, %d numbers, next id %d", versions, numbers, next)
	}
	return nil
}

// checkQueues: what is due is open, and what is open is due.
func (k *Keeper) checkQueues(ctx context.Context) error {
	open, queued := 0, 0
	err := k.bindings.Walk(ctx, nil, func(_ placeKey, b types.Binding) (bool, error) {
		if b.Challenge != nil {
			open++
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	err = k.challengesDue.Walk(ctx, nil, func(key dueKey) (bool, error) {
		queued++
		b, err := k.bindings.Get(ctx, collections.Join3(key.K2(), key.K3(), key.K4()))
		if err != nil || b.Challenge == nil || b.Challenge.DueAt != key.K1() {
			return true, types.ErrBroken.Wrapf("a challenge of netuid %d uid %d version %d is due at %d, the binding has %v (%v)", key.K2(), key.K3(), key.K4(), key.K1(), b.Challenge, err)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	if open != queued {
		return types.ErrBroken.Wrapf("%d challenges are open, %d are due", open, queued)
	}
	bars, queued := 0, 0
	err = k.bars.Walk(ctx, nil, func(key barKey, until int64) (bool, error) {
		bars++
		has, err := k.barsDue.Has(ctx, collections.Join4(until, key.K1(), key.K2(), key.K3()))
		if err != nil || !has {
			return true, types.ErrBroken.Wrapf("bar of %s from version %d in netuid %d until %d is not due (%v)", key.K3(), key.K2(), key.K1(), until, err)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	err = k.barsDue.Walk(ctx, nil, func(collections.Quad[int64, uint32, uint64, sdk.AccAddress]) (bool, error) {
		queued++
		return false, nil
	})
	if err != nil {
		return err
	}
	if bars != queued {
		return types.ErrBroken.Wrapf("%d bars, %d of them due", bars, queued)
	}
	reservations, queued := 0, 0
	err = k.reservations.Walk(ctx, nil, func(key reservationKey, r types.Reservation) (bool, error) {
		reservations++
		has, err := k.reservationsDue.Has(ctx, collections.Join3(r.ExpiresAt, key.K1(), key.K2()))
		if err != nil || !has || r.Owner != key.K1().String() || !bytes.Equal(r.Hash, key.K2()) {
			return true, types.ErrBroken.Wrapf("reservation of %s until %d is stored under %s, or not due (%v)", r.Owner, r.ExpiresAt, key.K1(), err)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	err = k.reservationsDue.Walk(ctx, nil, func(collections.Triple[int64, sdk.AccAddress, []byte]) (bool, error) { queued++; return false, nil })
	if err != nil {
		return err
	}
	if reservations != queued {
		return types.ErrBroken.Wrapf("%d reservations, %d of them due", reservations, queued)
	}
	return nil
}
