package localnet

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/agon-chain/agon/chain"
)

// Endpoints says where a running network is found; it is written as endpoints.json.
type Endpoints struct {
	ChainID    string     `json:"chain_id"`
	RPC        string     `json:"rpc"`
	REST       string     `json:"rest"`
	GRPC       string     `json:"grpc"`
	Home       string     `json:"home"`
	Netuid     uint32     `json:"netuid"` // of the first subnet
	Miners     []Endpoint `json:"miners"`
	Validators []Endpoint `json:"validators"`
	// Gateway is the URL of the gateway, and APIKey a key with credits there: whoever reads it spends the gateway's money.
	Gateway string `json:"gateway,omitempty"`
	APIKey  string `json:"api_key,omitempty"`
	// GatewayAccount pays the miners, and GatewayMetrics tells of it.
	GatewayAccount string `json:"gateway_account,omitempty"`
	GatewayMetrics string `json:"gateway_metrics,omitempty"`
}

// Endpoint is one miner or validator.
type Endpoint struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Netuid  uint32 `json:"netuid"`
	UID     uint16 `json:"uid"`
	Hotkey  string `json:"hotkey"`
	Owner   string `json:"owner"`
	URL     string `json:"url,omitempty"`
	Metrics string `json:"metrics"`
	Home    string `json:"home"`
}

// Endpoints reads the uids from the chain and returns where everybody is.
func (n *Network) Endpoints(ctx context.Context) (Endpoints, error) {
	graphs := make([]*chain.Metagraph, len(n.cfg.Subnets))
	for i := range graphs {
		var err error
		if graphs[i], err = n.client.Metagraph(ctx, Netuid+uint32(i)); err != nil {
			return Endpoints{}, err
		}
	}
	e := Endpoints{
		ChainID: n.cfg.ChainID, RPC: n.nodes[0].RPC(), REST: n.nodes[0].REST(), GRPC: n.nodes[0].GRPC(),
		Home: absolute(n.nodes[0].home), Netuid: Netuid,
	}
	list := func(participants []*Participant) []Endpoint {
		var out []Endpoint
		for _, p := range participants {
			uid, _ := graphs[p.Netuid-Netuid].UIDOf(p.Hotkey)
			out = append(out, Endpoint{
				Name: p.Name, Kind: p.Kind, Netuid: p.Netuid, UID: uid, Hotkey: p.Hotkey, Owner: p.Owner, URL: p.URL,
				Metrics: "http://" + loopback(p.metrics) + "/metrics", Home: absolute(p.Home),
			})
		}
		return out
	}
	e.Miners, e.Validators = list(n.miners), list(n.validators)
	if g := n.gateway; g != nil {
		e.Gateway, e.APIKey, e.GatewayAccount, e.GatewayMetrics = g.URL, g.APIKey, g.Account, g.Metrics()
	}
	return e, nil
}

// EndpointsFile is where the endpoints are written, for the network's owner alone.
func (c Config) EndpointsFile() string { return filepath.Join(c.Dir, "endpoints.json") }

func (n *Network) writeEndpoints() error {
	e, err := n.Endpoints(context.Background())
	if err != nil {
		return err
	}
	bz, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(n.cfg.EndpointsFile(), append(bz, '\n'), 0o600)
}

// absolute is a path that holds from any folder.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
