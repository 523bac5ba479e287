package query

import (
	"encoding/json"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
)

// Without the flag all mechanisms are meant; mechanism 0 is not the same as none.
func TestMechanismFlag(t *testing.T) {
	for _, tc := range []struct {
		args []string
		want *uint32
	}{{nil, nil}, {[]string{"--mechanism", "0"}, new(uint32)}} {
		cmd := &cobra.Command{}
		mechanismFlag(cmd)
		require.NoError(t, cmd.ParseFlags(tc.args))
		got, err := mechanismOf(cmd)
		require.NoError(t, err)
		require.Equal(t, tc.want, got)
	}
}

// The tables say whose results they show as soon as there is a choice.
func TestMetagraphNamesMechanisms(t *testing.T) {
	_, m := ended(t)
	one := uint32(1)
	require.NotContains(t, metagraphTable(m, nil), "echanism", "one mechanism is the subnet")
	m.Epoch.MechanismSplit, m.Epoch.LastMechanismSplit = []uint32{10_000}, []uint32{7_000, 3_000}
	require.Contains(t, metagraphTable(m, nil), "Subnet 1, all 2 mechanisms together (70.00 % + 30.00 %)")
	require.Contains(t, metagraphTable(m, &one), "Subnet 1, mechanism 1 of 2")
	bz, err := json.Marshal(metagraphDocument(m, &one))
	require.NoError(t, err)
	require.Contains(t, string(bz), `"mechanism":1,`)
	require.Contains(t, string(bz), `"mechanism_split":[10000],"last_mechanism_split":[7000,3000]`)
}

// What is explained are the mechanisms of the epoch that has ended, whatever runs now.
func TestExplainedMechanisms(t *testing.T) {
	l := pastEpoch{netuid: 1, epoch: scoringtypes.Epoch{Index: 5, MechanismSplit: []uint32{10_000}, LastMechanismSplit: []uint32{7_000, 3_000}}}
	all, err := l.mechanisms(nil)
	require.NoError(t, err)
	require.Equal(t, []uint32{0, 1}, all)
	one, two := uint32(1), uint32(2)
	only, err := l.mechanisms(&one)
	require.NoError(t, err)
	require.Equal(t, []uint32{1}, only)
	_, err = l.mechanisms(&two)
	require.ErrorContains(t, err, "mechanism is 2, subnet 1 had 0 to 1 in epoch 4")
}
