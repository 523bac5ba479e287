package cmd_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/cmd/agon-miner/cmd"
	"github.com/agon-chain/agon/miner"
	"github.com/agon-chain/agon/verify/attest"
)

// passphrase of all keyrings here, typed whenever it is asked for.
const passphrase = "correct horse"

// run executes agon-miner and returns what it wrote to stdout and stderr.
func run(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	root := cmd.NewRootCommand()
	var out, errs bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&errs)
	root.SetIn(strings.NewReader(passphrase + "\n" + passphrase + "\n"))
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

	require.NoError(t, filepath.WalkDir(home, func(path string, e os.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := e.Info()
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, path)
		return nil
	}))
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
	t.Run("renew", func(t *testing.T) {
		renewed, _, err := run(t, "keys", "renew", "service", "--home", home, "--output", "json")
		require.NoError(t, err)
		var second map[string]string
		require.NoError(t, json.Unmarshal([]byte(renewed), &second))
		require.NotEqual(t, first["service_key"], second["service_key"])
		second["service_key"] = first["service_key"]
		require.Equal(t, first, second, "and nothing else")
		_, _, err = run(t, "keys", "renew", "hotkey", "--home", home)
		require.ErrorContains(t, err, "hotkey")
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
		{"no-keys", []string{"keys", "show", "--home", empty}, chain.ErrNoKey, "agon-miner init"},
		{"run-without-keys", []string{"run", "--home", empty, "--netuid", "1", "--public-url", "http://127.0.0.1:8091"}, chain.ErrNoKey, "agon-miner init"},
		{"claim-without-node", append([]string{"claim", "--home", home}, nobody...), chain.ErrNoNode, "start agond"},
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

func TestAttest(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	_, _, err := run(t, "init", "--home", home, "--chain-id", "agon-1", "--netuid", "4")
	require.NoError(t, err)
	script := filepath.Join(t.TempDir(), "attest.sh")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\nprintf '{\"nonce\":\"%s\"}' \"$1\"\n"), 0o700))

	t.Run("prints-the-evidence", func(t *testing.T) {
		stdout, stderr, err := run(t, "attest", "--home", home, "--attestation-kind", "x509", "--attestation-command", script+" {nonce}")
		require.NoError(t, err)
		require.Regexp(t, `^\{"kind":"x509","document":\{"nonce":"[0-9a-f]{64}"\}\}\n$`, stdout)
		require.Contains(t, stderr, "not verified")
	})
	t.Run("says-what-a-validator-would", func(t *testing.T) {
		keys := filepath.Join(t.TempDir(), "jwks.json")
		require.NoError(t, os.WriteFile(keys, []byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`), 0o600))
		_, _, err := run(t, "attest", "--home", home, "--attestation-command", script+" {nonce}", "--jwks", keys)
		require.ErrorIs(t, err, attest.ErrMalformed)
	})
	t.Run("without-command", func(t *testing.T) {
		_, _, err := run(t, "attest", "--home", home)
		require.ErrorIs(t, err, miner.ErrConfig)
	})
}
