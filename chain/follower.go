package chain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Follower tells the parts of a daemon which height the chain has reached. It asks the node at every poll interval, and at
// once when the node's websocket tells of a block; it waits through outages of the node. Heights may be skipped: what
// counts is the state of the latest.
type Follower struct {
	ask     func(context.Context) (int64, error) // the height
	check   func(context.Context) error          // that the node is one of our chain
	listen  func(context.Context, func()) error  // hints, until the connection ends
	every   time.Duration
	log     *slog.Logger
	running atomic.Bool

	mu          sync.Mutex
	height      int64
	seen        time.Time
	ended       bool
	subscribers []chan int64
}

// NewFollower makes a follower of the client's node.
func NewFollower(c *Client) *Follower {
	return &Follower{ask: c.Height, check: c.checkChain, listen: c.listen, every: c.cfg.PollEvery, log: c.log.With("part", "follower")}
}

// Height is the highest height seen last; 0 before the first answer.
func (f *Follower) Height() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.height
}

// LastSeen is when the node answered last; zero before the first answer.
func (f *Follower) LastSeen() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen
}

// Subscribe returns a channel of heights that holds the latest only: a slow reader misses heights and blocks nobody. The
// first is the present one, if it is known. It is closed when Run returns.
func (f *Follower) Subscribe() <-chan int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := make(chan int64, 1)
	if f.height > 0 {
		s <- f.height
	}
	if f.ended {
		close(s)
		return s
	}
	f.subscribers = append(f.subscribers, s)
	return s
}

// unsubscribe forgets a subscriber.
func (f *Follower) unsubscribe(s <-chan int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, other := range f.subscribers {
		if other == s {
			f.subscribers = append(f.subscribers[:i:i], f.subscribers[i+1:]...)
			return
		}
	}
}

// Wait blocks until the height is reached and returns the one that is. Errors: the context's; ErrNoNode when Run has
// returned.
func (f *Follower) Wait(ctx context.Context, height int64) (int64, error) {
	s := f.Subscribe()
	defer f.unsubscribe(s)
	for {
		select {
		case h, ok := <-s:
			if !ok {
				return 0, fmt.Errorf("%w: the follower stopped at height %d, before %d", ErrNoNode, f.Height(), height)
			}
			if h >= height {
				return h, nil
			}
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// Run follows until ctx ends, and returns its error, or ErrWrongChain if after an outage a node of another chain answers.
// It is called once.
func (f *Follower) Run(ctx context.Context) error {
	if f.running.Swap(true) {
		return errors.New("follower: Run was called before")
	}
	defer f.end()
	ctx, cancel := context.WithCancel(ctx)
	hints := make(chan struct{}, 1)
	var listening sync.WaitGroup
	listening.Go(func() { f.hear(ctx, hints) })
	defer listening.Wait()
	defer cancel()

	tick := time.NewTicker(f.every)
	defer tick.Stop()
	lost := false
	for {
		height, err := f.poll(ctx, lost)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, ErrWrongChain):
			return err
		case err != nil && !lost:
			f.log.Warn("node cannot be used, waiting for it", "error", oneLine(err))
		case err == nil && lost:
			f.log.Info("node answers again", "height", height)
		}
		if lost = err != nil; !lost {
			f.tell(height)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		case <-hints:
		}
	}
}

// poll asks for the height, and first for the chain where the node may be another than before.
func (f *Follower) poll(ctx context.Context, lost bool) (int64, error) {
	if lost {
		if err := f.check(ctx); err != nil {
			return 0, err
		}
	}
	return f.ask(ctx)
}

// hear keeps a websocket open as well as it can.
func (f *Follower) hear(ctx context.Context, hints chan<- struct{}) {
	for {
		err := f.listen(ctx, func() {
			select {
			case hints <- struct{}{}:
			default:
			}
		})
		if ctx.Err() != nil {
			return
		}
		f.log.Debug("no news of blocks, polling", "error", err)
		if sleep(ctx, hintRetry) != nil {
			return
		}
	}
}

// tell gives subscribers a height that is new. A node that fell behind, as one restored from a backup does, is waited for.
func (f *Follower) tell(height int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = time.Now()
	if height <= f.height {
		return
	}
	f.height = height
	for _, s := range f.subscribers {
		select {
		case <-s: // make room: what was not read is out of date
		default:
		}
		s <- height
	}
}

func (f *Follower) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	for _, s := range f.subscribers {
		close(s)
	}
	f.subscribers = nil
}
