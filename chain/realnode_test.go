package chain

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/params"
)

const testChainID = "agon-chain-test"

// agond finds the program in AGON_BIN_DIR or in the repository's bin, or skips the test.
func agond(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("AGON_BIN_DIR")
	if dir == "" {
		dir = filepath.Join("..", "bin")
	}
	path, err := filepath.Abs(filepath.Join(dir, "agond"))
	require.NoError(t, err)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no agond at %s: run `make build`, or name its folder in AGON_BIN_DIR", path)
	}
	return path
}

// realNode is a chain of one agond with blocks of about 300 ms. Key "owner" holds a million AGON, "rich" ten thousand.
type realNode struct {
	t       *testing.T
	program string
	home    string
	cfg     Config
	p2p     string
	keys    *Keyring
	process *exec.Cmd
	log     *os.File
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

func newRealNode(t *testing.T) *realNode {
	t.Helper()
	n := &realNode{t: t, program: agond(t), home: t.TempDir(), p2p: freePort(t)}
	n.cfg = DefaultConfig()
	n.cfg.RPC, n.cfg.GRPC = "http://"+freePort(t), freePort(t)
	n.cfg.ChainID, n.cfg.PollEvery = testChainID, 100*time.Millisecond

	n.agond("init", "test", "--chain-id", testChainID)
	var err error
	n.keys, err = OpenKeyring(n.home, "test", Passphrase{})
	require.NoError(t, err)
	for name, amount := range map[string]int64{KeyOwner: 1_000_000, "rich": 10_000} {
		created, mnemonic, err := n.keys.Ensure(name)
		require.NoError(t, err)
		require.True(t, created)
		require.Len(t, strings.Fields(mnemonic), 24)
		n.agond("genesis", "add-genesis-account", n.address(name).String(), params.Agon(amount).String())
	}
	n.agond("genesis", "gentx", KeyOwner, params.Agon(100).String(), "--chain-id", testChainID, "--keyring-backend", "test")
	n.agond("genesis", "collect-gentxs")

	path := filepath.Join(n.home, "config", "config.toml")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	fast := bytes.Replace(text, []byte(`timeout_commit = "2s"`), []byte(`timeout_commit = "300ms"`), 1)
	require.NotEqual(t, text, fast, "timeout_commit is no longer 2s")
	require.NoError(t, os.WriteFile(path, fast, 0o600))
	n.log, err = os.Create(filepath.Join(t.TempDir(), "agond.log"))
	require.NoError(t, err)
	t.Cleanup(func() {
		n.stop(syscall.SIGTERM)
		if t.Failed() {
			text, _ := os.ReadFile(n.log.Name())
			t.Logf("end of agond's log:\n%s", text[max(0, len(text)-3000):])
		}
		n.log.Close()
	})
	return n
}

func (n *realNode) agond(args ...string) {
	n.t.Helper()
	out, err := exec.Command(n.program, append(args, "--home", n.home)...).CombinedOutput()
	require.NoError(n.t, err, "agond %v: %s", args, out)
}

func (n *realNode) address(key string) sdk.AccAddress {
	n.t.Helper()
	a, err := n.keys.Address(key)
	require.NoError(n.t, err)
	return a
}

// start runs agond; it answers a little later.
func (n *realNode) start() {
	n.t.Helper()
	n.process = exec.Command(n.program, "start", "--home", n.home, "--log_no_color",
		"--rpc.laddr", strings.Replace(n.cfg.RPC, "http", "tcp", 1), "--p2p.laddr", "tcp://"+n.p2p,
		"--grpc.address", n.cfg.GRPC, "--api.enable=false")
	n.process.Stdout, n.process.Stderr = n.log, n.log
	require.NoError(n.t, n.process.Start())
}

// stop ends agond and waits for it. SIGKILL leaves it no time to save anything.
func (n *realNode) stop(signal syscall.Signal) {
	if n.process == nil {
		return
	}
	_ = n.process.Process.Signal(signal)
	_ = n.process.Wait()
	n.process = nil
}

// dial waits for the node's first block.
func (n *realNode) dial(ctx context.Context) *Client {
	n.t.Helper()
	var c *Client
	require.Eventually(n.t, func() bool {
		var err error
		if c, err = Dial(ctx, n.cfg); err != nil {
			return false
		}
		if h, err := c.Height(ctx); err == nil && h > 0 {
			return true
		}
		_ = c.Close()
		return false
	}, 30*time.Second, 200*time.Millisecond, "agond does not answer")
	n.t.Cleanup(func() { require.NoError(n.t, c.Close()) })
	return c
}

// queue runs a queue until the test ends.
func (n *realNode) queue(c *Client, key string, opts TxOptions) *TxQueue {
	n.t.Helper()
	q, err := NewTxQueue(c, n.keys, key, opts)
	require.NoError(n.t, err)
	n.run(fmt.Sprintf("queue of %s", key), q.Run)
	return q
}

// run starts a part of a daemon and ends it with the test.
func (n *realNode) run(name string, part func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- part(ctx) }()
	n.t.Cleanup(func() {
		cancel()
		require.ErrorIs(n.t, <-ended, context.Canceled, name)
	})
}
