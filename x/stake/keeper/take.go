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
	params, err := k.Params.Get(ctx)
	if err != nil {
		return 0, err
	}
	t, err := k.take(ctx, params, hotkey)
	return t.TakeBps, err
}

func (k *Keeper) take(ctx context.Context, params types.Params, hotkey sdk.AccAddress) (types.Take, error) {
	return takeIn(ctx, k.Takes, params, hotkey)
}

// childTake is what a hotkey keeps of the dividends on stake that is delegated to it, by the same rules.
func (k *Keeper) childTake(ctx context.Context, params types.Params, hotkey sdk.AccAddress) (types.Take, error) {
	return takeIn(ctx, k.ChildTakes, params, hotkey)
}

func takeIn(ctx context.Context, takes collections.Map[sdk.AccAddress, types.Take], params types.Params, hotkey sdk.AccAddress) (types.Take, error) {
	t, err := takes.Get(ctx, hotkey)
	if errors.Is(err, collections.ErrNotFound) {
		t, err = types.Take{Hotkey: hotkey.String(), TakeBps: params.DefaultTakeBps}, nil
	}
	t.TakeBps = min(t.TakeBps, params.MaxTakeBps)
	return t, err
}

// raiseFrom is the height from which a take can be raised; 0 where it never was.
func raiseFrom(t types.Take, params types.Params) int64 {
	if t.RaisedAt == 0 {
		return 0
	}
	return t.RaisedAt + int64(params.TakeRaiseInterval)
}

// setTake changes a hotkey's take. What was earned before is settled at the old one, in every subnet that the hotkey is
// registered in. Backers can see a raise coming: it is bounded in size and in how often it happens.
func (k *Keeper) setTake(ctx context.Context, owner, hotkey sdk.AccAddress, takeBps uint32) error {
	if err := k.ownedBy(ctx, hotkey, owner); err != nil {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	t, err := k.take(ctx, params, hotkey)
	if err != nil {
		return err
	}
	if t, err = changedTake(t, params, takeBps, sdk.UnwrapSDKContext(ctx).BlockHeight()); err != nil {
		return err
	}
	netuids, err := k.registeredIn(ctx, hotkey)
	if err != nil {
		return err
	}
	for _, netuid := range netuids {
		if err := k.settle(ctx, netuid, hotkey); err != nil {
			return err
		}
	}
	if err := k.Takes.Set(ctx, hotkey, t); err != nil {
		return err
	}
	return emit(ctx, &types.EventTakeSet{Hotkey: hotkey.String(), TakeBps: takeBps})
}

// changedTake is a take after a change, or the error that refuses it.
func changedTake(t types.Take, params types.Params, takeBps uint32, height int64) (types.Take, error) {
	if takeBps > params.MaxTakeBps {
		return t, types.ErrTake.Wrapf("take_bps is %d, at most %d", takeBps, params.MaxTakeBps)
	}
	if takeBps > t.TakeBps {
		if raise := takeBps - t.TakeBps; raise > params.MaxTakeRaiseBps {
			return t, types.ErrTake.Wrapf("raise from %d to %d basis points, at most %d at once: set %d now", t.TakeBps, takeBps, params.MaxTakeRaiseBps, t.TakeBps+params.MaxTakeRaiseBps)
		}
		// On a chain that was started anew at a lower height no raise lies in the past.
		if from := raiseFrom(t, params); height >= t.RaisedAt && height < from {
			return t, types.ErrTakeInterval.Wrapf("raised at height %d, again from height %d", t.RaisedAt, from)
		}
		t.RaisedAt = height
	}
	t.TakeBps = takeBps
	return t, nil
}

// setChildTake changes what a hotkey keeps of the dividends on stake that is delegated to it, from the next epoch on.
func (k *Keeper) setChildTake(ctx context.Context, owner, hotkey sdk.AccAddress, takeBps uint32) error {
	if err := k.ownedBy(ctx, hotkey, owner); err != nil {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	t, err := k.childTake(ctx, params, hotkey)
	if err != nil {
		return err
	}
	if t, err = changedTake(t, params, takeBps, sdk.UnwrapSDKContext(ctx).BlockHeight()); err != nil {
		return err
	}
	if err := k.ChildTakes.Set(ctx, hotkey, t); err != nil {
		return err
	}
	return emit(ctx, &types.EventChildTakeSet{Hotkey: hotkey.String(), TakeBps: takeBps})
}

// registeredIn returns the subnets in which a hotkey holds a uid, ascending, the root before them where it has a seat: at most as many as there
// are subnets and one.
func (k *Keeper) registeredIn(ctx context.Context, hotkey sdk.AccAddress) ([]uint32, error) {
	it, err := k.Registrations.Iterate(ctx, collections.NewPrefixedPairRange[sdk.AccAddress, uint32](hotkey))
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
