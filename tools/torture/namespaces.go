package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/agon-chain/agon/localnet"
)

// namespaces give each node a network namespace of its own, with a wire to one bridge. All that they do to this machine's network is the
// bridge, in a private range, and the wires' ends: rules of loss lie inside of the namespaces and go with them.
//
// Wires carry packets of at most 1,500 bytes, one by one: without that, 64 kB that TCP sends at once would be one packet to lose.
type namespaces struct {
	prefix string // of all names, at most 10 characters: an interface's has 15
	subnet string // of the bridge, without the last number
	undo   []string
}

// newNamespaces makes them. It is skipped where this machine cannot. On error nothing is left.
func newNamespaces(ctx context.Context) (*namespaces, error) {
	for _, program := range []struct{ name, of string }{{"ip", "iproute2"}, {"nft", "nftables"}} {
		if _, err := exec.LookPath(program.name); err != nil {
			return nil, skipped{fmt.Errorf("%s is missing (Debian: apt-get install %s)", program.name, program.of)}
		}
	}
	if os.Geteuid() != 0 {
		return nil, skipped{errors.New("network namespaces need root")}
	}
	pid := os.Getpid()
	n := &namespaces{prefix: fmt.Sprintf("tor%d", pid%1_000_000), subnet: fmt.Sprintf("10.%d.%d", 192+pid>>8&63, pid&255)}
	if err := n.lay(ctx); err != nil {
		n.close()
		return nil, skipped{err}
	}
	return n, nil
}

func (n *namespaces) lay(ctx context.Context) error {
	bridge := n.prefix + "-br"
	n.undo = append(n.undo, "link del "+bridge)
	lines := []string{"link add " + bridge + " type bridge", "addr add " + n.subnet + ".254/24 dev " + bridge, "link set " + bridge + " up"}
	for node := range nodes {
		name, wire := n.name(node), fmt.Sprintf("%s-%d", n.prefix, node)
		n.undo = append(n.undo, "link del "+wire, "netns del "+name)
		lines = append(lines,
			"netns add "+name,
			fmt.Sprintf("link add %s type veth peer name eth0 netns %s", wire, name),
			fmt.Sprintf("link set %s gso_max_segs 1 master %s up", wire, bridge),
			fmt.Sprintf("-n %s addr add %s/24 dev eth0", name, n.address(node)),
			fmt.Sprintf("-n %s link set eth0 gso_max_segs 1 up", name),
			fmt.Sprintf("-n %s link set lo up", name),
		)
	}
	for _, line := range lines {
		if err := invoke(ctx, "ip", strings.Fields(line)...); err != nil {
			return err
		}
	}
	return nil
}

func (n *namespaces) name(node int) string    { return fmt.Sprintf("%s-n%d", n.prefix, node) }
func (n *namespaces) address(node int) string { return fmt.Sprintf("%s.%d", n.subnet, node+1) }

// place is where a node runs; it is a localnet.Config's Place.
func (n *namespaces) place(node int) localnet.Place {
	return localnet.Place{Address: n.address(node), In: []string{"ip", "netns", "exec", n.name(node)}}
}

// lose has each node lose so many of a thousand packets that come from another node, of connections to the peers' ports alone: what asks
// the nodes how they are is not to suffer. 0 ends it.
func (n *namespaces) lose(ctx context.Context, of []*localnet.Node, perMille int) error {
	var ports []string
	for _, node := range of {
		ports = append(ports, node.P2P()[strings.LastIndexByte(node.P2P(), ':')+1:])
	}
	set := "{ " + strings.Join(ports, ", ") + " }"
	rules := "table inet torture\ndelete table inet torture\n" // the first makes it, so that the second never fails
	if perMille > 0 {
		rules += fmt.Sprintf(`table inet torture {
	chain arriving {
		type filter hook input priority 0;
		tcp dport %s numgen random mod 1000 < %d drop
		tcp sport %s numgen random mod 1000 < %d drop
	}
}
`, set, perMille, set, perMille)
	}
	for node := range nodes {
		cmd := exec.CommandContext(ctx, "ip", "netns", "exec", n.name(node), "nft", "-f", "-")
		cmd.Stdin = strings.NewReader(rules)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("nft in %s: %w: %s", n.name(node), err, out)
		}
	}
	return nil
}

// close removes what was made, also when the run was broken off. The nodes must have ended.
func (n *namespaces) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for _, line := range n.undo {
		_ = invoke(ctx, "ip", strings.Fields(line)...) // what was never made is not there
	}
}

func invoke(ctx context.Context, program string, args ...string) error {
	if out, err := exec.CommandContext(ctx, program, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
