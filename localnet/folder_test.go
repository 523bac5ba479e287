package localnet

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func claimed(t *testing.T, dir string) (*Network, error) {
	t.Helper()
	n := &Network{cfg: Config{Dir: dir}}
	err := n.claim(t.Context())
	t.Cleanup(n.release)
	return n, err
}

func TestClaim(t *testing.T) {
	t.Run("a-new-folder", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "a", "b")
		_, err := claimed(t, dir)
		require.NoError(t, err)
		require.FileExists(t, filepath.Join(dir, markerFile))
	})
	t.Run("a-folder-that-no-network-made-is-left-alone", func(t *testing.T) {
		dir := t.TempDir()
		kept := filepath.Join(dir, "letter.txt")
		require.NoError(t, os.WriteFile(kept, nil, 0o600))
		_, err := claimed(t, dir)
		require.ErrorIs(t, err, ErrConfig)
		require.ErrorContains(t, err, "--dir")
		require.FileExists(t, kept)
		require.NoFileExists(t, filepath.Join(dir, markerFile))
	})
	t.Run("what-an-earlier-network-left-is-removed", func(t *testing.T) {
		dir := t.TempDir()
		n, err := claimed(t, dir)
		require.NoError(t, err)
		old := filepath.Join(dir, "node-0", "data", "state")
		require.NoError(t, os.MkdirAll(filepath.Dir(old), 0o755))
		require.NoError(t, os.WriteFile(old, nil, 0o600))
		n.release()
		_, err = claimed(t, dir)
		require.NoError(t, err)
		require.NoDirExists(t, filepath.Join(dir, "node-0"))
	})
	t.Run("a-running-network-is-left-alone", func(t *testing.T) {
		dir := t.TempDir()
		_, err := claimed(t, dir)
		require.NoError(t, err)
		state := filepath.Join(dir, "state")
		require.NoError(t, os.WriteFile(state, nil, 0o600))
		_, err = claimed(t, dir)
		require.ErrorIs(t, err, ErrConfig)
		require.ErrorContains(t, err, "a network runs in")
		require.FileExists(t, state)
	})
	t.Run("programs-of-a-killed-network-are-waited-for", func(t *testing.T) {
		dir := t.TempDir()
		n, err := claimed(t, dir)
		require.NoError(t, err)
		p := n.newProcess("sleeper", filepath.Join(t.TempDir(), "log"), "/bin/sleep", "0.4")
		require.NoError(t, p.Start())
		// As after a SIGKILL: the program has the lock, and the process that is named has gone.
		gone := exec.Command("/bin/true")
		require.NoError(t, gone.Run())
		require.NoError(t, os.WriteFile(filepath.Join(dir, markerFile), []byte(strconv.Itoa(gone.Process.Pid)), 0o600))
		n.release()
		began := time.Now()
		_, err = claimed(t, dir)
		require.NoError(t, err)
		require.Greater(t, time.Since(began), 200*time.Millisecond)
		<-p.Done()
	})
}

func TestProgramsDoNotInheritTheOperatorsSettings(t *testing.T) {
	t.Setenv("AGOND_HOME", "/elsewhere")
	t.Setenv("AGON_MINER_NETUID", "7")
	t.Setenv("LANG", "C")
	bz, err := run(t.Context(), "/usr/bin/env")
	if err != nil {
		t.Skip(err)
	}
	require.NotContains(t, string(bz), "AGON")
	require.Contains(t, string(bz), "LANG=C\n")
}

func TestFollow(t *testing.T) {
	dir := t.TempDir()
	n := &Network{}
	for _, script := range []string{"echo goodbye; exit 3", "sleep 60"} {
		p := n.newProcess(script, filepath.Join(dir, strings.ReplaceAll(script, " ", "-")), "/bin/sh", "-c", script)
		require.NoError(t, p.Start())
		n.processes = append(n.processes, p)
	}
	t.Cleanup(n.Stop)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	err := n.Follow(ctx, func(p *Process, why error) {
		require.Equal(t, n.processes[0], p)
		require.ErrorIs(t, why, ErrExited)
		require.ErrorContains(t, why, "goodbye")
		require.Equal(t, "/bin/sh -c 'echo goodbye; exit 3'", p.Command())
		n.processes[1].Kill()
	})
	require.ErrorIs(t, err, ErrExited, "none is left")
	require.NoError(t, ctx.Err())
}
