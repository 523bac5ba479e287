package chain

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// MetagraphOptions of a cache. Zero values take the defaults.
type MetagraphOptions struct {
	// RefreshEvery is after how long the metagraph is fetched even if no block came; 10 s unless set.
	RefreshEvery time.Duration
	// MinInterval is the least time between two fetches that new blocks cause; 500 ms unless set.
	MinInterval time.Duration
}

// MetagraphCache keeps a subnet's metagraph at hand. Its methods may be called from many goroutines at once.
type MetagraphCache struct {
	fetch  func(context.Context) (*Metagraph, error)
	follow *Follower
	opts   MetagraphOptions
	log    *slog.Logger

	latest atomic.Pointer[snapshot]
	turn   chan struct{} // holds one token: who has it fetches
}

type snapshot struct {
	metagraph *Metagraph
	at        time.Time
}

// NewMetagraphCache makes a cache that Run keeps fresh; Get works without it.
func NewMetagraphCache(c *Client, f *Follower, netuid uint32, opts MetagraphOptions) *MetagraphCache {
	fetch := func(ctx context.Context) (*Metagraph, error) { return c.Metagraph(ctx, netuid) }
	return newMetagraphCache(fetch, f, opts, c.log.With("part", "metagraph", "netuid", netuid))
}

func newMetagraphCache(fetch func(context.Context) (*Metagraph, error), f *Follower, opts MetagraphOptions, log *slog.Logger) *MetagraphCache {
	if opts.RefreshEvery <= 0 {
		opts.RefreshEvery = 10 * time.Second
	}
	if opts.MinInterval <= 0 {
		opts.MinInterval = 500 * time.Millisecond
	}
	mc := &MetagraphCache{fetch: fetch, follow: f, opts: opts, log: log, turn: make(chan struct{}, 1)}
	mc.turn <- struct{}{}
	return mc
}

// Latest is the metagraph fetched last and when that was; nil before the first. It never blocks.
func (mc *MetagraphCache) Latest() (*Metagraph, time.Time) {
	s := mc.latest.Load()
	if s == nil {
		return nil, time.Time{}
	}
	return s.metagraph, s.at
}

// Get is a metagraph that was fetched at most maxAge ago, now if need be; callers at once share one fetch. The error is
// that of Client.Metagraph or the context's.
func (mc *MetagraphCache) Get(ctx context.Context, maxAge time.Duration) (*Metagraph, error) {
	if m := mc.fresh(maxAge); m != nil {
		return m, nil
	}
	select {
	case <-mc.turn:
		defer func() { mc.turn <- struct{}{} }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	// Who had the turn before may have fetched it.
	if m := mc.fresh(maxAge); m != nil {
		return m, nil
	}
	// The age counts from before the request: the answer is at least as young.
	at := time.Now()
	m, err := mc.fetch(ctx)
	if err != nil {
		return nil, err
	}
	mc.latest.Store(&snapshot{m, at})
	return m, nil
}

func (mc *MetagraphCache) fresh(maxAge time.Duration) *Metagraph {
	m, at := mc.Latest()
	if m == nil || time.Since(at) > maxAge {
		return nil
	}
	return m
}

// Run fetches on new blocks and at least every RefreshEvery until ctx ends, and returns its error. What was fetched stays
// while the node is away.
func (mc *MetagraphCache) Run(ctx context.Context) error {
	heights := mc.follow.Subscribe()
	defer mc.follow.unsubscribe(heights)
	tick := time.NewTicker(mc.opts.RefreshEvery)
	defer tick.Stop()
	lost := false
	for {
		_, err := mc.Get(ctx, 0)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && !lost:
			mc.log.Warn("metagraph cannot be fetched, keeping the last", "error", oneLine(err))
		case err == nil && lost:
			mc.log.Info("metagraph is fetched again")
		}
		lost = err != nil
		if err := sleep(ctx, mc.opts.MinInterval); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		case _, ok := <-heights:
			if !ok {
				// Without a follower the timer alone goes on.
				heights = nil
			}
		}
	}
}
