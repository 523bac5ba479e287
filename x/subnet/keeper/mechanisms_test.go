package keeper_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/x/subnet/types"
)

// A split has a part for each mechanism and none too many, and what all mechanisms together ask of an epoch is bounded.
func TestMechanismSplit(t *testing.T) {
	f := setup(t)
	netuid := f.create(nil)
	even := slices.Repeat([]uint32{1_250}, types.MaxMechanisms)
	for _, tc := range []struct {
		name   string
		change func(*types.Hyperparams)
		says   string // empty: good
	}{
		{"one", func(h *types.Hyperparams) { h.MechanismSplit = []uint32{10_000} }, ""},
		{"as-uneven-as-can-be", func(h *types.Hyperparams) { h.MechanismSplit = []uint32{1, 9_999} }, ""},
		{"as-many-as-can-be", func(h *types.Hyperparams) { h.MechanismSplit = even }, ""},
		{"none", func(h *types.Hyperparams) { h.MechanismSplit = nil }, "mechanism_split has 0 entries, want 1 to 8"},
		{"one-more", func(h *types.Hyperparams) { h.MechanismSplit = append(slices.Clone(even), 0) }, "mechanism_split has 9 entries, want 1 to 8"},
		{"for-nothing", func(h *types.Hyperparams) { h.MechanismSplit = []uint32{10_000, 0} }, "mechanism_split[1] is 0 basis points, want 1 to 10000"},
		{"more-than-all", func(h *types.Hyperparams) { h.MechanismSplit = []uint32{10_001} }, "mechanism_split[0] is 10001 basis points"},
		{"less-than-all", func(h *types.Hyperparams) { h.MechanismSplit = []uint32{5_000, 4_999} }, "mechanism_split sums to 9999 basis points, want 10000"},
		{"around-the-edge", func(h *types.Hyperparams) { h.MechanismSplit = []uint32{1<<32 - 1, 10_001} }, "mechanism_split[0] is 4294967295 basis points"},
		{"the-largest-with-one", func(h *types.Hyperparams) { h.MaxNeurons, h.MaxValidators = 4096, 256 }, ""},
		{"the-largest-with-two", func(h *types.Hyperparams) {
			h.MaxNeurons, h.MaxValidators, h.MechanismSplit = 4096, 128, []uint32{5_000, 5_000}
		}, ""},
		{"larger-than-that", func(h *types.Hyperparams) {
			h.MaxNeurons, h.MaxValidators, h.MechanismSplit = 4096, 129, []uint32{5_000, 5_000}
		}, "up to 1056768 pairs of validator and neuron, want at most 1048576; lower one of the three"},
		{"eight-of-256-that-all-judge", func(h *types.Hyperparams) { h.MaxNeurons, h.MaxValidators, h.MechanismSplit = 256, 256, even }, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := f.subnet(netuid)
			_, err := f.tryUpdateHyperparams(netuid, func(h *types.Hyperparams) {
				h.MaxNeurons, h.MaxValidators, h.MechanismSplit = 256, 64, []uint32{10_000}
				tc.change(h)
			})
			if tc.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, types.ErrInvalidHyperparams)
			require.ErrorContains(t, err, tc.says)
			require.Equal(t, before, f.subnet(netuid))
		})
	}
}
