package types_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/scoring/types"
)

func columns(netuid uint32, n int) types.Columns {
	return types.Columns{
		Netuid: netuid, LastUpdate: make([]int64, n), Permits: make([]bool, n), Active: make([]bool, n), StakeWeight: make([]uint32, n),
		Consensus: make([]uint32, n), Incentive: make([]uint32, n), Dividends: make([]uint32, n), ValidatorTrust: make([]uint32, n), Emission: make([]uint64, n),
	}
}

// in is the columns of another mechanism.
func in(mechanism uint32, c types.Columns) types.Columns {
	c.Mechanism = mechanism
	return c
}

func good() types.GenesisState {
	hotkey := sdk.AccAddress(make([]byte, 20)).String()
	row := []types.SubnetRows{{Netuid: 1, Rows: []types.Row{{Uid: 0, Entries: []types.Weight{{Uid: 1, Value: 5}}}, {Uid: 1, Entries: []types.Weight{{Uid: 0, Value: 7}}}}}}
	return types.GenesisState{
		Params: types.DefaultParams(),
		Epochs: []types.Epoch{
			{Netuid: 1, Index: 4, MechanismSplit: []uint32{7_000, 3_000}, MechanismSince: []int64{1, 9}, LastMechanismSplit: []uint32{5_000, 2_500, 2_500}},
			{Netuid: 3, Paused: true, MechanismSplit: []uint32{10_000}, MechanismSince: []int64{1}},
		},
		Columns: []types.Columns{columns(1, 2), in(1, columns(1, 2)), in(2, columns(1, 2)), columns(3, 0)},
		Weights: row, Bonds: row,
		Commits: []types.Commit{
			{Netuid: 1, Epoch: 3, Hotkey: hotkey, Hash: make([]byte, 32), Seed: make([]byte, 32)},
			{Netuid: 1, Epoch: 4, Hotkey: hotkey, Hash: make([]byte, 32), ExamReceipts: 4, ExamOpenings: 8},
		},
	}
}

func TestGenesisRefusals(t *testing.T) {
	params.ConfigureSDK()
	require.NoError(t, good().Validate())
	require.NoError(t, types.DefaultGenesis().Validate())
	entries := func(gs *types.GenesisState, e ...types.Weight) { gs.Weights = rows(e); gs.Bonds = nil }
	for _, tc := range []struct {
		name   string
		change func(*types.GenesisState)
		want   error
	}{
		{"params", func(gs *types.GenesisState) { gs.Params.MaxEpochsPerBlock = 0 }, types.ErrInvalidParams},
		{"epochs-unsorted", func(gs *types.GenesisState) { gs.Epochs[0], gs.Epochs[1] = gs.Epochs[1], gs.Epochs[0] }, types.ErrInvalidGenesis},
		{"epoch-without-columns", func(gs *types.GenesisState) { gs.Columns[3].Netuid = 2 }, types.ErrInvalidGenesis},
		{"columns-without-epoch", func(gs *types.GenesisState) { gs.Epochs = gs.Epochs[:1] }, types.ErrInvalidGenesis},
		{"columns-twice", func(gs *types.GenesisState) { gs.Columns[3].Netuid = 1 }, types.ErrInvalidGenesis},
		{"mechanism-without-columns", func(gs *types.GenesisState) { gs.Columns = slices.Delete(gs.Columns, 2, 3) }, types.ErrInvalidGenesis},
		{"columns-of-no-mechanism", func(gs *types.GenesisState) { gs.Columns[2].Mechanism = 3 }, types.ErrInvalidGenesis},
		{"mechanisms-of-different-length", func(gs *types.GenesisState) { gs.Columns[1] = in(1, columns(1, 3)) }, types.ErrInvalidGenesis},
		{"split-of-less-than-all", func(gs *types.GenesisState) { gs.Epochs[0].MechanismSplit[1]-- }, types.ErrInvalidGenesis},
		{"no-split", func(gs *types.GenesisState) { gs.Epochs[1].MechanismSplit = nil }, types.ErrInvalidGenesis},
		{"last-split-of-nothing", func(gs *types.GenesisState) { gs.Epochs[0].LastMechanismSplit[0] = 0 }, types.ErrInvalidGenesis},
		{"beginnings-of-fewer-mechanisms", func(gs *types.GenesisState) { gs.Epochs[0].MechanismSince = []int64{1} }, types.ErrInvalidGenesis},
		{"beginning-before-time", func(gs *types.GenesisState) { gs.Epochs[0].MechanismSince[1] = -1 }, types.ErrInvalidGenesis},
		{"rows-of-a-mechanism-that-is-gone", func(gs *types.GenesisState) { gs.Weights[0].Mechanism = 2 }, types.ErrInvalidGenesis},
		{"commit-in-a-mechanism-that-is-gone", func(gs *types.GenesisState) { gs.Commits[0].Mechanism = 2 }, types.ErrInvalidGenesis},
		{"columns-of-different-length", func(gs *types.GenesisState) { gs.Columns[0].Emission = nil }, types.ErrInvalidGenesis},
		{"fraction-above-one", func(gs *types.GenesisState) { gs.Columns[0].Incentive[1] = 65536 }, types.ErrInvalidGenesis},
		{"negative-height", func(gs *types.GenesisState) { gs.Columns[0].LastUpdate[1] = -1 }, types.ErrInvalidGenesis},
		{"negative-due", func(gs *types.GenesisState) { gs.Epochs[0].DueAt = -1 }, types.ErrInvalidGenesis},
		{"rows-of-unknown-subnet", func(gs *types.GenesisState) { gs.Weights[0].Netuid = 2 }, types.ErrInvalidGenesis},
		{"subnets-of-rows-unsorted", func(gs *types.GenesisState) { gs.Weights = append(gs.Weights, gs.Weights[0]) }, types.ErrInvalidGenesis},
		{"rows-unsorted", func(gs *types.GenesisState) { gs.Weights[0].Rows[1].Uid = 0 }, types.ErrInvalidGenesis},
		{"row-of-unknown-uid", func(gs *types.GenesisState) { gs.Weights[0].Rows[1].Uid = 2 }, types.ErrInvalidGenesis},
		{"row-empty", func(gs *types.GenesisState) { gs.Weights[0].Rows[1].Entries = nil }, types.ErrInvalidGenesis},
		{"entry-of-unknown-uid", func(gs *types.GenesisState) { entries(gs, types.Weight{Uid: 65536, Value: 1}) }, types.ErrInvalidGenesis},
		{"entry-twice", func(gs *types.GenesisState) {
			entries(gs, types.Weight{Uid: 1, Value: 1}, types.Weight{Uid: 1, Value: 1})
		}, types.ErrInvalidGenesis},
		{"entry-too-large", func(gs *types.GenesisState) { entries(gs, types.Weight{Uid: 1, Value: 65536}) }, types.ErrInvalidGenesis},
		{"weight-of-zero", func(gs *types.GenesisState) { entries(gs, types.Weight{Uid: 1}) }, nil},
		{"bond-of-zero", func(gs *types.GenesisState) { gs.Bonds = rows([]types.Weight{{Uid: 1}}) }, types.ErrInvalidGenesis},
		{"commit-of-wrong-size", func(gs *types.GenesisState) { gs.Commits[0].Hash = gs.Commits[0].Hash[1:] }, types.ErrInvalidGenesis},
		{"seed-of-wrong-size", func(gs *types.GenesisState) { gs.Commits[0].Seed = bytes.Repeat([]byte{1}, 31) }, types.ErrInvalidGenesis},
		{"commit-of-nobody", func(gs *types.GenesisState) { gs.Commits[0].Hotkey = "agon1" }, types.ErrInvalidGenesis},
		{"commit-too-old", func(gs *types.GenesisState) { gs.Commits[0].Epoch = 2 }, types.ErrInvalidGenesis},
		{"commit-to-come", func(gs *types.GenesisState) { gs.Commits[0].Epoch = 5 }, types.ErrInvalidGenesis},
		{"commit-of-unknown-subnet", func(gs *types.GenesisState) { gs.Commits[0].Netuid = 2 }, types.ErrInvalidGenesis},
		{"commit-twice", func(gs *types.GenesisState) { gs.Commits[1] = gs.Commits[0] }, types.ErrInvalidGenesis},
		{"commit-examines-too-much", func(gs *types.GenesisState) { gs.Commits[1].ExamReceipts = 65540 }, types.ErrInvalidGenesis},
	} {
		t.Run(tc.name, func(t *testing.T) {
			gs := good()
			tc.change(&gs)
			require.ErrorIs(t, gs.Validate(), tc.want)
		})
	}
}

func rows(entries []types.Weight) []types.SubnetRows {
	return []types.SubnetRows{{Netuid: 1, Rows: []types.Row{{Uid: 0, Entries: entries}}}}
}
