package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/scoring/types"
)

// InitGenesis writes a genesis state and checks that it fits the subnets. The queue follows from the epochs, and commits
// without a seed wait for one.
func (k *Keeper) InitGenesis(ctx context.Context, gs *types.GenesisState) error {
	if err := gs.Validate(); err != nil {
		return err
	}
	if err := k.params.Set(ctx, gs.Params); err != nil {
		return err
	}
	for _, epoch := range gs.Epochs {
		if err := k.epochs.Set(ctx, epoch.Netuid, epoch); err != nil {
			return err
		}
		if !epoch.Queued() {
			continue
		}
		if err := k.due.Set(ctx, collections.Join(epoch.DueAt, epoch.Netuid)); err != nil {
			return err
		}
	}
	for _, c := range gs.Columns {
		if err := k.initColumns(ctx, c); err != nil {
			return err
		}
	}
	for _, table := range []struct {
		subnets []types.SubnetRows
		into    rowTable
	}{{gs.Weights, k.weights}, {gs.Bonds, k.bonds}} {
		for _, s := range table.subnets {
			for _, row := range s.Rows {
				if err := table.into.Set(ctx, collections.Join(uint64(types.PlaceOf(s.Netuid, s.Mechanism)), row.Uid), packRow(types.Entries(row.Entries))); err != nil {
					return err
				}
			}
		}
	}
	for _, commit := range gs.Commits {
		hotkey, err := sdk.AccAddressFromBech32(commit.Hotkey)
		if err != nil {
			return err
		}
		key := collections.Join3(uint64(types.PlaceOf(commit.Netuid, commit.Mechanism)), commit.Epoch, hotkey)
		if err := k.commits.Set(ctx, key, commit); err != nil {
			return err
		}
		if len(commit.Seed) > 0 {
			continue
		}
		if err := k.fresh.Set(ctx, key); err != nil {
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

func (k *Keeper) initColumns(ctx context.Context, c types.Columns) error {
	last := make([]uint64, len(c.LastUpdate))
	for uid, height := range c.LastUpdate {
		last[uid] = uint64(height)
	}
	at := types.PlaceOf(c.Netuid, c.Mechanism)
	if c.Mechanism == 0 {
		// Permits and stake weight are the subnet's and stand with the first mechanism's.
		if err := k.setColumn(ctx, at, types.PermitColumn, packBool(c.Permits)); err != nil {
			return err
		}
		if err := k.setColumn(ctx, at, types.StakeWeightColumn, pack16(narrow(c.StakeWeight))); err != nil {
			return err
		}
	}
	for _, p := range []struct {
		column types.Column
		packed []byte
	}{
		{types.LastUpdateColumn, pack64(last)},
		{types.ActiveColumn, packBool(c.Active)},
		{types.ConsensusColumn, pack16(narrow(c.Consensus))},
		{types.IncentiveColumn, pack16(narrow(c.Incentive))},
		{types.DividendsColumn, pack16(narrow(c.Dividends))},
		{types.ValidatorTrustColumn, pack16(narrow(c.ValidatorTrust))},
		{types.EmissionColumn, pack64(c.Emission)},
	} {
		if err := k.setColumn(ctx, at, p.column, p.packed); err != nil {
			return err
		}
	}
	return nil
}

// narrow takes validated fractions of 65535 to their own width.
func narrow(values []uint32) []uint16 {
	out := make([]uint16, len(values))
	for i, v := range values {
		out[i] = uint16(v)
	}
	return out
}

// ExportGenesis reads the whole state.
func (k *Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	p, err := k.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	gs := &types.GenesisState{Params: p}
	err = k.epochs.Walk(ctx, nil, func(netuid uint32, epoch types.Epoch) (bool, error) {
		gs.Epochs = append(gs.Epochs, epoch)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	for _, epoch := range gs.Epochs {
		subnet, err := k.subnet.GetSubnet(ctx, epoch.Netuid)
		if err != nil {
			return nil, err
		}
		for m := range epoch.Kept() {
			columns, err := k.columnsOf(ctx, types.PlaceOf(epoch.Netuid, m), int(subnet.NeuronCount))
			if err != nil {
				return nil, err
			}
			gs.Columns = append(gs.Columns, columns)
		}
	}
	if gs.Weights, err = exportRows(ctx, k.weights); err != nil {
		return nil, err
	}
	if gs.Bonds, err = exportRows(ctx, k.bonds); err != nil {
		return nil, err
	}
	err = k.commits.Walk(ctx, nil, func(_ commitKey, c types.Commit) (bool, error) {
		gs.Commits = append(gs.Commits, c)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	return gs, err
}

// exportRows reads a whole table of rows, grouped by mechanism.
func exportRows(ctx context.Context, table rowTable) ([]types.SubnetRows, error) {
	var out []types.SubnetRows
	err := table.Walk(ctx, nil, func(key collections.Pair[uint64, uint32], bz []byte) (bool, error) {
		row, at := unpackRow(bz), types.Place(key.K1())
		if len(out) == 0 || out[len(out)-1].Place() != at {
			out = append(out, types.SubnetRows{Netuid: at.Netuid(), Mechanism: at.Mechanism()})
		}
		last := &out[len(out)-1]
		last.Rows = append(last.Rows, types.Row{Uid: key.K2(), Entries: types.Weights(row)})
		return false, nil
	})
	return out, err
}
