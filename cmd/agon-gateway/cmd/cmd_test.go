package cmd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/cmd/agon-gateway/cmd"
	"github.com/agon-chain/agon/gateway"
)

func run(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	root := cmd.NewRootCommand()
	var out, errs bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&errs)
	root.SetIn(strings.NewReader("correct horse\ncorrect horse\n"))
	root.SetArgs(args)
	err = root.ExecuteContext(t.Context())
	return out.String(), errs.String(), err
}

func TestInitThenOneLineThatSaysWhatToDo(t *testing.T) {
	home, empty := filepath.Join(t.TempDir(), "home"), t.TempDir()
	first, stderr, err := run(t, "init", "--home", home, "--chain-id", "agon-1", "--output", "json")
	require.NoError(t, err)
	require.Contains(t, stderr, "Write these words down")
	again, stderr, err := run(t, "init", "--home", home, "--output", "json")
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.NotContains(t, stderr, "Write these words down")
	info, err := os.Stat(filepath.Join(home, gateway.FileName))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	for _, tc := range []struct {
		name string
		args []string
		is   error
		says string
	}{
		{"no-node", []string{"run", "--home", home, "--rpc", "http://127.0.0.1:1", "--grpc", "127.0.0.1:1"}, chain.ErrNoNode, "start agond"},
		{"no-key", []string{"run", "--home", empty}, chain.ErrNoKey, "agon-gateway init"},
		{"public-admin", []string{"run", "--home", home, "--admin-listen", "0.0.0.0:8101"}, gateway.ErrConfig, "admin-public"},
		{"open-to-all", []string{"run", "--home", home, "--listen", "0.0.0.0:8100", "--open-access"}, gateway.ErrConfig, "open-access"},
		{"bad-bound", []string{"run", "--home", home, "--attempts", "0"}, gateway.ErrConfig, "AGON_GATEWAY_ATTEMPTS"},
		{"half-tls", []string{"run", "--home", home, "--tls-cert", "x"}, gateway.ErrConfig, "tls-key"},
		{"unknown-command", []string{"serve"}, nil, "serve"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := run(t, tc.args...)
			require.Error(t, err)
			if tc.is != nil {
				require.ErrorIs(t, err, tc.is)
			}
			require.ErrorContains(t, err, tc.says)
		})
	}
}

// stranger is a node that answers who it is, and no more.
func stranger(t *testing.T, chainID string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var ask struct {
			ID     json.RawMessage `json:"id"`
			Method string          `json:"method"`
		}
		if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || ask.Method != "status" {
			t.Errorf("a node of another chain was asked %q (%v)", ask.Method, err)
		}
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":{"node_info":{"network":%q}}}`, ask.ID, chainID)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// The doctor looks at everything that it can look at, says of each thing what is wrong and what to do, and ends with a failure where anything is. With a node that
// lives it runs in localnet's TestGateway.
func TestDoctor(t *testing.T) {
	home, empty := filepath.Join(t.TempDir(), "home"), t.TempDir()
	_, _, err := run(t, "init", "--home", home, "--chain-id", "agon-1", "--keyring-backend", "test")
	require.NoError(t, err)
	type finding struct {
		OK   bool
		Says string
	}
	for _, tc := range []struct {
		name string
		args []string
		bad  map[string]string // and what it says
		good []string
	}{
		{"no-node", []string{"--home", home, "--rpc", "http://127.0.0.1:1", "--grpc", "127.0.0.1:1"}, map[string]string{"node": "start agond, or point to a node that runs"}, []string{"key", "database"}},
		{"another-chain", []string{"--home", home, "--rpc", stranger(t, "other-7"), "--grpc", "127.0.0.1:1"}, map[string]string{"node": `is on "other-7", not on "agon-1"; point to a node of "agon-1"`}, []string{"key", "database"}},
		{"no-grpc", []string{"--home", home, "--rpc", stranger(t, "agon-1"), "--grpc", "127.0.0.1:1"}, map[string]string{"node": "[grpc] enabled"}, []string{"key", "database"}},
		{"no-key", []string{"--home", empty, "--chain-id", "agon-1", "--keyring-backend", "test"}, map[string]string{"key": "agon-gateway init"}, []string{"database"}},
		{
			"no-database",
			[]string{"--home", home, "--rpc", "http://127.0.0.1:1", "--grpc", "127.0.0.1:1", "--database", "postgres://agon:hunter2@127.0.0.1:1/keys"},
			map[string]string{"node": "start agond", "database": "127.0.0.1:1"},
			[]string{"key"},
		},
		{"open-access", []string{"--home", home, "--rpc", "http://127.0.0.1:1", "--grpc", "127.0.0.1:1", "--open-access"}, map[string]string{"node": "start agond"}, []string{"key", "database"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			out, _, err := run(t, append([]string{"doctor", "--output", "json"}, tc.args...)...)
			require.ErrorContains(t, err, "not all is well")
			require.NotContains(t, out, "hunter2")
			var list []struct {
				What string
				finding
			}
			require.NoError(t, json.Unmarshal([]byte(out), &list), out)
			found := map[string]finding{}
			for _, f := range list {
				found[f.What] = f.finding
			}
			require.Len(t, found, len(tc.bad)+len(tc.good), out)
			for what, says := range tc.bad {
				require.False(t, found[what].OK, what)
				require.Contains(t, found[what].Says, says)
			}
			for _, what := range tc.good {
				require.True(t, found[what].OK, "%s: %s", what, found[what].Says)
			}
			text, _, err := run(t, append([]string{"doctor"}, tc.args...)...)
			require.ErrorContains(t, err, "not all is well")
			require.Equal(t, len(tc.bad), strings.Count(text, "BAD"), text)
			require.Equal(t, len(found), strings.Count(text, "\n"), "a line for each: %s", text)
		})
	}
	t.Run("bad-setting", func(t *testing.T) {
		_, _, err := run(t, "doctor", "--home", home, "--attempts", "0")
		require.ErrorIs(t, err, gateway.ErrConfig)
	})
}
