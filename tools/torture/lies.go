package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/agon-chain/agon/tools/torture/byzantine"
)

// errFooled says that honest nodes followed a lie, or a liar did not lie.
var errFooled = errors.New("hash of the state")

// lies gives one validator of four a build that answers another hash of the state than the true one: it alone must stand still. Its
// operator has the honest one roll the block back that it lied about, and it follows again.
func lies(ctx context.Context, o options, row *Row) error { return onNetwork(ctx, o, row, 7, tellLies) }

func tellLies(ctx context.Context, c *cluster, chance *rand.Rand, row *Row) error {
	node, honest := c.Nodes()[hostileNode], but(hostileNode)
	var times []time.Duration
	for i := range c.o.lies {
		if err := c.turn(node, byzantine.Lies, chance.Uint64()); err != nil {
			return err
		}
		begun := c.highest(ctx, honest...)
		if err := c.reach(ctx, begun+4*goneOn, honest...); err != nil {
			return fmt.Errorf("lie %d: the others: %w", i+1, err)
		}
		if its, others := c.height(ctx, hostileNode), c.highest(ctx, honest...); its+goneOn > others {
			return fmt.Errorf("%w: lie %d: the liar is at height %d, the others at %d", errFooled, i+1, its, others)
		}
		node.Stop()
		start := time.Now()
		if err := c.rollback(ctx, node); err != nil {
			return fmt.Errorf("lie %d: %w", i+1, err)
		}
		if err := c.back(node); err != nil {
			return err
		}
		if err := c.reach(ctx, c.highest(ctx, honest...)+1, hostileNode); err != nil {
			return fmt.Errorf("lie %d: honest again: %w", i+1, err)
		}
		times = append(times, time.Since(start))
		row.Times++
		row.recovered(times)
		c.o.log.Info("lied", "times", row.Times, "recovery", times[len(times)-1])
	}
	row.Notes = "the liar alone stood still; rolled back a block, and with the honest build, it followed again"
	return nil
}
