package localnet

import (
	"context"
	"os"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/agon-chain/agon/chain"
)

// Netuid is the first subnet that a network opens; others follow.
const Netuid = 1

// Names of keys in the first node's keyring.
const (
	// SubnetOwnerKey owns the subnets.
	SubnetOwnerKey = "subnet-owner"
	// HolderKey is a funded account for whoever tries the network.
	HolderKey = "alice"
)

// Network is a running network.
type Network struct {
	cfg        Config
	nodes      []*Node
	miners     []*Participant
	validators []*Participant
	gateway    *Gateway // nil: none
	processes  []*Process
	client     *chain.Client
	keys       *chain.Keyring
	relays     []func() // each ends one and waits for it
	lock       *os.File
}

// Up starts a network and returns when every miner serves, every validator judges and all stake is placed. On error, and
// when ctx ends before that, it has stopped what it had started. The caller stops what Up returns.
func Up(ctx context.Context, cfg Config) (*Network, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	n := &Network{cfg: cfg}
	if err := n.up(ctx); err != nil {
		n.Stop()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	return n, nil
}

func (n *Network) up(ctx context.Context) error {
	n.cfg.step("writing homes, keys and genesis in %s", n.cfg.Dir)
	if err := n.claim(ctx); err != nil {
		return err
	}
	for _, s := range n.cfg.Subnets {
		if s.Lay == nil {
			continue
		}
		if err := s.Lay(s.DataDir); err != nil {
			return err
		}
	}
	if err := n.layNodes(); err != nil {
		return err
	}
	grants, err := n.layParticipants()
	if err != nil {
		return err
	}
	paying, err := n.layGateway()
	if err != nil {
		return err
	}
	if err := n.makeGenesis(ctx, append(grants, paying...)); err != nil {
		return err
	}
	n.cfg.step("starting %d consensus node(s)", len(n.nodes))
	if err := n.startNodes(ctx); err != nil {
		return err
	}
	for i, s := range n.cfg.Subnets {
		netuid := Netuid + uint32(i)
		n.cfg.step("opening subnet %d %q for %s", netuid, s.Name, s.TaskKind)
		if err := n.openSubnet(ctx, netuid, s); err != nil {
			return err
		}
		if err := n.publish(ctx, s); err != nil {
			return err
		}
	}
	n.cfg.step("starting %d miners", len(n.miners))
	if err := n.startMiners(ctx); err != nil {
		return err
	}
	n.cfg.step("starting %d validators and staking behind them", len(n.validators))
	if err := n.startValidators(ctx); err != nil {
		return err
	}
	if n.cfg.Gateway {
		n.cfg.step("starting a gateway, with money for calls and a key for whoever tries it")
		if err := n.startGateway(ctx); err != nil {
			return err
		}
	}
	return n.writeEndpoints()
}

// Client is a connection to the first node.
func (n *Network) Client() *chain.Client { return n.client }

// Config is what the network was made from.
func (n *Network) Config() Config { return n.cfg }

// Nodes are the consensus nodes.
func (n *Network) Nodes() []*Node { return n.nodes }

// Miners of all subnets in the order of the configuration.
func (n *Network) Miners() []*Participant { return n.miners }

// Validators of all subnets in the order of the configuration.
func (n *Network) Validators() []*Participant { return n.validators }

// Gateway is the network's gateway, or nil.
func (n *Network) Gateway() *Gateway { return n.gateway }

// Of leaves those of one subnet.
func Of(netuid uint32, participants []*Participant) []*Participant {
	return slices.DeleteFunc(slices.Clone(participants), func(p *Participant) bool { return p.Netuid != netuid })
}

// Keys is the first node's keyring, with SubnetOwnerKey and HolderKey.
func (n *Network) Keys() *chain.Keyring { return n.keys }

// Watch returns when ctx ends, or with ErrExited as soon as one of the programs ends by itself.
func (n *Network) Watch(ctx context.Context) error {
	watching, cancel := context.WithCancel(ctx)
	defer cancel()
	g, watching := errgroup.WithContext(watching)
	for _, p := range n.processes {
		g.Go(func() error {
			select {
			case <-watching.Done():
				return nil
			case <-p.Done():
				return p.Exited()
			}
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// Follow returns when ctx ends. It tells of each program that ends by itself: whoever kills one to see what happens finds the
// others running and may start it again. With none left it returns the last one's ErrExited.
func (n *Network) Follow(ctx context.Context, ended func(p *Process, why error)) error {
	type end struct {
		process *Process
		why     error
	}
	ends := make(chan end)
	watching, cancel := context.WithCancel(ctx)
	var g errgroup.Group
	defer func() {
		cancel()
		_ = g.Wait() // none returns an error
	}()
	for _, p := range n.processes {
		g.Go(func() error {
			select {
			case <-watching.Done():
				return nil
			case <-p.Done():
			}
			select {
			case <-watching.Done():
			case ends <- end{p, p.Exited()}:
			}
			return nil
		})
	}
	for left := len(n.processes); ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e := <-ends:
			if left--; left == 0 {
				return e.why
			}
			ended(e.process, e.why)
		}
	}
}

// Stop ends all programs and waits for them: the gateway first, whose calls under way still need their miners, and the nodes last. It
// may be called again.
func (n *Network) Stop() {
	if n.client != nil {
		n.client.Close()
		n.client = nil
	}
	for _, end := range n.relays {
		end()
	}
	n.relays = nil
	if n.gateway != nil && n.gateway.Process != nil {
		n.gateway.Stop()
	}
	last := slices.IndexFunc(n.processes, func(p *Process) bool { return !n.isNode(p) })
	if last < 0 {
		last = len(n.processes)
	}
	stopAll(n.processes[last:])
	stopAll(n.processes[:last])
	n.release()
}

func (n *Network) isNode(p *Process) bool {
	return slices.ContainsFunc(n.nodes, func(node *Node) bool { return node.Process == p })
}

func stopAll(processes []*Process) {
	var g errgroup.Group
	for _, p := range processes {
		g.Go(func() error {
			p.Stop()
			return nil
		})
	}
	_ = g.Wait()
}
