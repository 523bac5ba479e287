package localnet_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/localnet"
)

// The tests here run real programs: `make test` builds them and fetches the text.

// smallConfig is a network that fits a test: one expert, one miner that guesses, two validators.
func smallConfig(t *testing.T) localnet.Config {
	t.Helper()
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	cfg := localnet.DefaultConfig(filepath.Join(t.TempDir(), "net"))
	cfg.BinDir = filepath.Join(root, "bin")
	cfg.BlockTime = 400 * time.Millisecond
	s := &cfg.Subnets[0]
	s.DataDir = filepath.Join(root, ".agon", "data", "udhr")
	s.Hyperparams.Tempo = 14
	s.Miners = []localnet.Miner{
		{Name: "whatlang", Kind: "honest", Expert: "whatlang"},
		{Name: "random", Kind: "random", Expert: "random", Dishonest: true},
	}
	s.Validators = s.Validators[:2]
	cfg.Progress = func(step string) { t.Log(step) }
	if err := cfg.Validate(); err != nil {
		t.Skipf("%s", err)
	}
	return cfg
}

func up(t *testing.T, ctx context.Context, cfg localnet.Config) *localnet.Network {
	t.Helper()
	network, err := localnet.Up(ctx, cfg)
	require.NoError(t, err)
	t.Cleanup(func() {
		network.Stop()
		if t.Failed() {
			showLogs(t, cfg.Dir)
		}
	})
	return network
}

// showLogs prints the end of every program's log.
func showLogs(t *testing.T, dir string) {
	logs, err := filepath.Glob(filepath.Join(dir, "logs", "*.log"))
	require.NoError(t, err)
	for _, path := range logs {
		bz, err := os.ReadFile(path)
		require.NoError(t, err)
		t.Logf("%s ends:\n%s", filepath.Base(path), bz[max(0, len(bz)-2500):])
	}
}

// graphWhen polls the metagraph until it is as wanted.
func graphWhen(t *testing.T, ctx context.Context, n *localnet.Network, what string, want func(*chain.Metagraph) bool) *chain.Metagraph {
	t.Helper()
	var last *chain.Metagraph
	for {
		graph, err := n.Client().Metagraph(ctx, localnet.Netuid)
		if err == nil {
			last = graph
			if want(graph) {
				return graph
			}
		}
		select {
		case <-ctx.Done():
			require.FailNowf(t, "waited in vain", "for %s; last: %+v (%v)", what, last, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// asked is how many answers a validator's book holds of each miner, by hotkey.
func asked(t *testing.T, cfg localnet.Config, v *localnet.Participant) map[string]int {
	t.Helper()
	out, err := exec.Command(filepath.Join(cfg.BinDir, "agon-validator"), "scores", "--home", v.Home, "--output", "json").Output()
	require.NoError(t, err, "%s", out)
	var doc struct {
		Miners []struct {
			Hotkey string `json:"miner"`
			Asked  int    `json:"asked"`
		} `json:"miners"`
	}
	require.NoError(t, json.Unmarshal(out, &doc), "%s", out)
	counts := map[string]int{}
	for _, s := range doc.Miners {
		counts[s.Hotkey] = s.Asked
	}
	return counts
}

// TestNetworkSurvivesKills runs a network until it pays, kills every kind of program without warning, and finds that
// scores, funds and the order of the experts are as if nothing had happened.
func TestNetworkSurvivesKills(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	cfg := smallConfig(t)
	n := up(t, ctx, cfg)
	expert, guesser, validator := n.Miners()[0], n.Miners()[1], n.Validators()[0]

	paid := graphWhen(t, ctx, n, "the first epoch that pays the expert", func(g *chain.Metagraph) bool {
		neuron, ok := g.ByHotkey(expert.Hotkey)
		return ok && neuron.Emission > 0
	})
	guess, ok := paid.ByHotkey(guesser.Hotkey)
	require.True(t, ok)
	require.Zero(t, guess.Incentive, "a miner that guesses earns nothing")
	before, _ := paid.ByHotkey(expert.Hotkey)

	// A validator in the middle of an epoch, and the miner that it asks.
	validator.Kill()
	kept := asked(t, cfg, validator)
	require.NotZero(t, kept[expert.Hotkey], "scores are on disk before the kill")
	expert.Kill()
	require.NoError(t, expert.Start())
	require.NoError(t, validator.Start())
	require.NoError(t, expert.WaitReady(ctx))
	require.NoError(t, validator.WaitReady(ctx))

	// The only node: the chain stands still until it is back.
	node := n.Nodes()[0]
	node.Kill()
	require.NoError(t, node.Start())

	after := graphWhen(t, ctx, n, "three epochs after the kills", func(g *chain.Metagraph) bool {
		return g.Epoch.Index >= paid.Epoch.Index+3 && !g.Epoch.Paused
	})
	now, _ := after.ByHotkey(expert.Hotkey)
	require.Equal(t, before.UID, now.UID, "nobody lost a uid")
	require.Greater(t, now.Stake, before.Stake, "the expert went on earning")
	require.NotZero(t, now.Emission, "the last epoch paid the expert")
	guess, _ = after.ByHotkey(guesser.Hotkey)
	require.Zero(t, guess.Incentive)
	for _, v := range n.Validators() {
		neuron, _ := after.ByHotkey(v.Hotkey)
		require.GreaterOrEqual(t, neuron.LastUpdate, paid.Height, "%s revealed after the kills", v.Name)
		require.NotZero(t, neuron.Dividends, v.Name)
	}
	validator.Stop()
	for hotkey, count := range asked(t, cfg, validator) {
		require.Greater(t, count, kept[hotkey]/2, "the book was not begun anew")
	}

	// Whoever asks the node for the state before an epoch reckons what the chain did, kills or not.
	epochs := recomputeEpochs(t, ctx, cfg, n)
	require.GreaterOrEqual(t, epochs, 5)
	t.Logf("%d epochs reckoned again", epochs)
	why := string(agond(t, cfg, n, nil, "query", "scoring", "explain", "1", expert.Hotkey))
	require.Contains(t, why, "as a miner")
	why = string(agond(t, cfg, n, nil, "query", "scoring", "explain", "1", guesser.Hotkey, "--why-not"))
	require.Contains(t, why, "WHY NOTHING AS A MINER")

	// Everybody who left cleanly says so with exit status 0, and the network is still well.
	resp, err := http.Get(n.Nodes()[0].REST() + "/agon/emission/v1/overview")
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

// TestFourNodes finds four consensus nodes agreeing on one chain.
func TestFourNodes(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cfg := smallConfig(t)
	cfg.Nodes, cfg.BlockTime = 4, time.Second
	cfg.Subnets[0].Miners, cfg.Subnets[0].Validators = cfg.Subnets[0].Miners[:1], nil
	n := up(t, ctx, cfg)
	height, err := n.Client().Height(ctx)
	require.NoError(t, err)
	want, err := n.Client().BlockHash(ctx, height)
	require.NoError(t, err)
	for _, node := range n.Nodes()[1:] {
		c := chain.DefaultConfig()
		c.RPC, c.GRPC, c.ChainID = node.RPC(), node.GRPC(), cfg.ChainID
		client, err := chain.Dial(ctx, c)
		require.NoError(t, err)
		defer client.Close()
		require.Eventually(t, func() bool {
			have, err := client.BlockHash(ctx, height)
			return err == nil && string(have) == string(want)
		}, time.Minute, 200*time.Millisecond)
	}
}
