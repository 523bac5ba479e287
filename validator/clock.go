package validator

import (
	"context"
	"errors"
	"sync"
	"time"
)

// firstInterval is assumed of the time between blocks until two were seen: short, so that margins in blocks are wide.
const firstInterval = 500 * time.Millisecond

// Clock turns the chain's heights into something to wait for. Heights are the only clock that decides anything; the time between
// them is estimated only to spread questions inside a block.
type Clock struct {
	source Heights
	now    func() time.Time

	mu       sync.Mutex
	height   int64
	at       time.Time
	interval time.Duration
	changed  chan struct{}
}

// NewClock makes a clock that stands still until Run.
func NewClock(source Heights) *Clock {
	return &Clock{source: source, now: time.Now, interval: firstInterval, changed: make(chan struct{})}
}

// Run follows the heights until ctx ends or they do.
func (c *Clock) Run(ctx context.Context) error {
	heights := c.source.Subscribe()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case h, ok := <-heights:
			if !ok {
				if err := ctx.Err(); err != nil {
					return err
				}
				return errors.New("the follower of the chain has stopped")
			}
			c.set(h)
		}
	}
}

func (c *Clock) set(h int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h <= c.height {
		return
	}
	now := c.now()
	if c.height > 0 {
		seen := now.Sub(c.at) / time.Duration(h-c.height)
		// A moving mean, bounded: after an outage heights come in a burst.
		c.interval = (3*c.interval + min(max(seen, 10*time.Millisecond), time.Minute)) / 4
	}
	c.height, c.at = h, now
	close(c.changed)
	c.changed = make(chan struct{})
}

// Height last seen, 0 before the first.
func (c *Clock) Height() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.height
}

// SeenAt is when the height last rose.
func (c *Clock) SeenAt() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Interval between blocks, as estimated.
func (c *Clock) Interval() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.interval
}

// Blocks that pass in d, rounded up.
func (c *Clock) Blocks(d time.Duration) int64 {
	i := c.Interval()
	return int64((d + i - 1) / i)
}

// Wait until the height is reached; the height seen is returned.
func (c *Clock) Wait(ctx context.Context, height int64) (int64, error) {
	for {
		c.mu.Lock()
		h, changed := c.height, c.changed
		c.mu.Unlock()
		if h >= height {
			return h, nil
		}
		select {
		case <-ctx.Done():
			return h, ctx.Err()
		case <-changed:
		}
	}
}
