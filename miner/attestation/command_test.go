package attestation_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/miner/attestation"
	"github.com/agon-chain/agon/verify/attest"
)

func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "attest.sh")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o700))
	return path
}

func nonce() (n [32]byte) {
	copy(n[:], bytes.Repeat([]byte{0xab}, 32))
	return n
}

func TestCommandIsGivenTheNonce(t *testing.T) {
	t.Setenv("AGON_MINER_SECRET", "secret")
	t.Setenv("VENDOR_SETTING", "kept")
	path := script(t, `printf '{"argument":"%s","environment":"%s","secret":"%s","vendor":"%s"}\n' "$2" "$AGON_NONCE" "$AGON_MINER_SECRET" "$VENDOR_SETTING"`)
	c, err := attestation.NewCommand("x509", path+" --nonce 0x"+attestation.Placeholder, 10*time.Second)
	require.NoError(t, err)
	e, err := c.Attest(context.Background(), nonce())
	require.NoError(t, err)
	n := strings.Repeat("ab", 32)
	require.Equal(t, "x509", e.Kind)
	require.JSONEq(t, fmt.Sprintf(`{"argument":"0x%s","environment":"%s","secret":"","vendor":"kept"}`, n, n), string(e.Document))
}

func TestNVIDIABundleIsWrapped(t *testing.T) {
	c, err := attestation.NewCommand(attest.KindNVIDIA, script(t, `echo '[["JWT","a"],{}]'`), 10*time.Second)
	require.NoError(t, err)
	e, err := c.Attest(context.Background(), nonce())
	require.NoError(t, err)
	require.JSONEq(t, `{"eat":[["JWT","a"],{}]}`, string(e.Document))
}

func TestCommandFails(t *testing.T) {
	for _, tc := range []struct{ name, body, says string }{
		{"exit-status", "echo no such device >&2; exit 3", "no such device"},
		{"no-json", "echo evidence", "no JSON"},
		{"nothing", "true", "no JSON"},
		{"two-documents", "echo '{}{}'", "no JSON"},
		{"endless", "while :; do echo 0123456789012345678901234567890123456789; done", "more than"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := attestation.NewCommand("x509", script(t, tc.body), 20*time.Second)
			require.NoError(t, err)
			_, err = c.Attest(context.Background(), nonce())
			require.ErrorIs(t, err, attestation.ErrFailed)
			require.ErrorContains(t, err, tc.says)
		})
	}
}

// TestCommandThatHangsIsEnded with what it started, whether its time is over or nobody waits any more.
func TestCommandThatHangsIsEnded(t *testing.T) {
	for _, left := range []bool{false, true} {
		t.Run(map[bool]string{false: "too-slow", true: "nobody-waits"}[left], func(t *testing.T) {
			pids := filepath.Join(t.TempDir(), "pids")
			timeout := 300 * time.Millisecond
			if left {
				timeout = time.Minute
			}
			c, err := attestation.NewCommand("x509", script(t, "sleep 600 & echo $! > "+pids+"; wait"), timeout)
			require.NoError(t, err)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			if left {
				time.AfterFunc(300*time.Millisecond, cancel)
			}
			began := time.Now()
			_, err = c.Attest(ctx, nonce())
			if left {
				require.ErrorIs(t, err, context.Canceled)
			} else {
				require.ErrorIs(t, err, attestation.ErrFailed)
			}
			require.Less(t, time.Since(began), 10*time.Second)
			raw, err := os.ReadFile(pids)
			require.NoError(t, err)
			pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
			require.NoError(t, err)
			require.Eventually(t, func() bool { return !alive(pid) }, 5*time.Second, 10*time.Millisecond, "what the command started lives on")
		})
	}
}

// alive is false for a process that is gone, and for one that ended and that nobody has waited for.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

func TestNewCommandRefuses(t *testing.T) {
	for name, line := range map[string]string{"empty": "  ", "absent": "/nonexistent/attest {nonce}"} {
		t.Run(name, func(t *testing.T) {
			_, err := attestation.NewCommand("x509", line, time.Second)
			require.ErrorIs(t, err, attestation.ErrCommand)
		})
	}
}
