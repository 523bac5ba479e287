package till

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"
)

// Channel is what the chain says of one.
type Channel struct {
	ID         uint64
	Owner      string // of the account that pays
	Netuid     uint32
	Payee      string
	VoucherKey [32]byte
	Deposit    uint64 // nagon, all that was ever put in
	Claimed    uint64 // nagon
	Closed     bool
	ExpiresAt  int64 // last height at which service is expected
	ClosingAt  int64 // first height at which the payer can take the rest back; 0: it has not asked
}

// Claim is a voucher to be paid.
type Claim struct {
	Channel    uint64
	Cumulative uint64
	Signature  [64]byte
}

// Claimed is what came of one.
type Claimed struct {
	Channel uint64
	Paid    uint64 // nagon
	Total   uint64 // claimed from the channel in all
	Problem string // why it is never paid; "" if it was, now or before
}

// Chain is what a till asks of the chain. Its methods may be called from many goroutines at once.
type Chain interface {
	// Channel is a channel as it stands. Errors: ErrNoChannel; others mean that the chain could not be asked.
	Channel(ctx context.Context, id uint64) (Channel, error)
	// Height is the latest.
	Height(ctx context.Context) (int64, error)
	// Claim sends at most MaxClaims claims in one transaction and waits for it. The results are in the order of the claims.
	Claim(ctx context.Context, claims []Claim) ([]Claimed, error)
}

const (
	// chainQueries bounds how many channels are asked for at once, so that a crowd of made-up ones does not flood the node.
	chainQueries = 16
	// chainTimeout bounds one question.
	chainTimeout = 3 * time.Second
	// unknownTTL is how long a channel is believed not to exist, and least the age of facts that are asked for again: who has just opened or topped up
	// a channel should not wait long.
	unknownTTL = time.Second
	// awayPause is how long a chain that did not answer is left alone for channels that are known: else every call would wait for it in vain.
	awayPause = 5 * time.Second
)

// facts remembers what the chain said of channels. Those that exist and those that do not are kept apart: numbers cost nothing to make up, and
// must not push out the channels that pay.
type facts struct {
	chain         Chain
	ttl, maxStale time.Duration
	now           func() time.Time
	known         *lru.Cache[uint64, fact]
	unknown       *lru.Cache[uint64, time.Time]
	flight        singleflight.Group
	slots         *semaphore.Weighted
	log           *slog.Logger

	mu       sync.Mutex
	height   int64
	heightAt time.Time
	away     bool
	tried    time.Time // when the chain did not answer last
}

type fact struct {
	Channel
	at time.Time
}

func newFacts(o *Options) (*facts, error) {
	known, err := lru.New[uint64, fact](o.MaxChannels)
	if err != nil {
		return nil, err
	}
	unknown, err := lru.New[uint64, time.Time](o.MaxChannels)
	if err != nil {
		return nil, err
	}
	return &facts{
		chain: o.Chain, ttl: o.ChannelTTL, maxStale: o.MaxStale, now: o.Now, log: o.Log, known: known, unknown: unknown, slots: semaphore.NewWeighted(chainQueries),
	}, nil
}

// heard takes note of whether the chain answered, and says so where that changed.
func (f *facts) heard(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	was := f.away
	if f.away = err != nil; f.away {
		f.tried = f.now()
	}
	switch {
	case f.away && !was:
		f.log.Warn("the chain cannot be asked for channels; those known are served by what it said last", "for_at_most", f.maxStale, "error", flat(err))
	case was && !f.away:
		f.log.Info("the chain can be asked for channels again")
	}
}

// leaveAlone says whether the chain failed to answer just now.
func (f *facts) leaveAlone() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.away && f.now().Sub(f.tried) < awayPause
}

// get is a channel as it stood at most ttl ago, or as it stood last where the chain cannot be asked now. Errors: ErrNoChannel, ErrUnavailable.
func (f *facts) get(ctx context.Context, id uint64) (Channel, error) {
	return f.youngerThan(ctx, id, f.ttl)
}

func (f *facts) youngerThan(ctx context.Context, id uint64, age time.Duration) (Channel, error) {
	old, ok := f.known.Get(id)
	if ok && f.now().Sub(old.at) <= age {
		return old.Channel, nil
	}
	if at, gone := f.unknown.Get(id); gone && f.now().Sub(at) <= unknownTTL {
		return Channel{}, fmt.Errorf("%w: %d", ErrNoChannel, id)
	}
	bearable := func() bool { return ok && f.now().Sub(old.at) <= f.maxStale }
	if bearable() && f.leaveAlone() {
		return old.Channel, nil
	}
	c, err := f.ask(ctx, id)
	switch {
	case err == nil, errors.Is(err, ErrNoChannel):
		return c, err
	case bearable():
		return old.Channel, nil
	}
	return Channel{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// ask asks the chain, whatever is remembered.
func (f *facts) ask(ctx context.Context, id uint64) (Channel, error) {
	v, err, _ := f.flight.Do(fmt.Sprint(id), func() (any, error) {
		// Others may wait for this answer too, so it does not end with the first one's request.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), chainTimeout)
		defer cancel()
		if err := f.slots.Acquire(ctx, 1); err != nil {
			return Channel{}, err
		}
		defer f.slots.Release(1)
		c, err := f.chain.Channel(ctx, id)
		if errors.Is(err, ErrNoChannel) {
			f.heard(nil)
			f.known.Remove(id)
			f.unknown.Add(id, f.now())
			return Channel{}, err
		}
		f.heard(err)
		if err != nil {
			return Channel{}, err
		}
		f.unknown.Remove(id)
		f.known.Add(id, fact{c, f.now()})
		return c, nil
	})
	return v.(Channel), err
}

// at is the height, at most ttl old, or the last one known where the chain cannot be asked. Errors: ErrUnavailable.
func (f *facts) at(ctx context.Context) (int64, error) {
	f.mu.Lock()
	height, age := f.height, f.now().Sub(f.heightAt)
	f.mu.Unlock()
	if height > 0 && (age <= f.ttl || (age <= f.maxStale && f.leaveAlone())) {
		return height, nil
	}
	v, err, _ := f.flight.Do("height", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), chainTimeout)
		defer cancel()
		h, err := f.chain.Height(ctx)
		f.heard(err)
		if err != nil {
			return int64(0), err
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.height, f.heightAt = max(h, f.height), f.now()
		return f.height, nil
	})
	switch {
	case err == nil:
		return v.(int64), nil
	case height > 0 && age <= f.maxStale:
		return height, nil
	}
	return 0, fmt.Errorf("%w: %w", ErrUnavailable, err)
}
