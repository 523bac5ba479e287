package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/agon-chain/agon/tools/torture/byzantine"
)

// errGarbage says that honest validators accepted what they must refuse.
var errGarbage = errors.New("garbage")

// garbage gives one validator of four a build that proposes garbage whenever it is its turn.
func garbage(ctx context.Context, o options, row *Row) error {
	return onNetwork(ctx, o, row, 6, proposeGarbage)
}

func proposeGarbage(ctx context.Context, c *cluster, chance *rand.Rand, row *Row) error {
	node, honest := c.Nodes()[hostileNode], but(hostileNode)
	first := c.highest(ctx, honest...)
	if err := c.reach(ctx, first+4*goneOn, honest...); err != nil {
		return err
	}
	begun := c.highest(ctx, honest...)
	if err := c.turn(node, byzantine.Garbage, chance.Uint64()); err != nil {
		return err
	}
	var proposals []byzantine.Proposal
	for height := begun; len(proposals) < c.o.proposals; height++ {
		// It has its turn in every fourth block; the others go on whatever it does.
		if err := c.reach(ctx, height, honest...); err != nil {
			return fmt.Errorf("after %d proposals of garbage: %w", len(proposals), err)
		}
		var err error
		if proposals, err = byzantine.Read(byzantine.Book(node.Home())); err != nil {
			return err
		}
		if height > begun+int64(100+20*c.o.proposals) {
			return fmt.Errorf("%w: the hostile validator proposed %d times in %d blocks", errStalled, len(proposals), height-begun)
		}
	}
	if err := c.back(node); err != nil {
		return err
	}
	if err := c.reach(ctx, c.highest(ctx, honest...)+goneOn, all()...); err != nil {
		return fmt.Errorf("honest again: %w", err)
	}
	last := proposals[len(proposals)-1].Height
	fates, err := c.fates(ctx, hostileNode, proposals)
	if err != nil {
		return err
	}
	calm, err := c.blockTimes(ctx, first, begun)
	if err != nil {
		return err
	}
	all, err := c.blockTimes(ctx, begun, last)
	if err != nil {
		return err
	}
	refused := map[int64]time.Duration{}
	row.Times += len(proposals)
	for i, p := range proposals {
		if fates[i] && !p.Lawful {
			err = errors.Join(err, fmt.Errorf("%w: %q became block %d, with %d transactions", errGarbage, p.Kind, p.Height, p.Txs))
		}
		if took, ok := all[p.Height]; ok && !fates[i] {
			refused[p.Height] = took
		}
	}
	row.recovered(slices.Collect(maps.Values(refused)))
	row.Notes = fmt.Sprintf("%s; blocks took %s before and %s then, the one that came in the place of a refused one %s", tell(proposals, fates),
		middle(calm), middle(all), middle(refused))
	return err
}

// fates say of each proposal whether it became a block.
func (c *cluster) fates(ctx context.Context, node int, proposals []byzantine.Proposal) ([]bool, error) {
	status, err := c.rpc[node].Status(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]bool, len(proposals))
	for i, p := range proposals {
		block, err := c.rpc[0].Header(ctx, &p.Height)
		if err != nil {
			return nil, fmt.Errorf("block %d: %w", p.Height, err)
		}
		out[i] = bytes.Equal(block.Header.ProposerAddress, status.ValidatorInfo.Address) && bytes.Equal(block.Header.DataHash, p.Data)
	}
	return out, nil
}

// tell counts by kind what was proposed and what became of it.
func tell(proposals []byzantine.Proposal, fates []bool) string {
	type count struct{ times, taken, txs, bytes int }
	counts := map[string]count{}
	for i, p := range proposals {
		n := counts[p.Kind]
		n.times, n.txs, n.bytes = n.times+1, max(n.txs, p.Txs), max(n.bytes, p.Bytes)
		if fates[i] {
			n.taken++
		}
		counts[p.Kind] = n
	}
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		n := counts[kind]
		parts = append(parts, fmt.Sprintf("%s %d of %d (up to %d transactions, %d kB)", kind, n.taken, n.times, n.txs, n.bytes>>10))
	}
	return "became blocks: " + strings.Join(parts, ", ")
}

// blockTimes are how long the blocks after from up to to took: until validators had signed each since they had signed the one before.
func (c *cluster) blockTimes(ctx context.Context, from, to int64) (map[int64]time.Duration, error) {
	times := map[int64]time.Time{}
	for at := from + 1; at <= to+1; at += 20 {
		info, err := c.rpc[0].BlockchainInfo(ctx, at, min(at+19, to+1))
		if err != nil {
			return nil, err
		}
		for _, meta := range info.BlockMetas {
			times[meta.Header.Height] = meta.Header.Time
		}
	}
	out := map[int64]time.Duration{}
	for height := from + 1; height <= to; height++ {
		out[height] = times[height+1].Sub(times[height]) // a block's time is of the votes for the one before
	}
	return out, nil
}

// middle is the median, and the longest.
func middle(times map[int64]time.Duration) string {
	if len(times) == 0 {
		return "no time"
	}
	sorted := slices.Sorted(maps.Values(times))
	const unit = 10 * time.Millisecond
	return fmt.Sprintf("%s (longest %s)", sorted[len(sorted)/2].Round(unit), sorted[len(sorted)-1].Round(unit))
}
