package localnet

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agon-chain/agon/chain"
)

// Node is one consensus node.
type Node struct {
	*Process

	name string
	id   string // of its peer-to-peer key, once started beside others
	home string
	at   Place
	p2p  int
	rpc  int
	grpc int
	rest int
}

// Place is where on the machine a node runs. The zero value is where its network's programs run, on the loopback address.
type Place struct {
	// Address at which the node listens and others reach it; empty is 127.0.0.1.
	Address string
	// In are the words of a command that runs the node's own, which comes behind them: ip netns exec and a name, say.
	In []string
}

func (p Place) listen(port int) string {
	if p.Address == "" {
		return loopback(port)
	}
	return net.JoinHostPort(p.Address, strconv.Itoa(port))
}

// RPC is the address of the node's CometBFT RPC.
func (n *Node) RPC() string { return "http://" + n.at.listen(n.rpc) }

// GRPC is the address of the node's gRPC.
func (n *Node) GRPC() string { return n.at.listen(n.grpc) }

// REST is the address of the node's REST gateway.
func (n *Node) REST() string { return "http://" + n.at.listen(n.rest) }

// P2P is the address at which the node's peers reach it.
func (n *Node) P2P() string { return n.at.listen(n.p2p) }

// Home is the node's folder.
func (n *Node) Home() string { return n.home }

func (n *Node) genesis() string { return filepath.Join(n.home, "config", "genesis.json") }

// layNodes names the nodes and finds ports for them.
func (n *Network) layNodes() error {
	ports, err := freePorts(4 * n.cfg.Nodes)
	if err != nil {
		return err
	}
	for i := range n.cfg.Nodes {
		name := fmt.Sprintf("node-%d", i)
		p := ports[4*i:]
		node := &Node{name: name, home: filepath.Join(n.cfg.Dir, name), p2p: p[0], rpc: p[1], grpc: p[2], rest: p[3]}
		if n.cfg.Place != nil {
			node.at = n.cfg.Place(i)
		}
		n.nodes = append(n.nodes, node)
	}
	return nil
}

// configureNode sets what no flag sets: how the node makes blocks, and where a command line that is given the node's folder
// as its home finds node and keys.
func (n *Network) configureNode(node *Node) error {
	folder := filepath.Join(node.home, "config")
	settings := map[string]string{
		"timeout_commit":     strconv.Quote(n.cfg.BlockTime.String()),
		"addr_book_strict":   "false",
		"allow_duplicate_ip": "true",
	}
	if n.cfg.Peer != nil {
		settings["pex"] = "false" // or they would find ways around what Peer says
	}
	if err := setLines(filepath.Join(folder, "config.toml"), settings); err != nil {
		return err
	}
	if n.cfg.SnapshotInterval > 0 {
		// Many are kept: at this pace one would be gone before a node that joins on a busy machine has asked for it.
		every := map[string]string{"snapshot-interval": strconv.FormatUint(n.cfg.SnapshotInterval, 10), "snapshot-keep-recent": "100"}
		if err := setLines(filepath.Join(folder, "app.toml"), every); err != nil {
			return err
		}
	}
	return setLines(filepath.Join(folder, "client.toml"), map[string]string{
		"chain-id":        strconv.Quote(n.cfg.ChainID),
		"keyring-backend": strconv.Quote("test"),
		"node":            strconv.Quote(node.RPC()),
	})
}

// setLines replaces the values of keys that a file of settings has.
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
	return os.WriteFile(path, bz, 0o644)
}

// startNodes starts all consensus nodes and waits until the first makes blocks.
func (n *Network) startNodes(ctx context.Context) error {
	if len(n.nodes) > 1 {
		for _, node := range n.nodes {
			id, err := run(ctx, n.cfg.program("agond"), "comet", "show-node-id", "--home", node.home)
			if err != nil {
				return err
			}
			node.id = strings.TrimSpace(string(id))
		}
	}
	for i, node := range n.nodes {
		if err := n.startNode(i, node); err != nil {
			return err
		}
	}
	return n.dial(ctx)
}

// startNode starts a node whose number is i, with all others of the network as its peers. Of a flag that is given twice the last counts.
func (n *Network) startNode(i int, node *Node, flags ...string) error {
	var others []string
	for j, other := range n.nodes {
		if i == j {
			continue
		}
		address := other.P2P()
		if n.cfg.Peer != nil {
			var err error
			if address, err = n.cfg.Peer(i, j, address); err != nil {
				return err
			}
		}
		others = append(others, other.id+"@"+address)
	}
	args := append([]string{
		"start", "--home", node.home, "--log_no_color",
		"--p2p.laddr", "tcp://" + node.P2P(),
		"--p2p.persistent_peers", strings.Join(others, ","),
		"--rpc.laddr", "tcp://" + node.at.listen(node.rpc),
		"--grpc.address", node.GRPC(),
		"--api.address", "tcp://" + node.at.listen(node.rest),
		"--minimum-gas-prices", gasPrice,
	}, flags...)
	command := slices.Concat(node.at.In, []string{n.cfg.program("agond")}, args)
	node.Process = n.newProcess(node.name, filepath.Join(n.cfg.Dir, "logs", node.name+".log"), command[0], command[1:]...)
	if err := node.Start(); err != nil {
		return err
	}
	n.processes = append(n.processes, node.Process)
	return nil
}

// dial connects to the first node, whose start takes a moment, and waits for its second block: a query of the first may
// find no state yet.
func (n *Network) dial(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	cfg := chain.DefaultConfig()
	cfg.RPC, cfg.GRPC, cfg.ChainID, cfg.GasPrice, cfg.Logger = n.nodes[0].RPC(), n.nodes[0].GRPC(), n.cfg.ChainID, gasPrice, n.cfg.logger()
	cfg.PollEvery = max(n.cfg.BlockTime/3, 50*time.Millisecond)
	var last error
	for {
		client, err := chain.Dial(ctx, cfg)
		if err == nil {
			if height, err := client.Height(ctx); err == nil && height >= 2 {
				n.client = client
				return nil
			}
			client.Close()
		} else {
			last = err
		}
		select {
		case <-n.nodes[0].Done():
			return n.nodes[0].Exited()
		case <-ctx.Done():
			return fmt.Errorf("wait for the first blocks: %w (%w)", ctx.Err(), orNil(last))
		case <-time.After(200 * time.Millisecond):
		}
	}
}
