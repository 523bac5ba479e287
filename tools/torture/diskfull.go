package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// room is what the small disk has free for the node to fill, in bytes.
const room = 1 << 20

// diskFull puts the home of one node of four on a small disk that fills under it. The others must go on, and the node must catch up once
// there is room.
func diskFull(ctx context.Context, o options, row *Row) error {
	var unmount func()
	err := onNetwork(ctx, o, row, 4, func(ctx context.Context, c *cluster, _ *rand.Rand, row *Row) (err error) {
		unmount, err = c.fillDisks(ctx, row)
		return err
	})
	if unmount != nil {
		unmount() // the network has ended
	}
	return err
}

// fillDisks fills the disk again and again, and empties it. The disk goes when unmount is called.
func (c *cluster) fillDisks(ctx context.Context, row *Row) (unmount func(), err error) {
	const victim = nodes - 1
	node, o := c.Nodes()[victim], c.o
	node.Stop()
	disk := filepath.Join(o.dir, "disk")
	if unmount, err = moveToDisk(node.Home(), disk); err != nil {
		return nil, err
	}
	var times []time.Duration
	crashed := 0
	for i := range o.disks {
		if err := node.Start(); err != nil {
			return unmount, err
		}
		if err := c.reach(ctx, c.highest(ctx, but(victim)...)+1, victim); err != nil {
			return unmount, err
		}
		if err := fill(disk); err != nil {
			return unmount, err
		}
		noticed := lines(node.Log, noSpace)
		before := c.highest(ctx, but(victim)...)
		if err := c.full(ctx, disk, victim); err != nil {
			return unmount, fmt.Errorf("disk %d: %w", i+1, err)
		}
		if err := c.reach(ctx, max(before, c.highest(ctx, but(victim)...))+goneOn, but(victim)...); err != nil {
			return unmount, fmt.Errorf("disk %d: the others: %w", i+1, err)
		}
		select {
		case <-node.Done():
			crashed++
		default:
			// It runs on without a disk; its operator restarts it.
		}
		node.Stop()
		if lines(node.Log, noSpace) == noticed {
			return unmount, fmt.Errorf("disk %d: %w", i+1, errDiskNotFull)
		}
		if err := empty(disk); err != nil {
			return unmount, err
		}
		start := time.Now()
		if err := node.Start(); err != nil {
			return unmount, err
		}
		if err := c.reach(ctx, c.highest(ctx, but(victim)...)+1, victim); err != nil {
			return unmount, fmt.Errorf("disk %d: with room again: %w", i+1, err)
		}
		times = append(times, time.Since(start))
		row.Times++
		row.recovered(times)
		o.log.Info("disk was full", "times", row.Times, "recovery", times[len(times)-1])
		node.Stop()
	}
	row.Notes = fmt.Sprintf("the node ended by itself %d times of %d; it was started again when there was room", crashed, o.disks)
	return unmount, node.Start()
}

// fill writes a file that leaves only a little room.
func fill(disk string) error {
	free, err := free(disk)
	if err != nil {
		return err
	}
	if free <= room {
		return fmt.Errorf("the small disk has only %d bytes free before it is filled", free)
	}
	return os.WriteFile(filepath.Join(disk, "filler"), make([]byte, free-room), 0o600)
}

// empty removes what filled the disk.
func empty(disk string) error {
	fillers, err := filepath.Glob(filepath.Join(disk, "filler*"))
	if err != nil {
		return err
	}
	for _, f := range fillers {
		if err := os.Remove(f); err != nil {
			return err
		}
	}
	return nil
}

// noSpace is what programs say when the disk is full.
const noSpace = "no space left on device"

// lines counts the lines of a log that say something.
func lines(log, something string) int {
	bz, err := os.ReadFile(log)
	if err != nil {
		return 0
	}
	return strings.Count(string(bz), something)
}

// errDiskNotFull says that a disk that should fill did not hinder the node.
var errDiskNotFull = errors.New("the node goes on: its disk is not full")

// full waits until the node ends or has stood still for some blocks of the others. What a small write needs may be there a while longer, so
// it fills what the node leaves.
func (c *cluster) full(ctx context.Context, disk string, victim int) error {
	begun := c.highest(ctx, but(victim)...)
	for n := 0; ; n++ {
		if left, err := free(disk); err == nil && left > 0 {
			// Whatever does not fit is the aim.
			_ = os.WriteFile(filepath.Join(disk, fmt.Sprintf("filler-%d", n)), make([]byte, left), 0o600)
		}
		others, its := c.highest(ctx, but(victim)...), c.height(ctx, victim)
		done := false
		select {
		case <-c.Nodes()[victim].Done():
			done = true
		default:
			done = others > its+goneOn
		}
		if done {
			return nil
		}
		if others > begun+200 {
			return errDiskNotFull
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}
