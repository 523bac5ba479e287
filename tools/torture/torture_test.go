package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/localnet"
)

// TestMain is agond's hostile build where a scenario starts this program as one.
func TestMain(m *testing.M) {
	if hostile, err := asHostile(); hostile {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// short are the options of a short run; it is skipped where the programs or their material are missing.
func short(t *testing.T) options {
	t.Helper()
	if testing.Short() {
		t.Skip("starts four nodes")
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	o := options{
		dir: filepath.Join(t.TempDir(), "net"), bin: filepath.Join(root, "bin"), data: filepath.Join(root, ".agon", "data", "udhr"),
		kills: 4, partitions: 1, proposals: 3, lies: 1, lossBlocks: 2,
		blockTime: 300 * time.Millisecond, patience: 2 * time.Minute, seed: 1, log: slog.New(slog.DiscardHandler),
	}
	cfg := localnet.DefaultConfig(o.dir)
	cfg.BinDir, cfg.Subnets[0].DataDir = o.bin, o.data
	if err := cfg.Validate(); err != nil {
		t.Skipf("%s", err)
	}
	return o
}

// TestShort kills nodes of a real network, cuts it, and has one of its validators propose garbage and lie, a few times each: what
// `make torture` does for long.
func TestShort(t *testing.T) {
	o := short(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var row Row
	err := onNetwork(ctx, o, &row, 1, func(ctx context.Context, c *cluster, chance *rand.Rand, row *Row) error {
		times := 0
		for _, do := range []func(context.Context, *cluster, *rand.Rand, *Row) error{killNodes, cutNodes, proposeGarbage, tellLies} {
			if err := do(ctx, c, chance, row); err != nil {
				return err
			}
			times, row.Times = times+row.Times, 0
		}
		row.Times = times
		return nil
	})
	require.NoError(t, err)
	require.GreaterOrEqual(t, row.Times, 4+3+3+1)
	require.Zero(t, row.Lost)
	require.NotZero(t, row.Unsigned, "a node that was killed or cut off signed nothing meanwhile")
	require.Greater(t, row.Compared, int64(10))
	t.Logf("%s%s", header, row.Markdown())
}

// TestLoss loses packets between nodes in network namespaces, where this machine can, and leaves none of them behind.
func TestLoss(t *testing.T) {
	o := short(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var row Row
	err := packets(ctx, o, &row)
	if skip := (skipped{}); errors.As(err, &skip) {
		t.Skip(skip)
	}
	require.NoError(t, err)
	require.Equal(t, len(losses), row.Times)
	require.Zero(t, row.Lost)
	out, err := exec.Command("ip", "netns", "list").Output()
	require.NoError(t, err)
	require.NotContains(t, string(out), fmt.Sprintf("tor%d-", os.Getpid()%1_000_000))
	t.Logf("%s%s", header, row.Markdown())
}

// meta is a block of some hash after some state.
func meta(hash, state string) *cmttypes.BlockMeta {
	return &cmttypes.BlockMeta{BlockID: cmttypes.BlockID{Hash: []byte(hash)}, Header: cmttypes.Header{AppHash: []byte(state)}}
}

// TestSame finds a fork, a state that differs and a block that is missing.
func TestSame(t *testing.T) {
	type blocks = map[int64]*cmttypes.BlockMeta
	one := blocks{1: meta("a", "s"), 2: meta("b", "s")}
	require.NoError(t, same(one, blocks{1: meta("a", "s"), 2: meta("b", "s")}))
	for name, other := range map[string]blocks{
		"block": {1: meta("a", "s"), 2: meta("c", "s")},
		"state": {1: meta("a", "s"), 2: meta("b", "r")},
		"less":  {1: meta("a", "s")},
	} {
		require.ErrorIs(t, same(one, other), errForked, name)
	}
}

// TestSupplyChange adds up what is minted and burned of AGON, and of nothing else.
func TestSupplyChange(t *testing.T) {
	event := func(typ, amount string) abci.Event {
		return abci.Event{Type: typ, Attributes: []abci.EventAttribute{{Key: "amount", Value: amount}}}
	}
	sum, err := supplyChange([]abci.Event{
		event("coinbase", "100nagon,7alpha"), event("burn", "30nagon"), event("transfer", "5nagon"), event("coinbase", "9alpha"), event("burn", ""),
	})
	require.NoError(t, err)
	require.EqualValues(t, 70, sum.Int64())
	_, err = supplyChange([]abci.Event{event("burn", "much")})
	require.ErrorContains(t, err, "burn")
}

// TestRefusals finds bad flags and scenarios refused before anything starts.
func TestRefusals(t *testing.T) {
	for want, args := range map[string][]string{
		`invalid argument "fire"`: {"fire"},
		"--output is":             {"--output", "yaml"},
		"--kills is 0":            {"--kills", "0"},
	} {
		cmd := command()
		cmd.SetArgs(append(args, "--dir", filepath.Join(t.TempDir(), "d")))
		require.ErrorContains(t, cmd.Execute(), want)
	}
}
