package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// TakeOf returns what a hotkey keeps of its backers' dividends, in basis points: what was set, else the default; never
// more than the parameter max_take_bps is now.
func (k *Keeper) TakeOf(ctx context.Context, hotkey sdk.AccAddress) (uint32, error) {
	b, err := k.resolve(ctx, hotkey)
	if err != nil {
		return 0, err
	}
	return k.takeOf(ctx, b)
}

func (k *Keeper) takeOf(ctx context.Context, b backed) (uint32, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return 0, err
	}
	t, err := k.take(ctx, params, b)
	return t.TakeBps, err
}

func (k *Keeper) take(ctx context.Context, params types.Params, b backed) (types.Take, error) {
	t, err := k.Takes.Get(ctx, b.id)
	if errors.Is(err, collections.ErrNotFound) {
		t, err = types.Take{Hotkey: b.id.String(), TakeBps: params.DefaultTakeBps}, nil
	}
	t.TakeBps = min(t.TakeBps, params.MaxTakeBps)
	return t, err
}

// setTake changes a hotkey's take. What was earned before is settled at the old one, in every subnet that the hotkey is
// registered in. Backers can see a raise coming: it is bounded in size and in how often it happens.
func (k *Keeper) setTake(ctx context.Context, owner, hotkey sdk.AccAddress, takeBps uint32) error {
	b, err := k.resolve(ctx, hotkey)
	if err != nil {
		return err
	}
	hotkeyOwner, err := k.subnet.OwnerOf(ctx, hotkey)
	if err != nil {
		return err
	}
	if !hotkeyOwner.Equals(owner) {
		return types.ErrNotHotkeyOwner.Wrapf("%s is owned by %s, not by %s; sign with the owner's key", hotkey, hotkeyOwner, owner)
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if takeBps > params.MaxTakeBps {
		return types.ErrTake.Wrapf("take_bps is %d, at most %d", takeBps, params.MaxTakeBps)
	}
	t, err := k.take(ctx, params, b)
	if err != nil {
		return err
	}
	if takeBps > t.TakeBps {
		height := sdk.UnwrapSDKContext(ctx).BlockHeight()
		if raise := takeBps - t.TakeBps; raise > params.MaxTakeRaiseBps {
			return types.ErrTake.Wrapf("raise from %d to %d basis points, at most %d at once: set %d now", t.TakeBps, takeBps, params.MaxTakeRaiseBps, t.TakeBps+params.MaxTakeRaiseBps)
		}
		if t.RaisedAt > 0 && height >= t.RaisedAt && uint64(height-t.RaisedAt) < params.TakeRaiseInterval {
			return types.ErrTakeInterval.Wrapf("raised at height %d, again from height %d", t.RaisedAt, uint64(t.RaisedAt)+params.TakeRaiseInterval)
		}
		t.RaisedAt = height
	}
	netuids, err := k.registeredIn(ctx, b.id)
	if err != nil {
		return err
	}
	for _, netuid := range netuids {
		if err := k.settle(ctx, netuid, b); err != nil {
			return err
		}
	}
	t.TakeBps = takeBps
	if err := k.Takes.Set(ctx, b.id, t); err != nil {
		return err
	}
	return emit(ctx, &types.EventTakeSet{Hotkey: hotkey.String(), TakeBps: takeBps})
}

// registeredIn returns the subnets in which a hotkey holds a uid, ascending: at most as many as there are subnets.
func (k *Keeper) registeredIn(ctx context.Context, id types.Identity) ([]uint32, error) {
	it, err := k.Registrations.Iterate(ctx, collections.NewPrefixedPairRange[types.Identity, uint32](id))
	if err != nil {
		return nil, err
	}
	defer it.Close()
	var netuids []uint32
	for ; it.Valid(); it.Next() {
		key, err := it.Key()
		if err != nil {
			return nil, err
		}
		netuids = append(netuids, key.K2())
	}
	return netuids, nil
}
