package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"

	"github.com/agon-chain/agon/localnet"
)

// nodes is how many consensus nodes a network has: the least of which one may fail.
const nodes = 4

// errStalled says that what should move did not.
var errStalled = errors.New("stalled")

// cluster is a network with a connection to each node and, between the nodes, links that can be cut.
type cluster struct {
	*localnet.Network
	o     options
	links *links
	rpc   []*rpchttp.HTTP
}

// up starts a network of four nodes and one subnet; change, if not nil, alters its configuration before.
func up(ctx context.Context, o options, change func(*localnet.Config)) (*cluster, error) {
	c := &cluster{o: o, links: newLinks()}
	cfg := localnet.DefaultConfig(o.dir)
	cfg.BinDir, cfg.Nodes, cfg.BlockTime, cfg.Peer = o.bin, nodes, o.blockTime, c.links.peer
	cfg.Progress = func(step string) { o.log.Info(step) }
	cfg.Subnets[0].DataDir = o.data
	cfg.Subnets[0].Miners, cfg.Subnets[0].Validators = nil, nil
	if change != nil {
		change(&cfg)
	}
	if err := os.MkdirAll(filepath.Dir(o.dir), 0o755); err != nil {
		return nil, err
	}
	network, err := localnet.Up(ctx, cfg)
	if err != nil {
		c.links.close()
		return nil, err
	}
	c.Network = network
	for _, node := range network.Nodes() {
		client, err := rpchttp.New(node.RPC(), "/websocket")
		if err != nil {
			c.down()
			return nil, err
		}
		c.rpc = append(c.rpc, client)
	}
	return c, nil
}

func (c *cluster) down() {
	c.Stop()
	c.links.close()
}

// height is the last block of a node; 0 while it does not answer.
func (c *cluster) height(ctx context.Context, node int) int64 {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	status, err := c.rpc[node].Status(ctx)
	if err != nil {
		return 0
	}
	return status.SyncInfo.LatestBlockHeight
}

// highest is the last block that any of the nodes has.
func (c *cluster) highest(ctx context.Context, among ...int) (most int64) {
	for _, node := range among {
		most = max(most, c.height(ctx, node))
	}
	return most
}

// reach waits until each of the nodes has the block. It gives up, with errStalled, when for o.patience none of them got a further one.
func (c *cluster) reach(ctx context.Context, height int64, among ...int) error {
	moved, sum := time.Now(), int64(-1)
	for {
		var now int64
		behind := 0
		for _, node := range among {
			h := c.height(ctx, node)
			now += h
			if h < height {
				behind++
			}
		}
		if behind == 0 {
			return nil
		}
		if now != sum {
			moved, sum = time.Now(), now
		}
		if time.Since(moved) > c.o.patience {
			return fmt.Errorf("%w: %d of nodes %v have not reached height %d in %s", errStalled, behind, among, height, c.o.patience)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// pause waits, or returns ctx's error.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// all are the numbers of all nodes.
func all() []int { return []int{0, 1, 2, 3} }

// but are all nodes but some.
func but(not ...int) (out []int) {
	for _, node := range all() {
		kept := true
		for _, n := range not {
			kept = kept && n != node
		}
		if kept {
			out = append(out, node)
		}
	}
	return out
}
