package localnet_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/localnet"
)

// ask is a node's answer on its RPC, or an error while it does not answer.
func ask(ctx context.Context, url string, result any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	bz, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	var answer struct {
		Result json.RawMessage `json:"result"`
		Error  json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(bz, &answer); err != nil || answer.Result == nil {
		return fmt.Errorf("%s: %s", url, bz)
	}
	return json.Unmarshal(answer.Result, result)
}

// status is where a node stands.
type status struct {
	SyncInfo struct {
		Latest     string `json:"latest_block_height"`
		Earliest   string `json:"earliest_block_height"`
		CatchingUp bool   `json:"catching_up"`
	} `json:"sync_info"`
}

func (s status) latest() int64 {
	n, _ := strconv.ParseInt(s.SyncInfo.Latest, 10, 64) // none before the first answer
	return n
}

// appHash is the hash of the state that a height's header carries.
func appHash(ctx context.Context, rpc string, height int64) (hash, block string, err error) {
	var commit struct {
		Header struct {
			Header struct {
				AppHash string `json:"app_hash"`
			} `json:"header"`
			Commit struct {
				BlockID struct {
					Hash string `json:"hash"`
				} `json:"block_id"`
			} `json:"commit"`
		} `json:"signed_header"`
	}
	err = ask(ctx, fmt.Sprintf("%s/commit?height=%d", rpc, height), &commit)
	return commit.Header.Header.AppHash, commit.Header.Commit.BlockID.Hash, err
}

// set replaces values in a file of settings.
func set(t *testing.T, path string, values map[string]string) {
	t.Helper()
	bz, err := os.ReadFile(path)
	require.NoError(t, err)
	for key, value := range values {
		line := regexp.MustCompile(`(?m)^` + key + ` = .*$`)
		require.True(t, line.Match(bz), "no %s in %s", key, path)
		bz = line.ReplaceAllLiteral(bz, []byte(key+" = "+value))
	}
	require.NoError(t, os.WriteFile(path, bz, 0o600))
}

// freePorts are ports that nobody listens on now.
func freePorts(t *testing.T, n int) (ports []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer l.Close()
		_, port, err := net.SplitHostPort(l.Addr().String())
		require.NoError(t, err)
		ports = append(ports, port)
	}
	return ports
}

// guest is a node that is not one of the network's own.
type guest struct {
	t    *testing.T
	cfg  localnet.Config
	home string
	args []string
	cmd  *exec.Cmd
}

func (g *guest) agond(args ...string) string {
	g.t.Helper()
	cmd := exec.Command(filepath.Join(g.cfg.BinDir, "agond"), append(args, "--home", g.home)...)
	out, err := cmd.CombinedOutput()
	require.NoError(g.t, err, "agond %v: %s", args, out)
	return string(out)
}

func (g *guest) start() {
	g.t.Helper()
	log, err := os.OpenFile(filepath.Join(g.cfg.Dir, "logs", "guest.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(g.t, err)
	defer log.Close()
	g.cmd = exec.Command(filepath.Join(g.cfg.BinDir, "agond"), append([]string{"start", "--home", g.home, "--log_no_color"}, g.args...)...)
	g.cmd.Stdout, g.cmd.Stderr = log, log
	require.NoError(g.t, g.cmd.Start())
}

func (g *guest) stop(signal syscall.Signal) {
	if g.cmd == nil {
		return
	}
	_ = g.cmd.Process.Signal(signal)
	_ = g.cmd.Wait() // killed or not, it has ended
	g.cmd = nil
}

// TestStateSyncAndRollback lets a fresh node join a network by a snapshot, having seen none of its blocks before; then takes its last block back with
// agond rollback, after a kill. Each time it is at the network's state again, to the hash.
func TestStateSyncAndRollback(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cfg := smallConfig(t)
	cfg.SnapshotInterval = 10
	cfg.Subnets[0].Miners, cfg.Subnets[0].Validators = cfg.Subnets[0].Miners[:1], nil
	n := up(t, ctx, cfg)
	node := n.Nodes()[0]
	height := func(rpc string) (s status) {
		if err := ask(ctx, rpc+"/status", &s); err != nil {
			return status{}
		}
		return s
	}
	// A snapshot is offered once its height has passed.
	require.Eventually(t, func() bool { return height(node.RPC()).latest() >= 14 }, time.Minute, 100*time.Millisecond)
	trusted := height(node.RPC()).latest() - 8
	_, hash, err := appHash(ctx, node.RPC(), trusted)
	require.NoError(t, err)

	ports := freePorts(t, 3)
	g := &guest{t: t, cfg: cfg, home: filepath.Join(t.TempDir(), "guest")}
	t.Cleanup(func() { g.stop(syscall.SIGKILL) })
	g.agond("init", "guest", "--chain-id", cfg.ChainID)
	genesis, err := os.ReadFile(filepath.Join(node.Home(), "config", "genesis.json"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(g.home, "config", "genesis.json"), genesis, 0o600))
	id, err := exec.Command(filepath.Join(cfg.BinDir, "agond"), "comet", "show-node-id", "--home", node.Home()).Output()
	require.NoError(t, err)
	set(t, filepath.Join(g.home, "config", "config.toml"), map[string]string{
		"enable": "true", "rpc_servers": strconv.Quote(node.RPC() + "," + node.RPC()), "trust_height": strconv.FormatInt(trusted, 10),
		"trust_hash": strconv.Quote(hash), "discovery_time": `"5s"`, "addr_book_strict": "false", "allow_duplicate_ip": "true",
	})
	rpc := "http://127.0.0.1:" + ports[1]
	g.args = []string{
		"--p2p.laddr", "tcp://127.0.0.1:" + ports[0], "--rpc.laddr", "tcp://127.0.0.1:" + ports[1], "--grpc.address", "127.0.0.1:" + ports[2],
		"--api.enable=false", "--p2p.persistent_peers", strings.TrimSpace(string(id)) + "@" + node.P2P(),
	}
	same := func(what string, from int64) int64 {
		var at int64
		require.Eventually(t, func() bool {
			s := height(rpc)
			at = s.latest()
			return at > from && !s.SyncInfo.CatchingUp
		}, 90*time.Second, 100*time.Millisecond, what)
		want, _, err := appHash(ctx, node.RPC(), at)
		require.NoError(t, err)
		got, _, err := appHash(ctx, rpc, at)
		require.NoError(t, err)
		require.Equal(t, want, got, what)
		return at
	}
	g.start()
	at := same("after state sync", trusted)
	earliest, err := strconv.ParseInt(height(rpc).SyncInfo.Earliest, 10, 64)
	require.NoError(t, err)
	require.Greater(t, earliest, int64(1), "it replayed the chain")

	at = same("further on", at+3) // a rollback needs the block before the last one, which the snapshot's is not
	g.stop(syscall.SIGKILL)
	out := g.agond("rollback")
	require.Contains(t, out, "Rolled back")
	g.start()
	same("after a rollback", at+2)
}
