package keeper

import (
	"context"
	"slices"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

// InitGenesis loads a state. x/subnet and the bank are loaded before: the columns are built from the hotkeys that x/subnet
// has, and a state whose coins are not there is refused.
func (k *Keeper) InitGenesis(ctx context.Context, gs *types.GenesisState) error {
	if err := gs.Validate(); err != nil {
		return err
	}
	if err := k.Params.Set(ctx, gs.Params); err != nil {
		return err
	}
	if err := k.initIdentities(ctx, gs.HotkeyIdentities); err != nil {
		return err
	}
	for _, h := range gs.HotkeyStakes {
		identity, err := sdk.AccAddressFromBech32(h.Hotkey)
		if err != nil {
			return err
		}
		if err := k.HotkeyStakes.Set(ctx, collections.Join(h.Netuid, types.Identity(identity)), h); err != nil {
			return err
		}
	}
	for _, p := range gs.Positions {
		owner, identity, err := addresses(p.Owner, p.Hotkey)
		if err != nil {
			return err
		}
		if err := k.Positions.Set(ctx, collections.Join3(owner, p.Netuid, types.Identity(identity)), p); err != nil {
			return err
		}
	}
	for _, t := range gs.Takes {
		identity, err := sdk.AccAddressFromBech32(t.Hotkey)
		if err != nil {
			return err
		}
		if err := k.Takes.Set(ctx, types.Identity(identity), t); err != nil {
			return err
		}
	}
	if err := k.initPools(ctx, gs); err != nil {
		return err
	}
	for _, invariant := range k.Invariants() {
		if err := invariant.Check(ctx); err != nil {
			return types.ErrInvalidGenesis.Wrapf("%s: %v", invariant.Name, err)
		}
	}
	return nil
}

// initIdentities loads under which identity hotkeys keep their stake.
func (k *Keeper) initIdentities(ctx context.Context, identities []types.HotkeyIdentity) error {
	for _, h := range identities {
		hotkey, err := sdk.AccAddressFromBech32(h.Hotkey)
		if err != nil {
			return err
		}
		identity, err := sdk.AccAddressFromBech32(h.Identity)
		if err != nil {
			return err
		}
		if err := k.Identities.Set(ctx, hotkey, types.Identity(identity)); err != nil {
			return err
		}
		if !h.Current {
			continue
		}
		if err := k.Current.Set(ctx, types.Identity(identity), hotkey); err != nil {
			return err
		}
	}
	return nil
}

// initPools loads the pools and builds each subnet's columns.
func (k *Keeper) initPools(ctx context.Context, gs *types.GenesisState) error {
	netuids, err := k.subnet.Netuids(ctx)
	if err != nil {
		return err
	}
	pooled := make([]uint32, 0, len(gs.Pools))
	for _, p := range gs.Pools {
		pooled = append(pooled, p.Netuid)
	}
	if !slices.Equal(netuids, pooled) {
		return types.ErrInvalidGenesis.Wrapf("subnets are %v, pools are of %v; every subnet has a pool", netuids, pooled)
	}
	rest := gs.Accrued
	for _, p := range gs.Pools {
		if err := k.Pools.Set(ctx, p.Netuid, p); err != nil {
			return err
		}
		hotkeys, err := k.subnet.Hotkeys(ctx, p.Netuid)
		if err != nil {
			return err
		}
		for uid, hotkey := range hotkeys {
			owner, err := k.subnet.OwnerOf(ctx, hotkey)
			if err != nil {
				return err
			}
			if err := k.register(ctx, p.Netuid, uint32(uid), hotkey, owner); err != nil {
				return err
			}
		}
		credit := make([]accrued, len(hotkeys))
		if len(rest) > 0 && rest[0].Netuid == p.Netuid {
			if len(rest[0].Incentive) != len(hotkeys) {
				return types.ErrInvalidGenesis.Wrapf("accrued of netuid %d has %d uids, the subnet has %d", p.Netuid, len(rest[0].Incentive), len(hotkeys))
			}
			for uid := range credit {
				credit[uid] = accrued{incentive: rest[0].Incentive[uid], dividends: rest[0].Dividends[uid]}
			}
			rest = rest[1:]
		}
		if len(credit) > 0 {
			if err := k.AccruedColumns.Set(ctx, p.Netuid, packAccrued(credit)); err != nil {
				return err
			}
		}
	}
	return nil
}

// ExportGenesis returns the whole state; what follows from it and from x/subnet's state is left out.
func (k *Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	gs := &types.GenesisState{}
	var err error
	if gs.Params, err = k.Params.Get(ctx); err != nil {
		return nil, err
	}
	if gs.Pools, err = values(ctx, k.Pools); err != nil {
		return nil, err
	}
	if gs.HotkeyStakes, err = values(ctx, k.HotkeyStakes); err != nil {
		return nil, err
	}
	if gs.Positions, err = values(ctx, k.Positions); err != nil {
		return nil, err
	}
	if gs.Takes, err = values(ctx, k.Takes); err != nil {
		return nil, err
	}
	err = k.Identities.Walk(ctx, nil, func(hotkey sdk.AccAddress, id types.Identity) (bool, error) {
		b, err := k.behind(ctx, id)
		gs.HotkeyIdentities = append(gs.HotkeyIdentities, types.HotkeyIdentity{
			Hotkey: hotkey.String(), Identity: id.String(), Current: b.hotkey.Equals(hotkey),
		})
		return err != nil, err
	})
	if err != nil {
		return nil, err
	}
	for _, p := range gs.Pools {
		b, err := column(ctx, k.AccruedColumns, p.Netuid, accruedWidth)
		if err != nil {
			return nil, err
		}
		n := len(b) / accruedWidth
		if n == 0 {
			continue
		}
		a := types.Accrued{Netuid: p.Netuid, Incentive: make([]uint64, n), Dividends: make([]uint64, n)}
		for uid := range n {
			at := accruedAt(b, uint32(uid))
			a.Incentive[uid], a.Dividends[uid] = at.incentive, at.dividends
		}
		gs.Accrued = append(gs.Accrued, a)
	}
	return gs, nil
}

// values returns all values of a collection in order of its keys.
func values[K, V any](ctx context.Context, m collections.Map[K, V]) ([]V, error) {
	it, err := m.Iterate(ctx, nil)
	if err != nil {
		return nil, err
	}
	return it.Values()
}
