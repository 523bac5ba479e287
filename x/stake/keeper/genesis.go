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
	for _, h := range gs.HotkeyStakes {
		hotkey, err := sdk.AccAddressFromBech32(h.Hotkey)
		if err != nil {
			return err
		}
		if err := k.HotkeyStakes.Set(ctx, collections.Join(h.Netuid, hotkey), h); err != nil {
			return err
		}
	}
	for _, p := range gs.Positions {
		owner, hotkey, err := addresses(p.Owner, p.Hotkey)
		if err != nil {
			return err
		}
		if err := k.Positions.Set(ctx, collections.Join3(owner, p.Netuid, hotkey), p); err != nil {
			return err
		}
	}
	for _, t := range gs.Takes {
		hotkey, err := sdk.AccAddressFromBech32(t.Hotkey)
		if err != nil {
			return err
		}
		if err := k.Takes.Set(ctx, hotkey, t); err != nil {
			return err
		}
	}
	for _, a := range gs.AutoStakes {
		owner, _, err := addresses(a.Owner, a.Hotkey)
		if err != nil {
			return err
		}
		if err := k.AutoStakes.Set(ctx, collections.Join(owner, a.Netuid), a); err != nil {
			return err
		}
	}
	for _, t := range gs.ChildTakes {
		hotkey, err := sdk.AccAddressFromBech32(t.Hotkey)
		if err != nil {
			return err
		}
		if err := k.ChildTakes.Set(ctx, hotkey, t); err != nil {
			return err
		}
	}
	for _, f := range gs.Families {
		if err := k.Families.Set(ctx, f.Netuid, f); err != nil {
			return err
		}
	}
	if err := k.initSeats(ctx, gs); err != nil {
		return err
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

// initPools loads pools and pots: a pool for each subnet that lives, a pot for each that is dissolved.
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
		return types.ErrInvalidGenesis.Wrapf("subnets are %v, pools are of %v; every subnet that lives has a pool", netuids, pooled)
	}
	for _, p := range gs.Pools {
		if err := k.Pools.Set(ctx, p.Netuid, p); err != nil {
			return err
		}
	}
	for _, p := range gs.Pots {
		if s, err := k.subnet.GetSubnet(ctx, p.Netuid); err != nil || s.DissolvedAt != p.DissolvedAt {
			return types.ErrInvalidGenesis.Wrapf("pot of netuid %d, dissolved at block %d; the subnet says %d (%v)", p.Netuid, p.DissolvedAt, s.DissolvedAt, err)
		}
		if err := k.Pots.Set(ctx, p.Netuid, p); err != nil {
			return err
		}
	}
	return k.initColumns(ctx, gs)
}

// initColumns builds the columns of every subnet that has neurons.
func (k *Keeper) initColumns(ctx context.Context, gs *types.GenesisState) error {
	rest := gs.Accrued
	if len(rest) > 0 && rest[0].Netuid == types.RootNetuid {
		rest = rest[1:]
	}
	for _, netuid := range gs.Netuids() {
		hotkeys, err := k.subnet.Hotkeys(ctx, netuid)
		if err != nil {
			return err
		}
		for uid, hotkey := range hotkeys {
			owner, err := k.subnet.OwnerOf(ctx, hotkey)
			if err != nil {
				return err
			}
			if err := k.register(ctx, netuid, uint32(uid), hotkey, owner); err != nil {
				return err
			}
		}
		credit := make([]accrued, len(hotkeys))
		if len(rest) > 0 && rest[0].Netuid == netuid {
			if len(rest[0].Incentive) != len(hotkeys) {
				return types.ErrInvalidGenesis.Wrapf("accrued of netuid %d has %d uids, the subnet has %d", netuid, len(rest[0].Incentive), len(hotkeys))
			}
			for uid := range credit {
				credit[uid] = accrued{incentive: rest[0].Incentive[uid], dividends: rest[0].Dividends[uid]}
			}
			rest = rest[1:]
		}
		if len(credit) > 0 {
			if err := k.AccruedColumns.Set(ctx, netuid, packAccrued(credit)); err != nil {
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
	if gs.Pots, err = values(ctx, k.Pots); err != nil {
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
	if gs.AutoStakes, err = values(ctx, k.AutoStakes); err != nil {
		return nil, err
	}
	if gs.ChildTakes, err = values(ctx, k.ChildTakes); err != nil {
		return nil, err
	}
	if gs.Families, err = values(ctx, k.Families); err != nil {
		return nil, err
	}
	seats, err := k.seatHotkeys(ctx)
	if err != nil {
		return nil, err
	}
	for _, hotkey := range seats {
		gs.Seats = append(gs.Seats, hotkey.String())
	}
	for _, netuid := range append([]uint32{types.RootNetuid}, gs.Netuids()...) {
		a, any, err := k.exportAccrued(ctx, netuid)
		if err != nil {
			return nil, err
		}
		if any {
			gs.Accrued = append(gs.Accrued, a)
		}
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
