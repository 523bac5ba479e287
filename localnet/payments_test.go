package localnet_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/localnet"
	"github.com/agon-chain/agon/wire"
)

// TestPaymentVerbs keeps money for calls, opens channels to a miner with it, lets the miner claim, and takes the rest back, as people do.
func TestPaymentVerbs(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cfg := smallConfig(t)
	cfg.Params = map[string]string{"payment/withdraw_delay": "2"}
	n := up(t, ctx, cfg)
	run := func(args ...string) map[string]any { t.Helper(); return verb(t, cfg, n, args...) }
	fails := func(args ...string) string { t.Helper(); return refused(t, cfg, n, args...) }
	text := func(args ...string) string { t.Helper(); return string(agond(t, cfg, n, nil, args...)) }
	const payer, miner = "subnet-owner", localnet.HolderKey
	key := wire.NewVoucherKey()
	public := key.Public()

	t.Run("price", func(t *testing.T) {
		run("subnet", "register", "--subnet", "1", "--hotkey", miner, "--from", miner, "--yes")
		require.Contains(t, fails("payment", "price", "set", "--subnet", "1", "--per-request", "5alpha", "--from", miner, "--yes"), "not in AGON")
		run("payment", "price", "set", "--subnet", "1", "--per-request", "1000nagon", "--per-million-output", "0.2agon", "--from", miner, "--yes")
		doc := run("payment", "price", miner, "--subnet", "1")
		require.EqualValues(t, 1_000, units(t, doc, "per_request"))
		require.EqualValues(t, 200_000_000, units(t, doc, "per_million_output"))
		require.Contains(t, text("payment", "price", miner, "--subnet", "1"), "0.2 AGON")
	})
	t.Run("account", func(t *testing.T) {
		require.Contains(t, fails("payment", "withdraw", "all", "--from", payer, "--yes"), "holds nothing")
		require.EqualValues(t, 3_000_000_000, units(t, run("payment", "deposit", "3agon", "--from", payer, "--yes"), "balance"))
		require.EqualValues(t, 2_000_000_000, units(t, run("payment", "withdraw", "1agon", "--from", payer, "--yes"), "balance"))
		require.EqualValues(t, 3_000_000_000, units(t, run("payment", "deposit", "1agon", "--account", payer, "--from", miner, "--yes"), "balance"))
		run("payment", "operators", miner, "--from", payer, "--yes")
		require.Contains(t, fails("payment", "withdraw", "all", "--from", miner, "--yes"), "holds nothing", "an operator has no account of its own by that")
		require.Len(t, run("payment", "show", payer)["operators"], 1)
	})
	open := []string{"payment", "open", miner, "1agon", "--subnet", "1", "--voucher-key", hex.EncodeToString(public[:]), "--yes", "--from"}
	var id string
	t.Run("channel", func(t *testing.T) {
		require.Contains(t, fails(append(open, miner)...), "holds 0 nagon")
		doc := run(append(append([]string{}, open...), miner, "--account", payer)...)
		id = strconv.FormatUint(units(t, doc, "channel"), 10)
		doc = run("payment", "topup", id, "0.5agon", "--from", payer, "--yes")
		require.EqualValues(t, 1_500_000_000, units(t, doc, "deposit"))
		require.Contains(t, text("payment", "channels", payer), "open")
		require.EqualValues(t, 1_500_000_000, units(t, run("payment", "show", id), "rest"))
		list, ok := run("payment", "channels", "--to", miner)["channels"].([]any)
		require.True(t, ok)
		require.Len(t, list, 1)
	})
	t.Run("claim", func(t *testing.T) {
		channel, err := strconv.ParseUint(id, 10, 64)
		require.NoError(t, err)
		v := wire.Voucher{ChainIDHash: wire.ChainIDHash(cfg.ChainID), Channel: channel, Cumulative: 250_000_000}
		require.NoError(t, v.Sign(key))
		item, err := json.Marshal(map[string]string{"channel": id, "cumulative": "250000000", "signature": base64.StdEncoding.EncodeToString(v.Signature[:])})
		require.NoError(t, err)
		text("tx", "payment", "claim", string(item), "--from", miner, "--yes", "--chain-id", cfg.ChainID, "--fees", "100000nagon", "--gas", "400000")
		require.Eventually(t, func() bool { return units(t, run("payment", "show", id), "claimed") == 250_000_000 }, 30*time.Second, 300*time.Millisecond)
	})
	t.Run("withdrawal", func(t *testing.T) {
		require.Contains(t, fails("payment", "close", id, "--from", payer, "--yes"), "withdraw-request "+id)
		run("payment", "withdraw-request", id, "--from", payer, "--yes")
		require.Contains(t, fails("payment", "topup", id, "0.5agon", "--from", payer, "--yes"), "withdrawal from the channel has begun")
		var doc map[string]any
		require.Eventually(t, func() bool {
			shown := run("payment", "show", id)
			return shown["status"] == "closing" && units(t, run("payment", "show", payer), "balance") == 1_500_000_000
		}, 10*time.Second, 300*time.Millisecond)
		time.Sleep(4 * cfg.BlockTime) // the delay of two blocks
		doc = run("payment", "close", id, "--from", payer, "--yes")
		require.EqualValues(t, 1_250_000_000, units(t, doc, "returned"))
		require.Equal(t, "withdrawn", run("payment", "show", id)["status"])
		require.EqualValues(t, 2_750_000_000, units(t, run("payment", "withdraw", "all", "--from", payer, "--yes"), "amount"))
	})
	t.Run("refusals", func(t *testing.T) {
		require.Contains(t, fails("payment", "sweep", id, "--from", miner, "--yes"), "has ended")
		require.Contains(t, fails("payment", "show", "99"), "channel not found")
		require.Contains(t, fails("payment", "refund", "1", id, "--from", payer, "--yes"), "no refund of the case")
	})
}
