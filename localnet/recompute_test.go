package localnet_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/localnet"
	"github.com/agon-chain/agon/x/scoring/yuma"
	"github.com/agon-chain/agon/x/scoring/yuma/scenario"
)

// agond runs the program as a user does and returns what it prints.
func agond(t *testing.T, cfg localnet.Config, n *localnet.Network, stdin []byte, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(filepath.Join(cfg.BinDir, "agond"), append(args, "--home", n.Nodes()[0].Home())...)
	cmd.Stdin = bytes.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "agond %v: %s", args, stderr.String())
	return out
}

// recomputeEpochs exports every epoch that has ended from the state of its block, replays it without the chain, and compares
// the result with what the chain wrote in the block after: columns and bonds bit for bit, the payment to the unit in sum and to
// the dust for each. It returns how many epochs there were.
func recomputeEpochs(t *testing.T, ctx context.Context, cfg localnet.Config, n *localnet.Network) int {
	t.Helper()
	netuid := strconv.Itoa(int(localnet.Netuid))
	newest, err := n.Client().Metagraph(ctx, localnet.Netuid)
	require.NoError(t, err)
	count := 0
	for ended, index := newest.Epoch.LastStepBlock, newest.Epoch.Index; ended > 0; count++ {
		index--
		file := agond(t, cfg, n, nil, "epoch", "export", netuid, "--height", strconv.FormatInt(ended, 10))
		var replayed scenario.Replayed
		require.NoError(t, json.Unmarshal(agond(t, cfg, n, file, "epoch", "replay", "-"), &replayed))
		require.Len(t, replayed.Scenarios, 1)
		require.Len(t, replayed.Scenarios[0].Epochs, 1)
		got := replayed.Scenarios[0].Epochs[0]

		before, err := chain.FetchEpochInput(ctx, n.Client().Scoring(), localnet.Netuid, 0, ended)
		require.NoError(t, err)
		require.True(t, before.Final(), "epoch %d ended with block %d", index, ended)
		require.Equal(t, index, before.Index)
		wrote, err := chain.FetchEpochInput(ctx, n.Client().Scoring(), localnet.Netuid, 0, ended+1)
		require.NoError(t, err)
		after := metagraphAt(t, cfg, n, ended+1)
		require.Equal(t, index+1, after.Epoch.Index)
		require.GreaterOrEqual(t, len(after.Neurons), before.Input.N)
		var paid uint64
		for uid := range before.Input.N {
			row := after.Neurons[uid]
			if row.RegisteredAt != int64(before.Input.RegisteredAt[uid]) {
				continue // replaced in the block after
			}
			want := []uint16{row.StakeWeight, row.Consensus, row.Incentive, row.Dividends, row.ValidatorTrust}
			have := []uint16{got.StakeWeight[uid], got.Consensus[uid], got.Incentive[uid], got.Dividends[uid], got.ValidatorTrust[uid]}
			require.Equal(t, want, have, "epoch %d, uid %d", index, uid)
			require.Equal(t, row.Permit, got.Permits[uid], "epoch %d, uid %d", index, uid)
			require.Equal(t, row.Active, got.Active[uid], "epoch %d, uid %d", index, uid)
			require.Equal(t, append([]yuma.Entry{}, wrote.Input.Bonds[uid]...), append([]yuma.Entry{}, got.Bonds[uid]...), "epoch %d, bonds of %d", index, uid)
			paid += row.Emission
			if row.Emission > 0 {
				require.InDelta(t, got.Server[uid]+got.Validator[uid], row.Emission, float64(2*before.Input.N), "epoch %d, uid %d", index, uid)
			}
		}
		if slices.ContainsFunc(got.Incentive, func(v uint16) bool { return v > 0 }) {
			require.Equal(t, before.Emission, paid, "epoch %d pays what it exported", index)
		} else {
			require.Zero(t, paid, "epoch %d judged nobody", index)
		}
		ended = int64(before.Params.LastStepBlock)
	}
	require.EqualValues(t, newest.Epoch.Index, count, "every epoch since the first")
	return count
}

// metagraphAt is the metagraph as of a height, from the program.
func metagraphAt(t *testing.T, cfg localnet.Config, n *localnet.Network, height int64) *chain.Metagraph {
	t.Helper()
	var doc struct {
		Epoch struct {
			Index uint64 `json:"index"`
		} `json:"epoch"`
		Neurons []struct {
			RegisteredAt   int64  `json:"registered_at"`
			Permit         bool   `json:"permit"`
			Active         bool   `json:"active"`
			StakeWeight    uint16 `json:"stake_weight"`
			Consensus      uint16 `json:"consensus"`
			Incentive      uint16 `json:"incentive"`
			Dividends      uint16 `json:"dividends"`
			ValidatorTrust uint16 `json:"validator_trust"`
			Emission       uint64 `json:"emission"`
		} `json:"neurons"`
	}
	out := agond(t, cfg, n, nil, "query", "scoring", "metagraph", strconv.Itoa(int(localnet.Netuid)), "--height", strconv.FormatInt(height, 10), "--output", "json")
	require.NoError(t, json.Unmarshal(out, &doc))
	m := &chain.Metagraph{}
	m.Epoch.Index = doc.Epoch.Index
	for _, row := range doc.Neurons {
		m.Neurons = append(m.Neurons, chain.Neuron{
			RegisteredAt: row.RegisteredAt, Permit: row.Permit, Active: row.Active, StakeWeight: row.StakeWeight, Consensus: row.Consensus,
			Incentive: row.Incentive, Dividends: row.Dividends, ValidatorTrust: row.ValidatorTrust, Emission: row.Emission,
		})
	}
	return m
}
