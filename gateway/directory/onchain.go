package directory

import (
	"context"
	"fmt"
	"strings"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/wire"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// OnChain reads from a node. Tasks tell the routes; a subnet whose task this program does not know is left out, for nobody could call it.
func OnChain(c *chain.Client, tasks []task.Task) Source { return &onChain{c, tasks} }

type onChain struct {
	node  *chain.Client
	tasks []task.Task
}

// pageSize is the chain's most.
const pageSize = 100

func (o *onChain) Read(ctx context.Context) (*View, error) {
	height, err := o.node.Height(ctx)
	if err != nil {
		return nil, err
	}
	v := &View{Height: height}
	subnets, err := pages(func(p *query.PageRequest) ([]subnettypes.Subnet, *query.PageResponse, error) {
		r, err := o.node.Subnet().Subnets(ctx, &subnettypes.QuerySubnetsRequest{Pagination: p})
		if err != nil {
			return nil, nil, fmt.Errorf("subnets: %w", err)
		}
		return r.Subnets, r.Pagination, nil
	})
	if err != nil {
		return nil, err
	}
	roots := map[uint64]modeltypes.Version{}
	for _, s := range subnets {
		t, err := task.Find(o.tasks, s.TaskKind)
		if err != nil || s.DissolvedAt != 0 || s.Netuid >= uint32(wire.AnyNetuid) {
			continue
		}
		v.Subnets = append(v.Subnets, &Subnet{Netuid: uint16(s.Netuid), Title: s.Identity.Name, Task: s.TaskKind, Route: t.Route, Replayed: replayed(s)})
		miners, err := o.miners(ctx, s.Netuid, roots)
		if err != nil {
			return nil, err
		}
		v.Miners = append(v.Miners, miners...)
	}
	return v, nil
}

// replayed says whether the subnet's task examines pinned versions by computing them again.
func replayed(s subnettypes.Subnet) bool {
	if s.TaskKind != chat.Kind {
		return false
	}
	params, _, err := task.SplitAttestation(s.TaskParams)
	if err != nil {
		return false
	}
	p, err := chat.DecodeParams([]byte(params))
	return err == nil && len(p.Models) > 0
}

// miners are those of one subnet that have an endpoint.
func (o *onChain) miners(ctx context.Context, netuid uint32, versions map[uint64]modeltypes.Version) ([]*Miner, error) {
	graph, err := o.node.Metagraph(ctx, netuid)
	if err != nil {
		return nil, err
	}
	neurons, err := pages(func(p *query.PageRequest) ([]subnettypes.Neuron, *query.PageResponse, error) {
		r, err := o.node.Subnet().Neurons(ctx, &subnettypes.QueryNeuronsRequest{Netuid: netuid, Pagination: p})
		if err != nil {
			return nil, nil, fmt.Errorf("neurons of subnet %d: %w", netuid, err)
		}
		return r.Neurons, r.Pagination, nil
	})
	if err != nil {
		return nil, err
	}
	prices, err := pages(func(p *query.PageRequest) ([]paymenttypes.Price, *query.PageResponse, error) {
		r, err := o.node.Payment().Prices(ctx, &paymenttypes.QueryPricesRequest{Netuid: netuid, Pagination: p})
		if err != nil {
			return nil, nil, fmt.Errorf("prices of subnet %d: %w", netuid, err)
		}
		return r.Prices, r.Pagination, nil
	})
	if err != nil {
		return nil, err
	}
	bindings, err := pages(func(p *query.PageRequest) ([]modeltypes.BindingInfo, *query.PageResponse, error) {
		r, err := o.node.Model().Bindings(ctx, &modeltypes.QueryBindingsRequest{Netuid: netuid, Pagination: p})
		if err != nil {
			return nil, nil, fmt.Errorf("models of subnet %d: %w", netuid, err)
		}
		return r.Bindings, r.Pagination, nil
	})
	if err != nil {
		return nil, err
	}
	var out []*Miner
	by := map[string]*Miner{}
	for _, n := range neurons {
		if n.Axon == nil || n.Axon.Url == "" {
			continue
		}
		service, err := wire.ParseServicePublic(n.Axon.ServiceKey)
		if err != nil {
			continue // nobody could verify its receipts
		}
		m := &Miner{Netuid: uint16(netuid), UID: uint16(n.Uid), Hotkey: n.Hotkey, URL: n.Axon.Url, ServiceKey: service, SealingKey: n.Axon.SealingKey, Region: n.Axon.Region}
		if row, ok := graph.ByHotkey(n.Hotkey); ok {
			m.Incentive = row.Incentive
		}
		for _, s := range n.Axon.Served {
			name, version, _ := strings.Cut(s.Name, "@")
			model := Model{Name: name, Version: version}
			copy(model.Root[:], s.Version)
			m.Models = append(m.Models, model)
		}
		out, by[n.Hotkey] = append(out, m), m
	}
	for _, p := range prices {
		if m := by[p.Hotkey]; m != nil {
			m.Price = wire.Price{PerRequest: p.PerRequest, PerMillionInput: p.PerMillionInput, PerMillionOutput: p.PerMillionOutput}
		}
	}
	for _, b := range bindings {
		m := by[b.Binding.Hotkey]
		if m == nil {
			continue
		}
		version, ok := versions[b.Binding.VersionId]
		if !ok {
			r, err := o.node.Model().Version(ctx, &modeltypes.QueryVersionRequest{Model: b.Version.Model, Version: b.Version.Version})
			if err != nil {
				return nil, fmt.Errorf("version %s@%d: %w", b.Version.Model, b.Version.Version, err)
			}
			version = r.Info.Version
			versions[b.Binding.VersionId] = version
		}
		m.bind(version)
	}
	return out, nil
}

// bind puts what the chain pins in the place of what the miner says of the same model.
func (m *Miner) bind(v modeltypes.Version) {
	model := Model{Name: v.Model, Version: fmt.Sprint(v.Number), ID: v.Id, Bound: true, Context: int(v.Description.ContextLength)}
	copy(model.Root[:], v.Root)
	for i, have := range m.Models {
		if have.Root == model.Root || have.Pin() == model.Pin() {
			m.Models[i] = model
			return
		}
	}
	m.Models = append(m.Models, model)
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
