package miner

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/wire"
)

// envVictim makes TestVictim serve until it is killed.
const envVictim = "AGON_TEST_VICTIM"

// TestVictim is the miner of another process that TestKilledMinerLeavesATruncatedStream kills. By itself it does nothing.
func TestVictim(t *testing.T) {
	if os.Getenv(envVictim) == "" {
		t.Skip("a part of TestKilledMinerLeavesATruncatedStream")
	}
	gone := make(chan error, 1)
	b := start(t, func(o *Options) {
		withPieces(endless(gone))(o)
		o.Tasks[0].MaxResponseBytes = 1 << 30
	})
	fmt.Println("victim", b.url)
	time.Sleep(time.Minute)
}

// A process that dies as SIGKILL has it, with no code of its own run after, still cannot pass a part for the whole.
func TestKilledMinerLeavesATruncatedStream(t *testing.T) {
	exe, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe, "-test.run", "^TestVictim$", "-test.v")
	cmd.Env = append(os.Environ(), envVictim+"=1")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	url := ""
	for lines := bufio.NewScanner(out); url == "" && lines.Scan(); {
		if u, ok := strings.CutPrefix(lines.Text(), "victim "); ok {
			url = u
		}
	}
	require.NotEmpty(t, url)

	service, err := wire.ServiceKeyFromSeed(seed(5))
	require.NoError(t, err)
	b := &bench{t: t, url: url, hotkey: addressOf(t, 77).String(), service: service}
	b.session = b.newSession(1)
	b.client, err = wire.NewClient(wire.ClientOptions{ChainID: testChain, AllowPrivate: true, FreshConnections: true})
	require.NoError(t, err)
	n := 0
	reply, err := b.askStream(b.call(streamed), func([]byte) error {
		if n++; n == 5 {
			require.NoError(t, cmd.Process.Kill())
		}
		return nil
	})
	require.ErrorIs(t, err, wire.ErrTruncated)
	require.Nil(t, reply.Receipt)
	require.GreaterOrEqual(t, n, 5)
	_ = cmd.Wait()
	_, err = net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	require.Error(t, err, "it is dead")
}
