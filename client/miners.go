package client

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/wire"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Miner is one that can be called.
type Miner struct {
	chain.Neuron
	Netuid uint16
	Price  wire.Price // zero: free
	Models []Model    // versions that it is bound to
}

// Model is a version in x/model.
type Model struct {
	ID   uint64
	Name string // name@version
}

// directory is what a client reads of the chain.
type directory interface {
	miners(ctx context.Context, netuid uint16) ([]Miner, error)
	sealingKey(ctx context.Context, m Miner) ([]byte, error)
}

// onChain is the directory that the chain keeps.
type onChain struct{ node *chain.Client }

// pageSize is the chain's most.
const pageSize = 100

func (d onChain) miners(ctx context.Context, netuid uint16) ([]Miner, error) {
	graph, err := d.node.Metagraph(ctx, uint32(netuid))
	if err != nil {
		return nil, err
	}
	prices, err := pages(func(p *query.PageRequest) ([]paymenttypes.Price, *query.PageResponse, error) {
		r, err := d.node.Payment().Prices(ctx, &paymenttypes.QueryPricesRequest{Netuid: uint32(netuid), Pagination: p})
		if err != nil {
			return nil, nil, fmt.Errorf("prices of subnet %d: %w", netuid, err)
		}
		return r.Prices, r.Pagination, nil
	})
	if err != nil {
		return nil, err
	}
	bindings, err := pages(func(p *query.PageRequest) ([]modeltypes.BindingInfo, *query.PageResponse, error) {
		r, err := d.node.Model().Bindings(ctx, &modeltypes.QueryBindingsRequest{Netuid: uint32(netuid), Pagination: p})
		if err != nil {
			return nil, nil, fmt.Errorf("models of subnet %d: %w", netuid, err)
		}
		return r.Bindings, r.Pagination, nil
	})
	if err != nil {
		return nil, err
	}
	var out []Miner
	for _, n := range graph.Serving() {
		m := Miner{Neuron: n, Netuid: netuid}
		for _, p := range prices {
			if p.Hotkey == n.Hotkey {
				m.Price = wire.Price{PerRequest: p.PerRequest, PerMillionInput: p.PerMillionInput, PerMillionOutput: p.PerMillionOutput}
			}
		}
		for _, b := range bindings {
			if b.Binding.Uid == uint32(n.UID) && b.Binding.Hotkey == n.Hotkey {
				m.Models = append(m.Models, Model{ID: b.Binding.VersionId, Name: fmt.Sprintf("%s@%d", b.Version.Model, b.Version.Version)})
			}
		}
		out = append(out, m)
	}
	return out, nil
}

// pages gathers all pages of a query.
func pages[T any](ask func(*query.PageRequest) ([]T, *query.PageResponse, error)) ([]T, error) {
	var out []T
	for page := (&query.PageRequest{Limit: pageSize}); ; {
		items, next, err := ask(page)
		if err != nil {
			return nil, err
		}
		out = append(out, items...)
		if next == nil || len(next.NextKey) == 0 {
			return out, nil
		}
		page = &query.PageRequest{Key: next.NextKey, Limit: pageSize}
	}
}

func (d onChain) sealingKey(ctx context.Context, m Miner) ([]byte, error) {
	r, err := d.node.Subnet().Neuron(ctx, &subnettypes.QueryNeuronRequest{Netuid: uint32(m.Netuid), Uid: uint32(m.UID)})
	if err != nil {
		return nil, fmt.Errorf("axon of uid %d in subnet %d: %w", m.UID, m.Netuid, err)
	}
	if r.Neuron.Hotkey != m.Hotkey || r.Neuron.Axon == nil || len(r.Neuron.Axon.SealingKey) == 0 {
		return nil, fmt.Errorf("%w: uid %d in subnet %d", ErrNoSealing, m.UID, m.Netuid)
	}
	return r.Neuron.Axon.SealingKey, nil
}

// Miners are those of a subnet that can be called, the best first: by the incentive that the validators gave them, then by what a request costs. The list is
// at most 15 seconds old. It is shared: read it only.
func (c *Client) Miners(ctx context.Context, netuid uint16) ([]Miner, error) {
	c.lists.Lock()
	l, ok := c.lists.by[netuid]
	c.lists.Unlock()
	now := c.now()
	if ok && now.Sub(l.at) < minersAge {
		return l.miners, nil
	}
	miners, err := c.dir.miners(ctx, netuid)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(miners, func(a, b Miner) int {
		return cmp.Or(cmp.Compare(b.Incentive, a.Incentive), cmp.Compare(a.Price.PerRequest, b.Price.PerRequest), cmp.Compare(a.UID, b.UID))
	})
	c.lists.Lock()
	if c.lists.by == nil {
		c.lists.by = map[uint16]list{}
	}
	c.lists.by[netuid] = list{miners, now}
	c.lists.Unlock()
	return miners, nil
}

// parseModel reads "netuid", "netuid/name" or "netuid/name@version".
func parseModel(s string) (netuid uint16, model string, err error) {
	head, model, named := strings.Cut(s, "/")
	n, err := strconv.ParseUint(head, 10, 16)
	if err != nil || n == 0 || (named && model == "") {
		return 0, "", fmt.Errorf("%w: %.64q, want netuid/name@version, netuid/name or netuid, such as 1/llama@2", ErrModel, s)
	}
	return uint16(n), model, nil
}

// serves says whether a miner is bound to a model, by its name with or without the version, and to which version.
func (m Miner) serves(model string) (Model, bool) {
	for _, v := range m.Models {
		name, _, _ := strings.Cut(v.Name, "@")
		if v.Name == model || name == model {
			return v, true
		}
	}
	return Model{}, false
}
