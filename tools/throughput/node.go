package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"

	"github.com/agon-chain/agon/app/params"
)

const (
	chainID = "throughput-1"
	// funds of each of the generator's accounts, in nagon.
	funds = 5_000_000_000_000
	// bond of the one consensus validator, in nagon.
	bond = 100_000_000_000_000
)

// node is one consensus node as a process of its own.
type node struct {
	name    string
	home    string
	program []string // its start command without flags
	port    int      // RPC; the next is for peers, then gRPC
	grpc    bool
	// unlimited takes the limit of a block's gas away, as the SDK has none by default.
	unlimited bool
	settings
	cmd   *exec.Cmd
	ended chan struct{}
	rpc   *rpchttp.HTTP
}

// settings are lines of config.toml and app.toml that differ from what `agond init` writes, by key.
type settings struct {
	comet, app map[string]string
	profile    string // where the node writes a processor profile; none if empty
}

// lay writes a home with a genesis in which accounts are funded and edit has changed what it wants.
func (n *node) lay(ctx context.Context, agond string, addresses []string, edit func(doc map[string]any) error) error {
	run := func(args ...string) ([]byte, error) {
		cmd := exec.CommandContext(ctx, agond, append(args, "--home", n.home)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("agond %s: %w: %s", args[0], err, out)
		}
		return out, nil
	}
	if _, err := run("init", n.name, "--chain-id", chainID); err != nil {
		return err
	}
	if _, err := run("keys", "add", "node", "--keyring-backend", "test"); err != nil {
		return err
	}
	operator, err := run("keys", "show", "node", "--address", "--keyring-backend", "test")
	if err != nil {
		return err
	}
	if err := n.fund(run, append([]string{strings.TrimSpace(string(operator))}, addresses...)); err != nil {
		return err
	}
	if _, err := run("genesis", "gentx", "node", fmt.Sprintf("%d%s", uint64(bond), params.BaseDenom), "--chain-id", chainID, "--keyring-backend", "test"); err != nil {
		return err
	}
	if _, err := run("genesis", "collect-gentxs"); err != nil {
		return err
	}
	if err := editJSON(filepath.Join(n.home, "config", "genesis.json"), edit); err != nil {
		return err
	}
	return n.configure()
}

// fund adds the accounts to the genesis at once.
func (n *node) fund(run func(args ...string) ([]byte, error), addresses []string) error {
	type coin struct {
		Denom  string `json:"denom"`
		Amount string `json:"amount"`
	}
	type account struct {
		Address string `json:"address"`
		Coins   []coin `json:"coins"`
	}
	accounts := make([]account, len(addresses))
	for i, a := range addresses {
		amount := uint64(funds)
		switch i {
		case 0:
			amount = 2 * bond
		case 1:
			amount = 2 * subnets * creationCost // who opens the subnets
		}
		accounts[i] = account{a, []coin{{params.BaseDenom, strconv.FormatUint(amount, 10)}}}
	}
	bz, err := json.Marshal(accounts)
	if err != nil {
		return err
	}
	path := filepath.Join(n.home, "accounts.json")
	if err := os.WriteFile(path, bz, 0o600); err != nil {
		return err
	}
	_, err = run("genesis", "bulk-add-genesis-account", path)
	return err
}

// configure writes the settings into both files.
func (n *node) configure() error {
	comet := map[string]string{
		"prometheus": "false", "pprof_laddr": strconv.Quote(""),
		// What a load test needs on either chain: room for what waits, and blocks as fast as they come.
		"size": "200000", "max_txs_bytes": "268435456", "cache_size": "400000", "timeout_commit": strconv.Quote("500ms"),
		"max_request_batch_size": "200",
	}
	for k, v := range n.comet {
		comet[k] = v
	}
	folder := filepath.Join(n.home, "config")
	if err := setLines(filepath.Join(folder, "config.toml"), comet); err != nil {
		return err
	}
	app := map[string]string{"minimum-gas-prices": strconv.Quote("0.001nagon"), "snapshot-interval": "0"}
	for k, v := range n.app {
		app[k] = v
	}
	return setLines(filepath.Join(folder, "app.toml"), app)
}

// setLines replaces the values of keys that a file of settings has; of a key that stands in several sections, all.
func setLines(path string, values map[string]string) error {
	bz, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for key, value := range values {
		line := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(key) + ` = .*$`)
		if !line.Match(bz) {
			return fmt.Errorf("no %s in %s", key, path)
		}
		bz = line.ReplaceAllLiteral(bz, []byte(key+" = "+value))
	}
	return os.WriteFile(path, bz, 0o600)
}

// editJSON changes a file of JSON.
func editJSON(path string, edit func(doc map[string]any) error) error {
	bz, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var doc map[string]any
	if err := json.Unmarshal(bz, &doc); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if err := edit(doc); err != nil {
		return err
	}
	if bz, err = json.Marshal(doc); err != nil {
		return err
	}
	return os.WriteFile(path, bz, 0o600)
}

// start runs the node and returns when it has made three blocks: writing a large genesis holds up those after the first.
func (n *node) start(ctx context.Context) error {
	address := func(i int) string { return fmt.Sprintf("127.0.0.1:%d", n.port+i) }
	args := append(n.program[1:len(n.program):len(n.program)], "--home", n.home, "--rpc.laddr", "tcp://"+address(0), "--p2p.laddr", "tcp://"+address(1),
		"--api.enable=false")
	if n.grpc {
		args = append(args, "--grpc.enable=true", "--grpc.address", address(2))
	} else {
		args = append(args, "--grpc.enable=false")
	}
	if n.profile != "" {
		args = append(args, "--cpu-profile", n.profile)
	}
	n.cmd = exec.Command(n.program[0], args...)
	out, err := os.OpenFile(filepath.Join(n.home, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	n.cmd.Stdout, n.cmd.Stderr = out, out
	if err := n.cmd.Start(); err != nil {
		return err
	}
	n.ended = make(chan struct{})
	go func() { // ends with the process, which stop waits for
		_ = n.cmd.Wait()
		close(n.ended)
	}()
	if n.rpc, err = rpchttp.New("http://"+address(0), "/websocket"); err != nil {
		return err
	}
	// A genesis of a million positions takes minutes to load.
	var first int64
	deadline := time.Now().Add(20 * time.Minute)
	for time.Now().Before(deadline) && ctx.Err() == nil {
		if status, err := n.rpc.Status(ctx); err == nil && status.SyncInfo.LatestBlockHeight > 0 {
			if first == 0 {
				first = status.SyncInfo.LatestBlockHeight
			}
			if status.SyncInfo.LatestBlockHeight >= first+2 {
				return nil
			}
		}
		select {
		case <-n.ended:
			return fmt.Errorf("%s ended at its start; its log is %s", n.name, out.Name())
		case <-time.After(200 * time.Millisecond):
		}
	}
	return fmt.Errorf("%s made no block; its log is %s", n.name, out.Name())
}

// stop ends the node and waits for it.
func (n *node) stop() {
	if n.ended == nil {
		return
	}
	_ = n.cmd.Process.Signal(os.Interrupt)
	<-n.ended
	n.ended = nil
}
