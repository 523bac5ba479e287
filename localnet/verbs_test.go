package localnet_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/localnet"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// verb runs agond as a script does, with nobody at the keyboard, and reads its JSON.
func verb(t *testing.T, cfg localnet.Config, n *localnet.Network, args ...string) map[string]any {
	t.Helper()
	var doc map[string]any
	bz := agond(t, cfg, n, nil, append(args, "--output", "json")...)
	require.NoError(t, json.Unmarshal(bz, &doc), "%s", bz)
	return doc
}

// refused runs agond and wants exit status 1, nothing on standard output and one line that says why.
func refused(t *testing.T, cfg localnet.Config, n *localnet.Network, args ...string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(cfg.BinDir, "agond"), append(args, "--home", n.Nodes()[0].Home())...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	require.True(t, errors.As(err, &exit), "agond %v ended with %v: %s", args, err, stdout.String())
	require.Equal(t, 1, exit.ExitCode(), "agond %v", args)
	require.Empty(t, stdout.String(), "agond %v", args)
	require.Equal(t, 1, strings.Count(stderr.String(), "\n"), "agond %v: %s", args, stderr.String())
	return stderr.String()
}

// units of an amount that a verb printed as text.
func units(t *testing.T, doc map[string]any, name string) uint64 {
	t.Helper()
	text, ok := doc[name].(string)
	require.True(t, ok, "%s in %v", name, doc)
	v, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err)
	return v
}

// TestVerbs walks through the short commands as a holder and an owner do.
func TestVerbs(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 7*time.Minute)
	defer cancel()
	cfg := smallConfig(t)
	// Room for three subnets, whose cost falls within seconds.
	cfg.Params = map[string]string{"subnet/max_subnets": "3", "subnet/creation_cost_half_life": "15"}
	n := up(t, ctx, cfg)
	run := func(args ...string) map[string]any { t.Helper(); return verb(t, cfg, n, args...) }
	fails := func(args ...string) string { t.Helper(); return refused(t, cfg, n, args...) }
	text := func(args ...string) string { t.Helper(); return string(agond(t, cfg, n, nil, args...)) }
	validator := n.Validators()[0]
	const holder = localnet.HolderKey
	holds := func() uint64 { t.Helper(); return units(t, run("portfolio", holder), "liquid") }

	// A name for the validator, published by its owner.
	queue, err := chain.NewTxQueue(n.Client(), validator.Keys(), chain.KeyOwner, chain.TxOptions{})
	require.NoError(t, err)
	queueCtx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- queue.Run(queueCtx) }()
	defer func() { stop(); <-ended }()
	_, err = queue.Submit(ctx, &subnettypes.MsgSetIdentity{Address: validator.Owner, Name: "Old Oak"})
	require.NoError(t, err)

	t.Run("look-around", func(t *testing.T) {
		require.Contains(t, text("subnet", "list"), cfg.Subnets[0].Name)
		require.Contains(t, text("subnet", "show", cfg.Subnets[0].Symbol), "immunity_period")
		require.Contains(t, text("price"), cfg.Subnets[0].Symbol)
		require.Contains(t, text("validators", "1"), "Old Oak")
		require.Contains(t, text("balance", holder), "AGON")
		rules, ok := run("subnet", "show", "1")["hyperparams"].(map[string]any)
		require.True(t, ok)
		require.Equal(t, strconv.FormatUint(cfg.Subnets[0].Hyperparams.Tempo, 10), rules["tempo"])
		tab := exec.Command(filepath.Join(cfg.BinDir, "agond"), "__complete", "stake", "add", "1agon", "--subnet", "1", "--validator", "")
		tab.Env = append(os.Environ(), "AGOND_HOME="+n.Nodes()[0].Home())
		offered, err := tab.Output()
		require.NoError(t, err)
		require.Contains(t, string(offered), "Old Oak", "the Tab key knows names")
	})

	add := []string{"stake", "add", "10agon", "--subnet", cfg.Subnets[0].Symbol, "--validator", "old oak", "--from", holder}
	var quoted uint64
	t.Run("dry-run-sends-nothing", func(t *testing.T) {
		before := holds()
		doc := run(append(add, "--dry-run")...)
		require.Equal(t, true, doc["dry_run"])
		require.Equal(t, validator.Hotkey, doc["hotkey"])
		quoted = units(t, doc, "quoted_alpha")
		require.Equal(t, quoted*99/100, units(t, doc, "min_alpha"))
		require.Contains(t, text(append(add, "--dry-run")...), "nothing is sent")
		require.Equal(t, before, holds())
	})
	var staked uint64
	t.Run("stake-add", func(t *testing.T) {
		before := holds()
		doc := run(append(add, "--yes")...)
		staked = units(t, doc, "alpha")
		require.InEpsilon(t, quoted, staked, 0.01)
		require.EqualValues(t, before-10_000_000_000-units(t, doc, "network_fee"), holds())
		require.Len(t, doc["txhash"], 64)
		require.NotZero(t, doc["height"])
	})
	t.Run("portfolio", func(t *testing.T) {
		doc := run("portfolio", holder)
		positions, ok := doc["positions"].([]any)
		require.True(t, ok)
		require.Len(t, positions, 1)
		position, ok := positions[0].(map[string]any)
		require.True(t, ok)
		require.Equal(t, validator.Hotkey, position["hotkey"])
		require.GreaterOrEqual(t, units(t, position, "alpha"), staked)
		require.Equal(t, units(t, doc, "liquid")+units(t, position, "value"), units(t, doc, "total"))
		require.NotZero(t, units(t, position, "cost"))
		require.Contains(t, text("portfolio", holder), "Old Oak")
	})
	t.Run("refusals-end-with-1", func(t *testing.T) {
		require.Contains(t, fails(add...), "--yes", "nobody is there to confirm")
		require.Contains(t, fails("stake", "add", "10", "--subnet", "1", "--validator", "0", "--from", holder), "has no unit")
		require.Contains(t, fails("stake", "add", "1agon", "--subnet", "9", "--validator", "0", "--from", holder), "agond subnet list")
		require.Contains(t, fails("stake", "add", "1agon", "--subnet", "1", "--validator", "New Oak", "--from", holder), "agond validators 1")
		require.Contains(t, fails("stake", "add", "10agon", "--subnet", "1", "--validator", "old oak", "--from", holder, "--yes", "--min-alpha", "1000alpha"),
			"slippage limit not met")
		// Fixed gas leaves out the rehearsal: the refusals of the mempool and of a block.
		require.Contains(t, fails(append(add, "--yes", "--gas", "200000", "--gas-prices", "0.0001nagon")...), "refused by the chain")
		require.Contains(t, fails("stake", "add", "10agon", "--subnet", "1", "--validator", "old oak", "--from", holder, "--yes", "--gas", "600000", "--min-alpha", "1000alpha"),
			"the fee is paid")
	})
	t.Run("stake-remove-half", func(t *testing.T) {
		before := holds()
		doc := run("stake", "remove", "50%", "--subnet", "1", "--from", holder, "--yes")
		require.InEpsilon(t, staked/2, units(t, doc, "alpha"), 0.05)
		require.Equal(t, before+units(t, doc, "agon")-units(t, doc, "network_fee"), holds())
	})
	t.Run("stake-move-and-transfer", func(t *testing.T) {
		other := n.Validators()[1].Hotkey
		before := holds()
		doc := run("stake", "move", "0.5alpha", "--subnet", "1", "--to", other, "--from", holder, "--yes")
		require.EqualValues(t, 500_000_000, units(t, doc, "alpha"))
		require.Equal(t, before-units(t, doc, "network_fee"), holds(), "nothing was traded")
		require.Contains(t, fails("stake", "remove", "all", "--subnet", "1", "--from", holder, "--yes"), "--validator is needed")
		doc = run("stake", "transfer", "all", "--subnet", "1", "--validator", other, "--to", "subnet-owner", "--from", holder, "--yes")
		require.GreaterOrEqual(t, units(t, doc, "alpha"), uint64(499_999_999))
		require.Len(t, run("portfolio", holder)["positions"], 1)
	})
	t.Run("stake-remove-and-keep-the-token", func(t *testing.T) {
		doc := run("stake", "remove", "1alpha", "--subnet", "1", "--validator", validator.Hotkey, "--from", holder, "--keep-token", "--yes")
		require.EqualValues(t, 1_000_000_000, units(t, doc, "alpha"))
		require.Contains(t, text("balance", holder), "alpha/1")
		run("send", "0.4alpha", "--subnet", "1", "subnet-owner", "--from", holder, "--yes")
		doc = run("stake", "add", "0.6alpha", "--subnet", "1", "--validator", validator.Hotkey, "--from", holder, "--yes")
		require.EqualValues(t, 600_000_000, units(t, doc, "alpha"))
		require.NotContains(t, text("balance", holder), "alpha/1")
	})
	t.Run("stake-remove-all", func(t *testing.T) {
		run("stake", "remove", "all", "--subnet", "1", "--from", holder, "--yes")
		require.Empty(t, run("portfolio", holder)["positions"])
		require.Contains(t, fails("stake", "remove", "all", "--subnet", "1", "--from", holder, "--yes"), "has no stake in subnet 1")
	})
	t.Run("subnet-create-and-register", func(t *testing.T) {
		create := []string{"subnet", "create", "--name", "Second", "--task", "langid", "--symbol", "SEC", "--set", "tempo=50", "--set", "immunity_period=0", "--set", "max_validators=1", "--from", holder}
		cost := units(t, run(append(create, "--dry-run")...), "quoted_cost")
		require.Contains(t, fails(append(create, "--yes", "--max-cost", "1agon")...), "above the limit")
		require.Contains(t, fails(append(create, "--set", "tmpo=1", "--yes")...), "weights_version", "the names that there are")
		doc := run(append(create, "--yes")...)
		require.EqualValues(t, 2, doc["netuid"])
		require.LessOrEqual(t, units(t, doc, "cost"), cost)
		require.Contains(t, text("subnet", "show", "sec"), "50 blocks")
		require.LessOrEqual(t, doc["start_from"], doc["height"], "without a delay it can be started at once")
		require.Equal(t, "waiting", run("subnet", "show", "2")["state"])
		require.Contains(t, fails("subnet", "start", "SEC", "--from", localnet.SubnetOwnerKey, "--yes"), "not the owner")
		started := run("subnet", "start", "SEC", "--from", holder, "--yes")
		require.Equal(t, started["height"], started["started_at"])
		require.Contains(t, fails("subnet", "start", "SEC", "--from", holder, "--yes"), "has started")
		require.Contains(t, text("subnet", "list"), "running")

		register := []string{"subnet", "register", "--subnet", "SEC", "--hotkey", holder, "--from", holder}
		price := units(t, run(append(register, "--dry-run")...), "quoted_price")
		doc = run(append(register, "--yes")...)
		require.EqualValues(t, 0, doc["uid"])
		require.LessOrEqual(t, units(t, doc, "price"), price)
		require.Contains(t, fails(append(register, "--yes", "--max-price", "10agon")...), "already registered")
		doc = run("stake", "add", "2agon", "--subnet", "2", "--validator", holder, "--from", holder, "--yes")
		require.EqualValues(t, 0, doc["uid"], "a key's name stands for its hotkey")
	})
	t.Run("stake-swap-and-burn", func(t *testing.T) {
		run("stake", "add", "4agon", "--subnet", "1", "--validator", validator.Hotkey, "--from", holder, "--yes")
		swap := []string{"stake", "swap", "50%", "--subnet", "1", "--to-subnet", "SEC", "--to", holder, "--from", holder}
		out := units(t, run(append(swap, "--dry-run")...), "quoted_out")
		doc := run(append(swap, "--yes")...)
		require.InEpsilon(t, out, units(t, doc, "alpha"), 0.01)
		require.NotZero(t, units(t, doc, "agon"))
		require.Len(t, run("portfolio", holder)["positions"], 2)
		doc = run("stake", "burn", "1agon", "--subnet", "2", "--from", holder, "--yes")
		require.NotZero(t, units(t, doc, "alpha"))
	})
	const owner = localnet.SubnetOwnerKey
	t.Run("owner-changes-rules", func(t *testing.T) {
		doc := run("subnet", "set", "1", "immunity_period=7", "--from", owner, "--yes")
		require.Len(t, doc["changes"], 1)
		require.Greater(t, doc["effective_at"], doc["height"], "with notice")
		require.Contains(t, text("subnet", "show", "1"), "immunity_period")
		run("subnet", "set", "1", "--cancel", "--from", owner, "--yes")
		require.Contains(t, fails("subnet", "set", "1", "kapa=50%", "--from", owner, "--yes"), "kappa", "the names that there are")
		run("subnet", "identity", "1", "--name", "Tongues", "--url", "https://tongues.example", "--from", owner, "--yes")
		require.Contains(t, text("subnet", "list"), "Tongues")
		doc = run("subnet", "task", "SEC", `{"languages":["eng","deu"]}`, "--from", holder, "--yes")
		require.Equal(t, `{"languages":["eng","deu"]}`, doc["task_params"])
	})
	t.Run("owner-gives-the-subnet-away", func(t *testing.T) {
		run("subnet", "offer", "SEC", "--to", owner, "--for", "100", "--from", holder, "--yes")
		require.Contains(t, text("subnet", "show", "2"), "offer")
		doc := run("subnet", "accept", "SEC", "--from", owner, "--yes")
		require.NotEqual(t, doc["old_owner"], doc["new_owner"])
		require.Contains(t, fails("subnet", "accept", "SEC", "--from", owner, "--yes"), "not found")
	})
	t.Run("validator-lowers-its-take", func(t *testing.T) {
		doc := run("validator", "take", "9%", "--hotkey", holder, "--from", holder, "--yes")
		require.EqualValues(t, 900, doc["take_bps"])
		require.Contains(t, text("validators", "2", "--all"), "9.00 %")
		run("identity", "set", "--name", "Alice of the Oaks", "--from", holder, "--yes")
		require.Contains(t, text("identity", "show", holder), "Alice of the Oaks")
	})
	t.Run("miner-commits-and-registers-at-its-price", func(t *testing.T) {
		run("commit", "0x0c1f2a7b", "--subnet", "2", "--from", holder, "--yes")
		require.Contains(t, text("commitments", "2"), "0c1f2a7b")
		require.Contains(t, fails("subnet", "claim", "--subnet", "2", "--hotkey", holder, "--from", holder, "--yes"), "nothing to claim")
		run("stake", "auto", validator.Hotkey, "--subnet", "1", "--from", holder, "--yes")
		run("stake", "auto", "off", "--subnet", "1", "--from", holder, "--yes")
		doc := run("subnet", "register", "--subnet", "2", "--hotkey", owner, "--wait-below", "1000agon", "--timeout", "1m", "--from", owner, "--yes")
		require.EqualValues(t, 1, doc["uid"])
	})
	t.Run("two-mechanisms", func(t *testing.T) {
		epoch := func() scoringtypes.Epoch {
			r, err := n.Client().Scoring().Epoch(ctx, &scoringtypes.QueryEpochRequest{Netuid: localnet.Netuid})
			require.NoError(t, err)
			return r.Epoch
		}
		_, err := n.JudgeAlso(ctx, n.Validators()[0], 1)
		require.ErrorContains(t, err, "mechanism is 1, subnet 1 has 0 to 0")
		doc := run("subnet", "set", "1", "mechanism_split=70%,30%", "--from", owner, "--yes")
		require.Len(t, doc["changes"], 1)
		require.Contains(t, text("subnet", "show", "1"), "2 mechanisms: 70.00 % + 30.00 % (7000,3000)")
		require.Eventually(t, func() bool { return epoch().Mechanisms() == 2 }, time.Minute, 200*time.Millisecond)
		_, err = n.JudgeAlso(ctx, n.Validators()[0], 2)
		require.ErrorContains(t, err, "mechanism is 2, subnet 1 has 0 to 1")
		for _, v := range n.Validators() {
			_, err := n.JudgeAlso(ctx, v, 1, "--task", "langid", "--task-params", `{"languages":["eng","deu","fra"]}`)
			require.NoError(t, err)
		}
		sums := func() (sum [2]uint64) {
			for m := range sum {
				graph, err := n.Client().MechanismMetagraph(ctx, localnet.Netuid, uint32(m))
				require.NoError(t, err)
				for _, neuron := range graph.Neurons {
					sum[m] += neuron.Emission
				}
			}
			return sum
		}
		var sum [2]uint64
		require.Eventually(t, func() bool {
			index := epoch().Index
			sum = sums()
			return epoch().Index == index && sum[0] > 0 && sum[1] > 0
		}, 2*time.Minute, 200*time.Millisecond, "both mechanisms are judged and paid")
		require.InDelta(t, float64(3*sum[0]), float64(7*sum[1]), 30, "by the split, to the units that rounding moves: %v", sum)
		rows, err := n.Client().Scoring().Weights(ctx, &scoringtypes.QueryWeightsRequest{Netuid: localnet.Netuid, Mechanism: 1})
		require.NoError(t, err)
		require.NotEmpty(t, rows.Rows)
		require.Contains(t, text("query", "scoring", "metagraph", "1"), "all 2 mechanisms together (70.00 % + 30.00 %)")
		require.Contains(t, text("query", "scoring", "metagraph", "1", "--mechanism", "1"), "mechanism 1 of 2")
		explained := text("query", "scoring", "explain", "1", n.Validators()[0].Hotkey)
		require.Contains(t, explained, "Mechanism 0, 70.00 % of the subnet's emission")
		require.Contains(t, explained, "Mechanism 1, 30.00 % of the subnet's emission")
		require.Contains(t, fails("query", "scoring", "explain", "1", "0", "--mechanism", "2"), "mechanism is 2, subnet 1 had 0 to 1")
		exported := text("epoch", "export", "1", "--last", "--mechanism", "1")
		require.Contains(t, exported, "subnet 1, mechanism 1")
	})
	t.Run("several-at-once", func(t *testing.T) {
		both := n.Validators()[0].Hotkey + "," + n.Validators()[1].Hotkey
		doc := run("stake", "add", "4agon", "--subnet", "1", "--validators", both, "--from", holder, "--yes")
		require.Len(t, doc["positions"], 2)
		require.Equal(t, "4000000000nagon", doc["paid"])
		run("stake", "remove", "1alpha", "--subnet", "1", "--validator", n.Validators()[1].Hotkey, "--keep-token", "--from", holder, "--yes")
		doc = run("stake", "sell", "all", "--subnet", "1", "--from", holder, "--yes")
		require.EqualValues(t, 1_000_000_000, units(t, doc, "alpha"))
		require.NotZero(t, units(t, doc, "agon"))
		run("stake", "remove", "all", "--all-subnets", "--from", holder, "--yes")
		for _, p := range run("portfolio", holder, "--sort", "gain")["positions"].([]any) {
			require.Zero(t, units(t, p.(map[string]any), "alpha"), "%v", p)
		}
		require.NotEmpty(t, run("price", "1", "--history", "--points", "4")["means"])
	})

	t.Run("rewards", func(t *testing.T) {
		subnets, ok := run("rewards", "old oak", "--epochs", "3")["subnets"].([]any)
		require.True(t, ok)
		require.Len(t, subnets, 1)
		earnings := subnets[0].(map[string]any)
		require.Equal(t, validator.Hotkey, earnings["hotkey"])
		rows := earnings["epochs"].([]any)
		require.NotEmpty(t, rows)
		var sum uint64
		var newer map[string]any
		for _, r := range rows {
			row := r.(map[string]any)
			sum += units(t, row, "alpha")
			if newer != nil {
				require.Equal(t, units(t, newer, "epoch")-1, units(t, row, "epoch"), "one epoch after the other")
				require.Less(t, row["block"], newer["block"])
			}
			newer = row
		}
		require.Equal(t, sum, units(t, earnings, "alpha"))
		require.Contains(t, text("rewards", validator.Hotkey, "--subnet", "1"), "Old Oak")
		require.Contains(t, fails("rewards", "0"), "--subnet")
		require.Contains(t, fails("rewards", "nobody of this name"), "not found")
	})
	t.Run("root-stake", func(t *testing.T) {
		first, second := n.Validators()[0].Hotkey, n.Validators()[1].Hotkey
		require.Contains(t, fails("stake", "add", "5alpha", "--subnet", "root", "--validator", first, "--from", holder), "the root takes AGON")
		require.Contains(t, fails("stake", "add", "5agon", "--subnet", "root", "--validator", "Old Oak", "--from", holder), "agond validators root")
		before := holds()
		doc := run("stake", "add", "6agon", "--subnet", "root", "--validator", first, "--from", holder, "--yes")
		require.EqualValues(t, 6_000_000_000, units(t, doc, "alpha"))
		require.Equal(t, before-6_000_000_000-units(t, doc, "network_fee"), holds(), "no price")
		seats := text("validators", "root")
		require.Contains(t, seats, "Old Oak")
		require.Contains(t, seats, "63 of 64 seats are free")
		require.Contains(t, text("portfolio", holder), "root")
		run("stake", "move", "3agon", "--subnet", "root", "--validator", "old oak", "--to", second, "--from", holder, "--yes")
		doc = run("stake", "transfer", "1agon", "--subnet", "root", "--validator", second, "--to", "subnet-owner", "--from", holder, "--yes")
		require.InDelta(t, 1_000_000_000, units(t, doc, "alpha"), 2)
		swap := []string{"stake", "swap", "1agon", "--subnet", "root", "--validator", first, "--to-subnet", "1", "--from", holder}
		require.NotNil(t, run(append(swap, "--dry-run")...)["purchase_impact_bps"])
		require.NotZero(t, units(t, run(append(swap, "--yes")...), "alpha"))
		quoted := run("stake", "remove", "50%", "--subnet", "root", "--validator", second, "--from", holder, "--dry-run")
		doc = run("stake", "remove", "50%", "--subnet", "root", "--validator", second, "--from", holder, "--yes")
		require.GreaterOrEqual(t, units(t, doc, "agon"), units(t, quoted, "quoted_agon"))
		require.Contains(t, fails("stake", "burn", "1agon", "--subnet", "root", "--from", holder), "the root is no subnet")
	})
	t.Run("children", func(t *testing.T) {
		set := []string{"validator", "children", "set", holder, owner + "=25%", "--subnet", "SEC", "--from", holder}
		require.NotZero(t, run(append(set, "--dry-run")...)["pending_at"])
		doc := run(append(set, "--yes")...)
		require.Greater(t, doc["pending_at"], doc["height"])
		require.Contains(t, text("validator", "children", "show", holder, "--subnet", "SEC"), "from block")
		require.Eventually(t, func() bool {
			families, _ := run("validator", "children", "show", holder)["families"].([]any)
			return len(families) == 1 && families[0].(map[string]any)["relation"] == "child"
		}, time.Minute, 500*time.Millisecond)
		require.Contains(t, text("validator", "children", "show", owner, "--subnet", "2"), "parent")
		require.Contains(t, fails("validator", "children", "set", owner, holder+"=1%", "--subnet", "SEC", "--from", owner, "--yes"), "child has children itself")
		doc = run("validator", "take", "5%", "--child", "--hotkey", owner, "--from", owner, "--yes")
		require.EqualValues(t, 500, doc["child_take_bps"])
		require.Contains(t, text("validator", "children", "show", holder, "--subnet", "SEC"), "5.00 %")
		run("validator", "children", "set", holder, "off", "--subnet", "SEC", "--from", holder, "--yes")
	})
	t.Run("crowdfund", func(t *testing.T) {
		create := func(deposit string) map[string]any {
			t.Helper()
			return run("crowdfund", "create", "--name", "Third", "--task", "langid", "--symbol", "THR", "--goal", "20000agon", "--deposit", deposit, "--keep-bps", "2000", "--from", holder, "--yes")
		}
		given := create("1agon")["fund_id"].(float64)
		require.EqualValues(t, 1, given)
		run("crowdfund", "cancel", "1", "--from", holder, "--yes")
		require.Contains(t, fails("crowdfund", "join", "1", "5agon", "--from", owner, "--yes"), "cancelled")
		require.EqualValues(t, 1_000_000_000, units(t, run("crowdfund", "leave", "1", "--from", holder, "--yes"), "amount"))
		create("18000agon")
		doc := run("crowdfund", "join", "2", "500agon", "--from", owner, "--yes")
		require.EqualValues(t, 18_500_000_000_000, units(t, doc, "raised_now"))
		doc = run("crowdfund", "leave", "2", "100agon", "--from", owner, "--yes")
		require.EqualValues(t, 400_000_000_000, units(t, doc, "left"))
		require.Contains(t, text("crowdfund", "list"), "collecting")
		require.EqualValues(t, 0, units(t, run("crowdfund", "show", "2"), "missing"), "the cost has fallen")
		doc = run("crowdfund", "finalize", "2", "--from", owner, "--yes")
		require.EqualValues(t, 3, doc["netuid"])
		require.NotNil(t, doc["start_from"], "the next step")
		run("subnet", "start", "3", "--from", holder, "--yes")
		require.Contains(t, text("subnet", "show", "THR"), "the owner keeps 20.00 %")
		require.Contains(t, fails("subnet", "dissolve", "THR", "--from", holder, "--yes"), "not while a lease runs")
		require.NotZero(t, units(t, run("crowdfund", "claim", "2", "--from", holder, "--yes"), "refund"))
		require.Contains(t, fails("crowdfund", "end", "2", "--from", holder, "--yes"), "the others have to give theirs first")
		doc = run("crowdfund", "transfer", "2", "150agon", "--to", holder, "--from", owner, "--yes")
		require.EqualValues(t, 150_000_000_000, units(t, doc, "shares"))
		require.NotZero(t, units(t, doc, "refund"), "the giver is paid first")
		run("crowdfund", "transfer", "2", "all", "--to", holder, "--from", owner, "--yes")
		run("crowdfund", "end", "2", "--from", holder, "--yes")
		require.Contains(t, text("crowdfund", "show", "2"), "over")
	})
	t.Run("trim", func(t *testing.T) {
		trim := []string{"subnet", "trim", "SEC", "--to", "1", "--from", owner}
		doc := run(append(trim, "--dry-run")...)
		gone, ok := doc["removed"].([]any)
		require.True(t, ok)
		require.Len(t, gone, 1)
		require.EqualValues(t, 0, gone[0].(map[string]any)["uid"], "the earlier of two that earned nothing")
		require.EqualValues(t, 1, doc["moved"])
		back := units(t, doc, "collateral_paid")
		require.NotZero(t, back)
		before := holds()
		require.Contains(t, text(append(trim, "--dry-run")...), "of its collateral back")
		run(append(trim, "--yes")...)
		require.Equal(t, before+back, holds())
		require.Contains(t, fails("subnet", "trim", "SEC", "--to", "1", "--from", owner, "--yes"), "nothing to trim")
	})
	t.Run("a-full-chain-says-what-it-dissolves", func(t *testing.T) {
		doc := run("subnet", "create", "--name", "Fourth", "--task", "langid", "--symbol", "FOU", "--from", holder, "--dry-run")
		require.Contains(t, []any{2.0, 3.0}, doc["dissolves"])
		require.NotNil(t, doc["dissolves_pot_agon"])
	})
	t.Run("dissolve-and-be-paid", func(t *testing.T) {
		run("stake", "add", "4agon", "--subnet", "SEC", "--validator", owner, "--from", holder, "--yes")
		run("stake", "remove", "1alpha", "--subnet", "SEC", "--validator", owner, "--keep-token", "--from", holder, "--yes")
		require.Contains(t, fails("stake", "redeem", "--subnet", "SEC", "--from", holder, "--yes"), "agond stake sell all --subnet 2")
		dissolve := []string{"subnet", "dissolve", "SEC", "--from", owner}
		doc := run(append(dissolve, "--dry-run")...)
		require.Contains(t, doc["warning"], "cannot be undone")
		require.NotZero(t, doc["allowed_from"])
		pot := units(t, doc, "pot_agon")
		require.InEpsilon(t, pot, units(t, run(append(dissolve, "--yes")...), "pot_agon"), 0.01, "emission enters until then")
		pot = units(t, run("subnet", "show", "SEC"), "pot_agon")
		require.Equal(t, "dissolved", run("subnet", "show", "SEC")["state"])
		require.Contains(t, text("subnet", "list"), "dissolved")
		require.Contains(t, text("price"), "dissolved")
		require.Contains(t, fails(append(dissolve, "--yes")...), "agond stake remove all --subnet 2")
		require.Contains(t, fails("stake", "add", "1agon", "--subnet", "SEC", "--validator", owner, "--from", holder, "--yes"), "dissolved")

		mine := text("portfolio", holder)
		require.Contains(t, mine, "agond stake remove pays what was staked")
		require.Contains(t, mine, "agond stake redeem the liquid token")
		quoted := units(t, run("stake", "remove", "50%", "--subnet", "SEC", "--validator", owner, "--from", holder, "--dry-run"), "quoted_agon")
		doc = run("stake", "remove", "50%", "--subnet", "SEC", "--validator", owner, "--from", holder, "--yes")
		require.Equal(t, quoted, units(t, doc, "agon"))
		require.Contains(t, fails("stake", "sell", "all", "--subnet", "SEC", "--from", holder, "--yes"), "agond stake redeem all")
		quoted = units(t, run("stake", "redeem", "0.25alpha", "--subnet", "SEC", "--from", holder, "--dry-run"), "quoted_agon")
		require.Equal(t, quoted, units(t, run("stake", "redeem", "0.25alpha", "--subnet", "SEC", "--from", holder, "--yes"), "agon"))
		doc = run("stake", "redeem", "--subnet", "SEC", "--from", holder, "--yes")
		require.EqualValues(t, 750_000_000, units(t, doc, "alpha"))

		doc = run("stake", "remove", "all", "--all-subnets", "--from", holder, "--yes")
		require.NotEmpty(t, doc["positions"])
		require.Empty(t, run("portfolio", holder)["positions"], "the root's and the dissolved subnet's too")
		require.Less(t, units(t, run("subnet", "show", "SEC"), "pot_agon"), pot)
	})
	t.Run("hotkey-swap", func(t *testing.T) {
		v := n.Validators()[1]
		_, _, err := v.Keys().Ensure("hotkey2")
		require.NoError(t, err)
		key, err := v.Keys().Address("hotkey2")
		require.NoError(t, err)
		swap := []string{"hotkey", "swap", v.Hotkey, "hotkey2", "--from", "owner", "--keyring-dir", v.Home, "--keyring-backend", "test"}
		doc := run(append(swap, "--dry-run")...)
		require.EqualValues(t, 100_000_000, units(t, doc, "quoted_cost"))
		require.Equal(t, v.Hotkey, doc["old_key"])
		require.Contains(t, fails(append(swap, "--yes", "--max-cost", "0.05agon")...), "above the limit")
		require.Contains(t, fails("hotkey", "swap", v.Hotkey, holder, "--from", holder, "--yes"), "hotkey belongs to another owner")
		doc = run(append(swap, "--yes")...)
		require.Equal(t, key.String(), doc["new_key"])
		require.Equal(t, true, doc["grant_moved"])
		swapped := int64(doc["height"].(float64))

		// The daemon with the old key ends and says what to do; with the new one it goes on where it was.
		select {
		case <-v.Done():
		case <-time.After(time.Minute):
			t.Fatal("the validator goes on with a key that signs for nobody")
		}
		require.ErrorContains(t, v.Exited(), key.String()+" signs for it now")
		require.ErrorContains(t, v.Exited(), "--signing-key")
		file := filepath.Join(v.Home, "config.toml")
		config, err := os.ReadFile(file)
		require.NoError(t, err)
		changed := strings.Replace(string(config), `signing_key = 'hotkey'`, `signing_key = 'hotkey2'`, 1)
		require.NotEqual(t, string(config), changed)
		require.NoError(t, os.WriteFile(file, []byte(changed), 0o600))
		require.NoError(t, v.Start())
		require.NoError(t, v.WaitReady(ctx))
		graphWhen(t, ctx, n, "weights that the new key reveals", func(g *chain.Metagraph) bool {
			neuron, ok := g.ByHotkey(v.Hotkey)
			return ok && neuron.LastUpdate > swapped
		})
		for _, name := range []string{v.Hotkey, key.String()} {
			doc = run("hotkey", "show", name)
			require.Equal(t, v.Hotkey, doc["hotkey"])
			require.Equal(t, key.String(), doc["key"])
			require.Len(t, doc["neurons"], 1)
		}
		require.Contains(t, text("hotkey", "show", v.Hotkey), "since block")
		doc = run("stake", "add", "1agon", "--subnet", "1", "--validator", key.String(), "--from", holder, "--dry-run")
		require.Equal(t, v.Hotkey, doc["hotkey"], "a key stands for its hotkey")
		require.Contains(t, fails("hotkey", "show", localnet.SubnetOwnerKey+"x"), "agond keys list")
	})
	t.Run("hotkey-swap-of-a-miner", func(t *testing.T) {
		m := n.Miners()[1]
		_, _, err := m.Keys().Ensure("hotkey2")
		require.NoError(t, err)
		run("hotkey", "swap", m.Hotkey, "hotkey2", "--from", "owner", "--keyring-dir", m.Home, "--keyring-backend", "test", "--yes")
		require.NoError(t, m.WaitReady(ctx), "it goes on answering")
		m.Stop()
		require.NoError(t, m.Start())
		select {
		case <-m.Done():
		case <-time.After(time.Minute):
			t.Fatal("the miner starts with a key that signs for nobody")
		}
		require.ErrorContains(t, m.Exited(), "signs for it now")
		file := filepath.Join(m.Home, "config.toml")
		config, err := os.ReadFile(file)
		require.NoError(t, err)
		changed := strings.Replace(string(config), `signing-key = "hotkey"`, `signing-key = "hotkey2"`, 1)
		require.NotEqual(t, string(config), changed)
		require.NoError(t, os.WriteFile(file, []byte(changed), 0o600))
		require.NoError(t, m.Start())
		require.NoError(t, m.WaitReady(ctx))
	})
	t.Run("owner-swap", func(t *testing.T) {
		_, _, err := n.Keys().Ensure("heir")
		require.NoError(t, err)
		heir, err := n.Keys().Address("heir")
		require.NoError(t, err)
		run("send", "10agon", heir.String(), "--from", holder, "--yes")
		require.Contains(t, fails("owner", "show", holder), "agond owner announce")
		run("owner", "announce", "heir", "--from", holder, "--yes")
		require.Equal(t, heir.String(), run("owner", "show", holder)["new_owner"])
		run("owner", "cancel", "--from", holder, "--yes")
		ready := int64(run("owner", "announce", heir.String(), "--from", holder, "--yes")["ready_at"].(float64))
		require.Contains(t, fails("owner", "swap", holder, "--from", "heir", "--yes"), "not due yet")
		require.Contains(t, text("owner", "show", holder), "from block")
		require.Eventually(t, func() bool {
			height, err := n.Client().Height(ctx)
			return err == nil && height >= ready
		}, time.Minute, 200*time.Millisecond)
		doc := run("owner", "swap", holder, "--from", "heir", "--yes")
		require.NotZero(t, units(t, doc, "moved"))
		require.Len(t, doc["txhashes"], 1)
		require.Equal(t, heir.String(), run("hotkey", "show", holder)["owner"])
		require.Contains(t, text("identity", "show", "heir"), "Alice of the Oaks")
		require.Contains(t, fails("owner", "swap", holder, "--from", "heir", "--yes"), "not found")
	})
}
