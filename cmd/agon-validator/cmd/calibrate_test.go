package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task/chat/measure"
	"github.com/agon-chain/agon/task/chat/openai/llamacpptest"
	"github.com/agon-chain/agon/task/chat/pinned"
	"github.com/agon-chain/agon/task/chat/remote"
)

func calibrateWith(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, progress bytes.Buffer
	root := NewRootCommand()
	root.SetArgs(append([]string{"calibrate"}, args...))
	root.SetOut(&out)
	root.SetErr(&progress)
	err = root.ExecuteContext(t.Context())
	return out.String(), progress.String(), err
}

// The command asks llama.cpp and writes a profile that the examiner reads; beside an earlier one, the wider of both.
func TestCalibrate(t *testing.T) {
	file, url := llamacpptest.GGUF(t), llamacpptest.Start(t)
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	require.NoError(t, os.Mkdir(text, 0o700))
	words := strings.Repeat("once upon a time there was a little girl who liked to play with her big dog in the park ", 2)
	for i := range 6 {
		require.NoError(t, os.WriteFile(filepath.Join(text, fmt.Sprintf("%d.txt", i)), []byte(words[i*5:]), 0o600))
	}
	earlier, written := filepath.Join(dir, "earlier.json"), filepath.Join(dir, "models", "m@1.profile.json")
	require.NoError(t, os.WriteFile(earlier, []byte(`{"claim_tolerance":0.25,"claim_rate":0.001}`), 0o600))
	args := []string{"--url", url, "--file", file, "--text", text}
	stdout, stderr, err := calibrateWith(t, append(args, "--questions", "176", "--with", earlier, "--profile", written, "--output", "json")...)
	require.NoError(t, err)
	require.Contains(t, stderr, "176 of 176 questions")
	var r measure.Report
	require.NoError(t, json.Unmarshal([]byte(stdout), &r))
	p, err := pinned.ReadProfile(written)
	require.NoError(t, err)
	require.Equal(t, r.Profile, p)
	require.Equal(t, 0.25, p.ClaimTolerance)
	require.True(t, p.OwnDraws)

	_, _, err = calibrateWith(t, append(args, "--profile", written)...)
	require.ErrorContains(t, err, "exists")
	_, _, err = calibrateWith(t, append(args, "--output", "yaml")...)
	require.ErrorContains(t, err, "--output")
	_, _, err = calibrateWith(t, append(args, "--questions", "1")...)
	require.ErrorIs(t, err, measure.ErrConfig)
	_, _, err = calibrateWith(t, append(args, "--verifier-url", "http://127.0.0.1:1")...)
	require.ErrorContains(t, err, "verifying backend")
	require.NotErrorIs(t, err, remote.ErrOptions)
}
