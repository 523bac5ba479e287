package localnet_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/localnet"
)

// TestModelVerbs publishes models, checks them, binds a neuron to one and answers its challenges as an author and a miner do.
func TestModelVerbs(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cfg := smallConfig(t)
	// Asked as often as the chain can, with time to answer for a test on a busy machine.
	cfg.Params = map[string]string{"model/challenge_interval": "1", "model/challenge_window": "100", "model/rebind_delay": "2"}
	n := up(t, ctx, cfg)
	run := func(args ...string) map[string]any { t.Helper(); return verb(t, cfg, n, args...) }
	fails := func(args ...string) string { t.Helper(); return refused(t, cfg, n, args...) }
	text := func(args ...string) string { t.Helper(); return string(agond(t, cfg, n, nil, args...)) }
	const holder, buyer = localnet.HolderKey, "subnet-owner"

	dir := t.TempDir()
	weights := filepath.Join(dir, "weights.gguf")
	require.NoError(t, os.WriteFile(weights, bytes.Repeat([]byte("agon's own weights\n"), 150_000), 0o644)) // three leaves
	require.NoError(t, os.WriteFile(filepath.Join(dir, "README"), []byte("a model"), 0o644))
	described := []string{"--architecture", "llama", "--quantization", "f32", "--engine", "llama.cpp", "--context", "512", "--licence", "MIT"}
	publish := func(name, from string, more ...string) []string {
		return append(append([]string{"model", "publish", "--name", name, "--from", from}, described...), more...)
	}

	t.Run("publish", func(t *testing.T) {
		require.Contains(t, text(append(publish("tiny-stories", holder, "--dir", dir), "--dry-run")...), "nothing is sent")
		require.Contains(t, fails(append(publish("tiny-stories", holder, "--dir", dir, "--licence", "free"), "--yes")...), "SPDX")
		reserved := run("model", "publish", "--name", "tiny-stories", "--dir", dir, "--reserve", "--from", holder, "--yes")
		salt, ok := reserved["salt"].(string)
		require.True(t, ok)
		doc := run(publish("tiny-stories", holder, "--dir", dir, "--salt", salt, "--about", "Very small", "--yes")...)
		require.Equal(t, "tiny-stories@1", doc["version"])
		require.Nil(t, doc["copy_of"])
		require.EqualValues(t, 1_100_000_000, units(t, run(publish("tiny-copy", buyer, "--file", weights, "--dry-run")...), "burned"))
		doc = run(publish("tiny-copy", buyer, "--file", weights, "--parent", "tiny-stories@1=20%", "--yes")...)
		require.Equal(t, "1", doc["copy_of"], "the same weights")
	})
	t.Run("list-and-show", func(t *testing.T) {
		require.Contains(t, text("model", "list"), "Very small")
		require.Contains(t, text("model", "show", "tiny-copy"), "tiny-stories@1")
		doc := run("model", "show", "tiny-copy@1")
		require.Equal(t, "tiny-stories@1", doc["copy_of"])
		require.Equal(t, []any{map[string]any{"version": "tiny-stories@1", "share_bps": 2000.0}}, doc["parents"])
		require.Contains(t, text("model", "show", "tiny-stories@1"), "weights.gguf")
		require.Contains(t, fails("model", "show", "tiny-stories@2"), "version not found")
	})
	t.Run("verify", func(t *testing.T) {
		require.Equal(t, true, run("model", "verify", "tiny-stories@1", "--dir", dir)["matches"])
		require.Equal(t, "weights.gguf", run("model", "verify", "tiny-stories@1", "--file", weights)["path"])
		other := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(other, "weights.gguf"), []byte("others"), 0o644))
		why := fails("model", "verify", "tiny-stories@1", "--dir", other)
		require.Contains(t, why, "README is missing")
		require.Contains(t, why, "weights.gguf differs")
	})
	bind := []string{"model", "bind", "tiny-stories@1", "--subnet", "1", "--from", holder, "--yes"}
	t.Run("bind-and-prove", func(t *testing.T) {
		require.Contains(t, fails(bind...), "not registered")
		run("subnet", "register", "--subnet", "1", "--hotkey", holder, "--from", holder, "--yes")
		uid := run(bind...)["uid"]
		proven := func() map[string]any {
			by, ok := run("model", "show", "tiny-stories@1")["served_by"].([]any)
			require.True(t, ok)
			require.Len(t, by, 1)
			one, ok := by[0].(map[string]any)
			require.True(t, ok)
			return one
		}
		require.Equal(t, uid, proven()["uid"])
		require.Eventually(t, func() bool { return proven()["due_at"] != "0" }, time.Minute, 200*time.Millisecond, "it is asked")
		run("model", "prove", "tiny-stories@1", "--subnet", "1", "--dir", dir, "--from", holder, "--yes")
		require.NotEqual(t, "0", proven()["proven_at"])
		resolved := run("query", "model", "resolve", "1", "tiny-stories", "1")
		require.Len(t, resolved["bindings"], 1)
	})
	t.Run("unbind", func(t *testing.T) {
		require.Eventually(t, func() bool {
			by, _ := run("model", "show", "tiny-stories@1")["served_by"].([]any)
			return len(by) == 1 && by[0].(map[string]any)["due_at"] != "0"
		}, time.Minute, 200*time.Millisecond)
		doc := run("model", "unbind", "tiny-stories@1", "--subnet", "1", "--from", holder, "--yes")
		require.NotZero(t, doc["barred_until"], "it was asked")
	})
	t.Run("transfer-and-deprecate", func(t *testing.T) {
		require.Contains(t, fails("model", "accept", "tiny-stories", "--from", buyer, "--yes"), "not found")
		run("model", "transfer", "tiny-stories", "--to", buyer, "--from", holder, "--yes")
		run("model", "accept", "tiny-stories", "--from", buyer, "--yes")
		require.Contains(t, fails("model", "deprecate", "tiny-stories@1", "--reason", "old", "--from", holder, "--yes"), "belongs to")
		run("model", "deprecate", "tiny-stories@1", "--reason", "old", "--successor", "tiny-copy@1", "--from", buyer, "--yes")
		require.Contains(t, text("model", "show", "tiny-stories"), "use tiny-copy@1")
		require.Contains(t, fails(bind...), "deprecated")
	})
}
