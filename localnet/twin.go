package localnet

import (
	"context"
	"fmt"
	"path/filepath"
)

// Twin starts a further node that signs with the consensus key of a node that runs, as a validator does that was restored from a backup
// while it still ran elsewhere: sooner or later both sign for one height, and the chain slashes them. It knows nothing of what the first
// has signed. Flags, if any, are further ones of its own. It is not among Nodes, and ends with the network.
func (n *Network) Twin(ctx context.Context, of int, flags ...string) (*Node, error) {
	if of < 0 || of >= len(n.nodes) {
		return nil, fmt.Errorf("%w: a twin of node %d, the nodes are 0 to %d", ErrConfig, of, len(n.nodes)-1)
	}
	ports, err := freePorts(4)
	if err != nil {
		return nil, err
	}
	first := n.nodes[of]
	name := first.name + "-twin"
	twin := &Node{name: name, home: filepath.Join(n.cfg.Dir, name), p2p: ports[0], rpc: ports[1], grpc: ports[2], rest: ports[3]}
	if _, err := run(ctx, n.cfg.program("agond"), "init", name, "--chain-id", n.cfg.ChainID, "--home", twin.home); err != nil {
		return nil, err
	}
	if err := n.configureNode(twin); err != nil {
		return nil, err
	}
	for _, file := range []string{"genesis.json", "priv_validator_key.json"} {
		if err := copyFile(filepath.Join(first.home, "config", file), filepath.Join(twin.home, "config", file)); err != nil {
			return nil, err
		}
	}
	return twin, n.startNode(len(n.nodes), twin, flags...)
}
