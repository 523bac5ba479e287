package localnet

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/wire"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
)

// GatewayKey is the name of the gateway's key: it signs calls and pays for them.
const GatewayKey = "gateway"

const (
	// gatewayDeposit is what the gateway's account in x/payment holds at the start, in nagon: more than its channels may hold together, so that
	// nothing else ever goes in.
	gatewayDeposit = 50_000_000_000
	// gatewayCredits are those of the customer whose key endpoints.json has.
	gatewayCredits = "50agon"
	// gatewayDrain is how long calls under way have when the network stops; it is less than what a program has until it is killed.
	gatewayDrain = grace / 2
	// gatewayClient names the customer and the key.
	gatewayClient = "localnet"
)

// callPrice is what miners ask that have a price: some 10^4 nagon for a short conversation.
var callPrice = wire.Price{PerRequest: 5_000, PerMillionInput: 20_000_000, PerMillionOutput: 100_000_000}

// callClaim is from how many nagon on they claim: several times what the claim's transaction costs.
const callClaim = 200_000

// callCheck is how often they look whether to.
const callCheck = "2s"

// Gateway is what answers programs that speak OpenAI's API.
type Gateway struct {
	*Process

	// URL is where it serves, without the API's /v1.
	URL string
	// APIKey is a key with credits. It goes to endpoints.json and nowhere else.
	APIKey string
	// Account pays the miners.
	Account string
	// Home is the daemon's folder.
	Home string

	keys   *chain.Keyring
	listen int
	admin  int
}

// AddGateway adds a gateway, and gives a price to the honest miners of conversations that no relay stands before: a relay pays nobody.
func (c *Config) AddGateway() {
	c.Gateway = true
	for _, s := range c.Subnets {
		if s.TaskKind != "chat" {
			continue
		}
		relayed := map[string]bool{}
		for _, m := range s.Miners {
			relayed[m.Relay] = true
		}
		for i, m := range s.Miners {
			if m.Kind == "honest" && !relayed[m.Name] {
				s.Miners[i].Price, s.Miners[i].ClaimAbove = callPrice, callClaim
			}
		}
	}
}

// layGateway makes the gateway's key and says what the genesis must fund.
func (n *Network) layGateway() ([]grant, error) {
	if !n.cfg.Gateway {
		return nil, nil
	}
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	g := &Gateway{Home: filepath.Join(n.cfg.Dir, "gateway"), URL: "http://" + loopback(ports[0]), listen: ports[0], admin: ports[1]}
	if err := os.MkdirAll(g.Home, 0o700); err != nil {
		return nil, err
	}
	if g.keys, err = chain.OpenKeyring(g.Home, "test", chain.Passphrase{}); err != nil {
		return nil, err
	}
	if _, _, err := g.keys.Ensure(GatewayKey); err != nil {
		return nil, err
	}
	address, err := g.keys.Address(GatewayKey)
	if err != nil {
		return nil, err
	}
	g.Account, n.gateway = address.String(), g
	return []grant{{g.Account, participantFunds}}, nil
}

// startGateway sets the gateway up the way its operator would, with money and one customer's key, starts it, and waits until it serves.
func (n *Network) startGateway(ctx context.Context) error {
	g, path := n.gateway, n.cfg.program("agon-gateway")
	do := func(args ...string) (string, error) {
		out, err := run(ctx, path, append(args, "--home", g.Home)...)
		return strings.TrimSpace(string(out)), err
	}
	if _, err := do(append([]string{
		"init", "--rpc", n.nodes[0].RPC(), "--grpc", n.nodes[0].GRPC(), "--chain-id", n.cfg.ChainID,
		"--keyring-backend", "test", "--signing-key", GatewayKey,
		"--listen", loopback(g.listen), "--admin-listen", loopback(g.admin), "--allow-private",
		"--poll-every", n.cfg.pollEvery(), "--refresh-every", "1s", "--drain-timeout", gatewayDrain.String(),
	}, n.cfg.GatewaySettings...)...); err != nil {
		return err
	}
	// Before the daemon runs: both send under the same key.
	if _, err := n.Submit(ctx, g.keys, GatewayKey, &paymenttypes.MsgDeposit{
		Sender: g.Account, Owner: g.Account, Amount: gatewayDeposit,
	}); err != nil {
		return fmt.Errorf("deposit for the gateway: %w", err)
	}
	customer, err := do("customer", "create", gatewayClient)
	if err != nil {
		return err
	}
	if _, err := do("customer", "credit", customer, gatewayCredits); err != nil {
		return err
	}
	if g.APIKey, err = do("key", "create", gatewayClient, "--customer", customer); err != nil {
		return err
	}
	g.Process = n.newProcess("gateway", filepath.Join(n.cfg.Dir, "logs", "gateway.log"), path, "run", "--home", g.Home)
	if err := g.Start(); err != nil {
		return err
	}
	n.processes = append(n.processes, g.Process)
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	return g.WaitReady(ctx)
}

// WaitReady waits until the gateway answers calls, or has ended, or ctx ends.
func (g *Gateway) WaitReady(ctx context.Context) error {
	return g.waitWell(ctx, "http://"+loopback(g.admin)+"/readyz")
}

// Keys is the gateway's keyring, with GatewayKey.
func (g *Gateway) Keys() *chain.Keyring { return g.keys }

// Metrics is the address of the gateway's metrics.
func (g *Gateway) Metrics() string { return "http://" + loopback(g.admin) + "/metrics" }
