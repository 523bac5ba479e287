package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/model/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// neuron is a place in a subnet that a signer speaks for.
type neuron struct {
	netuid, uid uint32
	hotkey      sdk.AccAddress
}

// signer is the neuron that an account signs for in a subnet. Errors: those of x/subnet, such as ErrNotRegistered and ErrKeySwapped.
func (k *Keeper) signer(ctx context.Context, netuid uint32, account string) (neuron, error) {
	key, err := subnettypes.ParseHotkey("hotkey", account)
	if err != nil {
		return neuron{}, err
	}
	hotkey, err := k.subnet.SignsFor(ctx, key)
	if err != nil {
		return neuron{}, err
	}
	uid, err := k.subnet.UIDOf(ctx, netuid, hotkey)
	return neuron{netuid, uid, hotkey}, err
}

// bind says that a neuron serves a version.
func (k *Keeper) bind(ctx context.Context, m *types.MsgBindVersion) (uint32, error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, err
	}
	s, err := k.subnet.GetSubnet(ctx, m.Netuid)
	if err != nil {
		return 0, err
	}
	if err := s.CheckLive(); err != nil {
		return 0, err
	}
	n, err := k.signer(ctx, m.Netuid, m.Hotkey)
	if err != nil {
		return 0, err
	}
	v, err := k.VersionOf(ctx, m.Model, m.Version)
	if err != nil {
		return 0, err
	}
	if err := k.mayBind(ctx, n, v); err != nil {
		return 0, err
	}
	b := types.Binding{Netuid: n.netuid, Uid: n.uid, VersionId: v.Id, Hotkey: n.hotkey.String(), BoundAt: height(ctx)}
	if b.Slot, err = k.count.Get(ctx); err != nil {
		return 0, err
	}
	if err := k.count.Set(ctx, b.Slot+1); err != nil {
		return 0, err
	}
	if err := k.putBinding(ctx, b); err != nil {
		return 0, err
	}
	return n.uid, emit(ctx, &types.EventVersionBound{Netuid: b.Netuid, Uid: b.Uid, Hotkey: b.Hotkey, VersionId: v.Id, Model: v.Model, Version: v.Number})
}

// mayBind refuses a deprecated version, one that the neuron has or was found without, and one too many. Errors: ErrDeprecated, ErrBound,
// ErrTooManyBindings, ErrBarred.
func (k *Keeper) mayBind(ctx context.Context, n neuron, v types.Version) error {
	if d := v.Deprecation; d != nil {
		return errorsmod.Wrapf(types.ErrDeprecated, "%s since block %d: %s", v.Name(), d.Height, d.Reason)
	}
	p, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	all, err := k.bindingsOf(ctx, n.netuid, n.uid)
	if err != nil {
		return err
	}
	for _, b := range all {
		if b.VersionId == v.Id {
			return errorsmod.Wrapf(types.ErrBound, "netuid %d uid %d, %s, since block %d", n.netuid, n.uid, v.Name(), b.BoundAt)
		}
	}
	if len(all) >= int(p.MaxBindings) {
		return errorsmod.Wrapf(types.ErrTooManyBindings, "netuid %d uid %d has %d, max_bindings is %d; end one with agond model unbind", n.netuid, n.uid, len(all), p.MaxBindings)
	}
	until, err := k.barredUntil(ctx, n, v.Id)
	if err != nil {
		return err
	}
	if until > 0 {
		return errorsmod.Wrapf(types.ErrBarred, "hotkey %s did not answer for %s in netuid %d; bind from block %d", n.hotkey, v.Name(), n.netuid, until+1)
	}
	return nil
}

// unbind ends a binding for its neuron. With a challenge open it counts as one that was missed: who has not the bytes could slip
// away from every challenge otherwise.
func (k *Keeper) unbind(ctx context.Context, m *types.MsgUnbindVersion) (int64, error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, err
	}
	b, err := k.boundBy(ctx, m.Netuid, m.Hotkey, m.Model, m.Version)
	if err != nil {
		return 0, err
	}
	return k.endBinding(ctx, b, types.UnbindCause_UNBIND_CAUSE_UNBOUND, b.Challenge != nil)
}

// boundBy is the binding of the neuron that an account signs for. Errors: ErrNotBound, ErrVersionNotFound, those of x/subnet.
func (k *Keeper) boundBy(ctx context.Context, netuid uint32, account, model string, number uint32) (types.Binding, error) {
	n, err := k.signer(ctx, netuid, account)
	if err != nil {
		return types.Binding{}, err
	}
	v, err := k.VersionOf(ctx, model, number)
	if err != nil {
		return types.Binding{}, err
	}
	b, err := k.bindings.Get(ctx, collections.Join3(n.netuid, n.uid, v.Id))
	if err != nil {
		return b, missing(err, types.ErrNotBound, "netuid %d uid %d, %s; bind it with agond model bind", n.netuid, n.uid, v.Name())
	}
	return b, nil
}

// bindingsOf lists what a neuron is bound to, in order of versions: at most MaxBindingsBound.
func (k *Keeper) bindingsOf(ctx context.Context, netuid, uid uint32) (out []types.Binding, err error) {
	err = k.bindings.Walk(ctx, collections.NewSuperPrefixedTripleRange[uint32, uint32, uint64](netuid, uid), func(_ placeKey, b types.Binding) (bool, error) {
		out = append(out, b)
		return false, nil
	})
	return out, err
}

func keyOf(b types.Binding) placeKey { return collections.Join3(b.Netuid, b.Uid, b.VersionId) }

// putBinding writes a binding and everything that finds it.
func (k *Keeper) putBinding(ctx context.Context, b types.Binding) error {
	if err := k.bindings.Set(ctx, keyOf(b), b); err != nil {
		return err
	}
	if err := k.slots.Set(ctx, b.Slot, b.Place()); err != nil {
		return err
	}
	if err := k.byVersion.Set(ctx, collections.Join3(b.VersionId, b.Netuid, b.Uid)); err != nil {
		return err
	}
	if c := b.Challenge; c != nil {
		return k.challengesDue.Set(ctx, collections.Join4(c.DueAt, b.Netuid, b.Uid, b.VersionId))
	}
	return nil
}

// endBinding removes a binding with its open challenge; the last slot moves into the one that is free. Where an answer is owed, the
// hotkey cannot bind to the version again for a while: it returns the last height of that, or 0.
func (k *Keeper) endBinding(ctx context.Context, b types.Binding, cause types.UnbindCause, owes bool) (barred int64, err error) {
	if err := k.bindings.Remove(ctx, keyOf(b)); err != nil {
		return 0, err
	}
	if err := k.byVersion.Remove(ctx, collections.Join3(b.VersionId, b.Netuid, b.Uid)); err != nil {
		return 0, err
	}
	if c := b.Challenge; c != nil {
		if err := k.challengesDue.Remove(ctx, collections.Join4(c.DueAt, b.Netuid, b.Uid, b.VersionId)); err != nil {
			return 0, err
		}
	}
	if err := k.freeSlot(ctx, b.Slot); err != nil {
		return 0, err
	}
	if owes {
		if barred, err = k.bar(ctx, b); err != nil {
			return 0, err
		}
	}
	return barred, emit(ctx, &types.EventVersionUnbound{Netuid: b.Netuid, Uid: b.Uid, Hotkey: b.Hotkey, VersionId: b.VersionId, Cause: cause, BarredUntil: barred})
}

// freeSlot moves the binding in the last slot into the free one, so that slots stay without gaps.
func (k *Keeper) freeSlot(ctx context.Context, slot uint64) error {
	count, err := k.count.Get(ctx)
	if err != nil {
		return err
	}
	if slot >= count {
		return types.ErrBroken.Wrapf("slot %d of %d", slot, count)
	}
	last := count - 1
	if slot != last {
		at, err := k.slots.Get(ctx, last)
		if err != nil {
			return err
		}
		moved, err := k.bindings.Get(ctx, collections.Join3(at.Netuid, at.Uid, at.VersionId))
		if err != nil {
			return err
		}
		moved.Slot = slot
		if err := k.bindings.Set(ctx, keyOf(moved), moved); err != nil {
			return err
		}
		if err := k.slots.Set(ctx, slot, at); err != nil {
			return err
		}
	}
	if err := k.slots.Remove(ctx, last); err != nil {
		return err
	}
	return k.count.Set(ctx, last)
}

// BoundVersions are the versions that a neuron says it serves, ascending: at most MaxBindingsBound.
func (k *Keeper) BoundVersions(ctx context.Context, netuid, uid uint32) ([]uint64, error) {
	all, err := k.bindingsOf(ctx, netuid, uid)
	var out []uint64
	for _, b := range all {
		out = append(out, b.VersionId)
	}
	return out, err
}
