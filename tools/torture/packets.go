package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/agon-chain/agon/localnet"
)

// losses are of a thousand packets, at every node of what comes to it.
var losses = []int{10, 50, 200}

// packets runs four nodes in network namespaces of their own and has single packets between them lost: more and more, and none again after
// each rate. The chain must go on, slower, and be as before at once.
func packets(ctx context.Context, o options, row *Row) error {
	spaces, err := newNamespaces(ctx)
	if err != nil {
		return err
	}
	defer spaces.close()
	return onNetworkOf(ctx, o, row, 8, func(cfg *localnet.Config) {
		cfg.Peer, cfg.Place = nil, spaces.place
	}, func(ctx context.Context, c *cluster, _ *rand.Rand, row *Row) error {
		return c.losePackets(ctx, spaces, row)
	})
}

func (c *cluster) losePackets(ctx context.Context, spaces *namespaces, row *Row) error {
	var times []time.Duration
	var notes []string
	for _, rate := range append([]int{0}, losses...) {
		if err := spaces.lose(ctx, c.Nodes(), rate); err != nil {
			return err
		}
		from := c.highest(ctx, all()...)
		if err := c.reach(ctx, from+int64(c.o.lossBlocks), all()...); err != nil {
			return fmt.Errorf("%d of 1,000 packets lost: %w", rate, err)
		}
		// The last block's time is in the block after it.
		took, err := c.blockTimes(ctx, from, from+int64(c.o.lossBlocks)-1)
		if err != nil {
			return err
		}
		notes = append(notes, fmt.Sprintf("%d ‰ lost: blocks took %s", rate, middle(took)))
		if rate == 0 {
			continue
		}
		start := time.Now()
		if err := spaces.lose(ctx, c.Nodes(), 0); err != nil {
			return err
		}
		if err := c.reach(ctx, c.highest(ctx, all()...)+1, all()...); err != nil {
			return fmt.Errorf("%d of 1,000 packets lost, and none again: %w", rate, err)
		}
		times = append(times, time.Since(start))
		row.Times++
		row.recovered(times)
		c.o.log.Info("lost packets", "per_mille", rate, "recovery", times[len(times)-1])
	}
	row.Notes = strings.Join(notes, "; ")
	return nil
}
