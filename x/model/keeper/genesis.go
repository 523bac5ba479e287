package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/model/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// InitGenesis writes a whole state and checks it against the subnets.
func (k *Keeper) InitGenesis(ctx context.Context, gs *types.GenesisState) error {
	if err := gs.Validate(); err != nil {
		return err
	}
	if err := k.params.Set(ctx, gs.Params); err != nil {
		return err
	}
	for _, m := range gs.Models {
		if err := k.models.Set(ctx, m.Name, m); err != nil {
			return err
		}
	}
	for _, o := range gs.Offers {
		if err := k.offers.Set(ctx, o.Model, o); err != nil {
			return err
		}
	}
	if err := k.next.Set(ctx, types.FirstVersionID+uint64(len(gs.Versions))); err != nil {
		return err
	}
	if err := k.nextClaim.Set(ctx, gs.NextClaim); err != nil {
		return err
	}
	// What owns a root follows from the versions; its changes were told when they came.
	quiet := sdk.UnwrapSDKContext(ctx).WithEventManager(sdk.NewEventManager())
	for i, v := range gs.Versions {
		if err := k.putVersion(quiet, v, gs.Files[i].Files); err != nil {
			return err
		}
	}
	for _, r := range gs.Reservations {
		owner, err := subnettypes.ParseAddress("owner", r.Owner)
		if err != nil {
			return err
		}
		if err := k.putReservation(ctx, owner, r); err != nil {
			return err
		}
	}
	if err := k.count.Set(ctx, uint64(len(gs.Bindings))); err != nil {
		return err
	}
	for _, b := range gs.Bindings {
		if err := k.putBinding(ctx, b); err != nil {
			return err
		}
	}
	for _, b := range gs.Bars {
		hotkey, err := subnettypes.ParseHotkey("hotkey", b.Hotkey)
		if err != nil {
			return err
		}
		if err := k.putBar(ctx, collections.Join3(b.Netuid, b.VersionId, hotkey), b.Until); err != nil {
			return err
		}
	}
	for _, i := range k.Invariants() {
		if err := i.Check(ctx); err != nil {
			return errorsmod.Wrapf(types.ErrInvalidGenesis, "%s: %s", i.Name, err)
		}
	}
	return nil
}

// ExportGenesis reads the whole state. Indexes and queues follow from it and are not written out.
func (k *Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	gs := &types.GenesisState{}
	var err error
	if gs.Params, err = k.params.Get(ctx); err != nil {
		return nil, err
	}
	if gs.NextClaim, err = k.nextClaim.Get(ctx); err != nil {
		return nil, err
	}
	if gs.Models, err = values(ctx, k.models); err != nil {
		return nil, err
	}
	if gs.Offers, err = values(ctx, k.offers); err != nil {
		return nil, err
	}
	if gs.Versions, err = values(ctx, k.versions); err != nil {
		return nil, err
	}
	if gs.Files, err = values(ctx, k.files); err != nil {
		return nil, err
	}
	if gs.Reservations, err = values(ctx, k.reservations); err != nil {
		return nil, err
	}
	err = k.slots.Walk(ctx, nil, func(_ uint64, at types.Place) (bool, error) {
		b, err := k.bindings.Get(ctx, collections.Join3(at.Netuid, at.Uid, at.VersionId))
		gs.Bindings = append(gs.Bindings, b)
		return err != nil, err
	})
	if err != nil {
		return nil, err
	}
	err = k.bars.Walk(ctx, nil, func(key barKey, until int64) (bool, error) {
		gs.Bars = append(gs.Bars, types.Bar{Netuid: key.K1(), VersionId: key.K2(), Hotkey: key.K3().String(), Until: until})
		return false, nil
	})
	return gs, err
}

// values of a map in order of its keys.
func values[K, V any](ctx context.Context, m collections.Map[K, V]) (out []V, err error) {
	err = m.Walk(ctx, nil, func(_ K, v V) (bool, error) {
		out = append(out, v)
		return false, nil
	})
	return out, err
}
