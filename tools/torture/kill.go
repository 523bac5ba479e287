package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/agon-chain/agon/localnet"
)

// kill kills one node after another without warning, each at a random moment of a block, and starts it again: it must follow the chain,
// and have the same states as those that were not killed.
func kill(ctx context.Context, o options, row *Row) error {
	return onNetwork(ctx, o, row, 1, killNodes)
}

// onNetwork starts a network, breaks it while payments go on, and checks that all nodes come to the same and nothing was lost.
func onNetwork(ctx context.Context, o options, row *Row, stream uint64, do func(context.Context, *cluster, *rand.Rand, *Row) error) error {
	return onNetworkOf(ctx, o, row, stream, nil, do)
}

// onNetworkOf is onNetwork with a configuration that change, if not nil, alters.
func onNetworkOf(ctx context.Context, o options, row *Row, stream uint64, change func(*localnet.Config),
	do func(context.Context, *cluster, *rand.Rand, *Row) error,
) error {
	c, err := up(ctx, o, change)
	if err != nil {
		return err
	}
	defer c.down()
	paying := c.pay(ctx)
	defer paying.stop()
	if err := do(ctx, c, rand.New(rand.NewPCG(o.seed, stream)), row); err != nil {
		return err
	}
	if err := c.reach(ctx, c.highest(ctx, all()...)+2, all()...); err != nil {
		return err
	}
	if err := paying.end(ctx, row); err != nil {
		return err
	}
	return c.check(ctx, row)
}

func killNodes(ctx context.Context, c *cluster, chance *rand.Rand, row *Row) error {
	var times []time.Duration
	for i := range c.o.kills {
		victim := chance.IntN(nodes)
		process := c.Nodes()[victim].Process
		if err := pause(ctx, upTo(chance, 2*c.o.blockTime)); err != nil {
			return err
		}
		process.Kill()
		// Dead for a moment, or for some blocks.
		if err := pause(ctx, upTo(chance, 3*c.o.blockTime)); err != nil {
			return err
		}
		start := time.Now()
		if err := process.Start(); err != nil {
			return err
		}
		if err := c.reach(ctx, c.highest(ctx, but(victim)...)+1, victim); err != nil {
			return fmt.Errorf("after kill %d, of node %d: %w", i+1, victim, err)
		}
		times = append(times, time.Since(start))
		row.Times++
		row.recovered(times)
		c.o.log.Info("killed", "times", row.Times, "node", victim, "recovery", times[len(times)-1])
	}
	return nil
}

// upTo is a random part of a time.
func upTo(chance *rand.Rand, most time.Duration) time.Duration {
	return time.Duration(chance.Int64N(int64(most)))
}
