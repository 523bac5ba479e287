package cmd_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/cmd/agon-miner/cmd"
	"github.com/agon-chain/agon/miner"
)

// run executes agon-miner and returns what it wrote to stdout and stderr.
func run(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	root := cmd.NewRootCommand()
	var out, errs bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&errs)
	root.SetIn(&bytes.Buffer{})
	root.SetArgs(args)
	err = root.ExecuteContext(t.Context())
	return out.String(), errs.String(), err
}

func TestInit(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	stdout, stderr, err := run(t, "init", "--home", home, "--chain-id", "agon-1", "--netuid", "4", "--output", "json")
	require.NoError(t, err)
	var first map[string]string
	require.NoError(t, json.Unmarshal([]byte(stdout), &first), "stdout is the answer alone")
	require.Regexp(t, `^agon1[0-9a-z]{38}$`, first["owner"])
	require.Regexp(t, `^agon1[0-9a-z]{38}$`, first["hotkey"])
	require.NotEqual(t, first["owner"], first["hotkey"])
	require.Len(t, first["service_key"], 64)
	require.Contains(t, stderr, "Write these words down")

	for _, name := range []string{"config.toml", "service.key", "sealing.key"} {
		info, err := os.Stat(filepath.Join(home, name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
	file, err := os.ReadFile(filepath.Join(home, miner.FileName))
	require.NoError(t, err)
	require.Contains(t, string(file), "\nchain-id = \"agon-1\"\n")
	require.Contains(t, string(file), "\nnetuid = 4\n")

	t.Run("again-changes-nothing", func(t *testing.T) {
		again, stderr, err := run(t, "init", "--home", home, "--netuid", "9", "--output", "json")
		require.NoError(t, err)
		require.Equal(t, stdout, again)
		require.Contains(t, stderr, "left as it is")
		require.NotContains(t, stderr, "Write these words down")
	})
	t.Run("keys-show", func(t *testing.T) {
		shown, _, err := run(t, "keys", "show", "--home", home, "--output", "json")
		require.NoError(t, err)
		require.Equal(t, stdout, shown)
		text, _, err := run(t, "keys", "show", "--home", home)
		require.NoError(t, err)
		require.Contains(t, text, first["hotkey"])
	})
	t.Run("without-owner", func(t *testing.T) {
		home := t.TempDir()
		_, _, err := run(t, "init", "--home", home, "--without-owner")
		require.NoError(t, err)
		text, _, err := run(t, "keys", "show", "--home", home)
		require.NoError(t, err)
		require.Contains(t, text, "not here")
	})
}

func TestOneLineThatSaysWhatToDo(t *testing.T) {
	home, empty := t.TempDir(), t.TempDir()
	_, _, err := run(t, "init", "--home", home, "--chain-id", "agon-1", "--netuid", "1", "--expert", "whatlang", "--public-url", "http://127.0.0.1:8091")
	require.NoError(t, err)
	nobody := []string{"--rpc", "http://127.0.0.1:1", "--grpc", "127.0.0.1:1"}
	for _, tc := range []struct {
		name string
		args []string
		is   error
		says string
	}{
		{"no-node", append([]string{"run", "--home", home}, nobody...), chain.ErrNoNode, "start agond"},
		{"register-without-node", append([]string{"register", "--home", home}, nobody...), chain.ErrNoNode, "start agond"},
		{"claim-without-node", append([]string{"claim", "--home", home}, nobody...), chain.ErrNoNode, "start agond"},
		{"no-keys", []string{"keys", "show", "--home", empty}, os.ErrNotExist, "agon-miner init"},
		{"run-without-keys", []string{"run", "--home", empty, "--netuid", "1", "--public-url", "http://127.0.0.1:8091"}, os.ErrNotExist, "agon-miner init"},
		{"no-netuid", []string{"register", "--home", empty}, miner.ErrConfig, "netuid is 0"},
		{"no-chain-id", []string{"run", "--home", home, "--chain-id", ""}, chain.ErrConfig, "chain id"},
		{"bad-setting", []string{"run", "--home", home, "--rate", "0"}, miner.ErrConfig, "AGON_MINER_RATE"},
		{"bad-flag", []string{"run", "--burst", "many"}, nil, "--burst"},
		{"unknown-command", []string{"mine"}, nil, "mine"},
		{"bad-output", []string{"experts", "--output", "xml"}, nil, "want text or json"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			stdout, _, err := run(t, tc.args...)
			require.Error(t, err)
			if tc.is != nil {
				require.ErrorIs(t, err, tc.is)
			}
			require.ErrorContains(t, err, tc.says)
			require.Empty(t, stdout)
		})
	}
}

func TestHardwareAndExperts(t *testing.T) {
	stdout, _, err := run(t, "hardware", "--output", "json")
	require.NoError(t, err)
	var report struct {
		Kind     string `json:"kind"`
		WhyNoGPU string `json:"why_no_gpu"`
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &report))
	require.Contains(t, []string{"cpu", "gpu"}, report.Kind)
	require.Equal(t, report.Kind == "cpu", report.WhyNoGPU != "")

	stdout, _, err = run(t, "experts", "--output", "json")
	require.NoError(t, err)
	var experts []struct {
		Task, Name string
		Dishonest  bool
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &experts))
	honest := map[string]bool{}
	for _, e := range experts {
		honest[e.Task+"/"+e.Name] = !e.Dishonest
	}
	require.True(t, honest["langid/lingua-high"])
	require.Contains(t, honest, "langid/random")
	require.False(t, honest["langid/random"])
}
