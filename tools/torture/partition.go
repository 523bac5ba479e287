package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	// latency of slow links, one way: between continents.
	latency = 150 * time.Millisecond
	// goneOn is how many blocks the others must make while one node is cut off.
	goneOn = 3
	// still is for how many block times the chain is watched that must stand still.
	still = 12
)

// partition cuts one node of four off, which the others must not notice, then two, whereupon the chain must stand still, not fork, and go on
// when they are back; then it makes all links slow, and breaks connections.
func partition(ctx context.Context, o options, row *Row) error {
	return onNetwork(ctx, o, row, 2, cutNodes)
}

func cutNodes(ctx context.Context, c *cluster, chance *rand.Rand, row *Row) error {
	var times []time.Duration
	come := func(back ...int) error {
		start := time.Now()
		c.links.heal()
		if err := c.reach(ctx, c.highest(ctx, all()...)+1, back...); err != nil {
			return err
		}
		times = append(times, time.Since(start))
		row.Times++
		row.recovered(times)
		c.o.log.Info("healed", "times", row.Times, "nodes", back, "recovery", times[len(times)-1])
		return nil
	}
	for i := range c.o.partitions {
		one := chance.IntN(nodes)
		c.links.cut(one)
		if err := c.reach(ctx, c.highest(ctx, but(one)...)+goneOn, but(one)...); err != nil {
			return fmt.Errorf("cut %d, of node %d: the others: %w", i+1, one, err)
		}
		if err := come(one); err != nil {
			return fmt.Errorf("cut %d, of node %d: it: %w", i+1, one, err)
		}
	}
	for i := range c.o.partitions {
		first := chance.IntN(nodes)
		pair := []int{first, (first + 1 + chance.IntN(nodes-1)) % nodes}
		c.links.cut(pair...)
		if err := c.halted(ctx); err != nil {
			return fmt.Errorf("cut %d, of nodes %v: %w", i+1, pair, err)
		}
		if err := come(all()...); err != nil {
			return fmt.Errorf("cut %d, of nodes %v: %w", i+1, pair, err)
		}
	}
	c.links.slow(-1, latency)
	if err := c.reach(ctx, c.highest(ctx, all()...)+2*goneOn, all()...); err != nil {
		return fmt.Errorf("links slow by %s: %w", latency, err)
	}
	c.links.slow(-1, 0)
	for i := range c.o.partitions {
		one := chance.IntN(nodes)
		c.links.drop(one)
		if err := come(one); err != nil {
			return fmt.Errorf("broken connections %d, of node %d: %w", i+1, one, err)
		}
	}
	row.Notes = fmt.Sprintf("%d cuts each of one node and of two, all links slow by %s for %d blocks, and %d times all connections of a node broken; with two cut off the chain stood still",
		c.o.partitions, latency, 2*goneOn, c.o.partitions)
	return nil
}

// halted checks that no node gets a block any more, once what was under way when the cut came has arrived.
func (c *cluster) halted(ctx context.Context) error {
	if err := pause(ctx, 2*c.o.blockTime); err != nil {
		return err
	}
	before := c.highest(ctx, all()...)
	if err := pause(ctx, still*c.o.blockTime); err != nil {
		return err
	}
	// One more may come of votes that were on their way; a second needs votes that nobody can have.
	if after := c.highest(ctx, all()...); after > before+1 {
		return fmt.Errorf("%w: two nodes of four went on from height %d to %d", errForked, before, after)
	}
	return nil
}
