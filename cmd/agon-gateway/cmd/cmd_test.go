package cmd_test

import (
	"bytes"
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
