package cmd_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	svrcmd "github.com/cosmos/cosmos-sdk/server/cmd"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/apptest"
	"github.com/agon-chain/agon/cmd/agond/cmd"
)

// run executes agond with arguments in a home of its own and returns what it printed.
func run(t *testing.T, home string, args ...string) (string, error) {
	t.Helper()
	root, err := cmd.NewRootCommand()
	require.NoError(t, err)
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetArgs(append(args, "--home", home))
	err = svrcmd.Execute(root, cmd.EnvPrefix, home)
	return out.String(), err
}

func children(c *cobra.Command) []string {
	var names []string
	for _, child := range c.Commands() {
		names = append(names, child.Name())
	}
	return names
}

func TestCommandTree(t *testing.T) {
	root, err := cmd.NewRootCommand()
	require.NoError(t, err)
	for _, name := range []string{"init", "start", "keys", "tx", "query", "genesis", "comet", "status", "version", "export"} {
		require.Contains(t, children(root), name)
	}
	for _, parent := range []string{"tx", "query"} {
		found, _, err := root.Find([]string{parent})
		require.NoError(t, err)
		for _, module := range []string{
			"bank", "staking", "gov", "feegrant", "authz", "distribution", "slashing", "upgrade",
			"subnet", "stake", "scoring",
		} {
			require.Contains(t, children(found), module, "agond %s", parent)
		}
	}
}

func TestInitWritesTheDefaultsOfTheChain(t *testing.T) {
	home := t.TempDir()
	_, err := run(t, home, "init", "one", "--chain-id", "agon-local-1")
	require.NoError(t, err)

	read := func(name string) string {
		raw, err := os.ReadFile(filepath.Join(home, "config", name))
		require.NoError(t, err)
		return string(raw)
	}
	require.Contains(t, read("app.toml"), `minimum-gas-prices = "0.1nagon"`)
	require.Contains(t, read("app.toml"), `query-gas-limit = "50000000"`)
	require.Contains(t, read("app.toml"), "snapshot-interval = 1000")
	require.Contains(t, read("config.toml"), `timeout_commit = "2s"`)
	require.Contains(t, read("config.toml"), `pprof_laddr = ""`)

	var genesis struct {
		ChainID   string `json:"chain_id"`
		Consensus struct {
			Params struct {
				Block struct {
					MaxGas string `json:"max_gas"`
				} `json:"block"`
			} `json:"params"`
		} `json:"consensus"`
		AppState app.GenesisState `json:"app_state"`
	}
	require.NoError(t, json.Unmarshal([]byte(read("genesis.json")), &genesis))
	require.Equal(t, "agon-local-1", genesis.ChainID)
	require.Equal(t, "1000000000", genesis.Consensus.Params.Block.MaxGas)
	require.Contains(t, string(genesis.AppState["staking"]), `"nagon"`)

	t.Run("and-the-genesis-is-valid", func(t *testing.T) {
		_, err := run(t, home, "genesis", "validate")
		require.NoError(t, err)
	})
}

func TestEnvironmentStandsForFlags(t *testing.T) {
	home, elsewhere := t.TempDir(), t.TempDir()
	t.Setenv("AGOND_KEYRING_BACKEND", "test")

	t.Run("a-variable-sets-a-flag", func(t *testing.T) {
		_, err := run(t, home, "keys", "add", "alice")
		require.NoError(t, err)
		require.DirExists(t, filepath.Join(home, "keyring-test"))
	})

	t.Run("a-flag-beats-its-variable", func(t *testing.T) {
		t.Setenv("AGOND_HOME", elsewhere)
		_, err := run(t, home, "keys", "show", "alice", "-a")
		require.NoError(t, err)
	})

	t.Run("a-value-that-does-not-parse-names-the-variable", func(t *testing.T) {
		t.Setenv("AGOND_DRY_RUN", "perhaps")
		_, err := run(t, home, "keys", "add", "bob")
		require.ErrorContains(t, err, "AGOND_DRY_RUN")
	})
}

// TestUnsignedTransactionCarriesTheUsualPrice asks for a transaction that needs no node, so gas is the flag's own default.
func TestUnsignedTransactionCarriesTheUsualPrice(t *testing.T) {
	fee := func(t *testing.T, args ...string) string {
		t.Helper()
		out, err := run(t, t.TempDir(), append([]string{
			"tx", "bank", "send", apptest.NewAccount("alice").String(), apptest.NewAccount("bob").String(), "1nagon",
			"--generate-only", "--offline", "--account-number", "0", "--sequence", "0",
		}, args...)...)
		require.NoError(t, err)
		var tx struct {
			AuthInfo struct {
				Fee struct {
					Amount []struct{ Amount, Denom string } `json:"amount"`
				} `json:"fee"`
			} `json:"auth_info"`
		}
		require.NoError(t, json.Unmarshal([]byte(out), &tx))
		require.Len(t, tx.AuthInfo.Fee.Amount, 1)
		return tx.AuthInfo.Fee.Amount[0].Amount + tx.AuthInfo.Fee.Amount[0].Denom
	}
	t.Run("without-a-word-about-fees", func(t *testing.T) { require.Equal(t, "20000nagon", fee(t)) })
	t.Run("a-price-of-one-s-own", func(t *testing.T) { require.Equal(t, "40000nagon", fee(t, "--gas-prices", "0.2nagon")) })
	t.Run("a-fee-of-one-s-own", func(t *testing.T) { require.Equal(t, "7nagon", fee(t, "--fees", "7nagon")) })
}

func TestCompletionKnowsTheModules(t *testing.T) {
	root, err := cmd.NewRootCommand()
	require.NoError(t, err)
	root.InitDefaultCompletionCmd()
	require.True(t, slices.Contains(children(root), "completion"))
}
