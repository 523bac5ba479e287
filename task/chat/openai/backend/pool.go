package backend

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

var (
	// ErrFull: all servers are busy and as many requests wait as may.
	ErrFull = errors.New("all backends are busy")
	// ErrNoneUp: no server that could serve the request is up.
	ErrNoneUp = errors.New("no backend is up")
	// ErrClosed: the pool was closed.
	ErrClosed = errors.New("backends are closed")
)

// LackError refuses what no server can do.
type LackError struct{ Field string }

// Error implements error.
func (e *LackError) Error() string { return fmt.Sprintf("no backend can serve %q", e.Field) }

// Pool gives requests to servers. Safe for concurrent use.
type Pool struct {
	servers []*Server
	limits  Limits
	log     *slog.Logger
	stop    context.CancelFunc
	looking sync.WaitGroup

	mu      sync.Mutex
	clock   uint64
	waiting []*waiter // first come first
	closed  bool
}

// waiter is a request that waits for a server.
type waiter struct {
	need  Need
	tried []*Server
	got   chan *choice // capacity 1
}

// choice is a server with a place taken on it; done gives the place back and tells the breaker how it went.
type choice struct {
	server *Server
	done   func(error)
}

// Open makes a pool and probes all servers at once. It fails if none is up, and with [ErrConfig]. Servers that are down are looked at again
// as long as the context lives. Close it.
func Open(ctx context.Context, configs []Config, limits Limits, log *slog.Logger) (*Pool, error) {
	p, err := newPool(configs, limits, log)
	if err != nil {
		return nil, err
	}
	errs := make([]error, len(p.servers))
	var all sync.WaitGroup
	for i, s := range p.servers {
		all.Go(func() { errs[i] = p.refresh(ctx, s) })
	}
	all.Wait()
	if !slices.Contains(errs, nil) {
		p.idle()
		return nil, fmt.Errorf("%w: %w", ErrNoneUp, errors.Join(errs...))
	}
	ctx, p.stop = context.WithCancel(ctx)
	for _, s := range p.servers {
		p.looking.Go(func() { p.watch(ctx, s) })
	}
	return p, nil
}

func newPool(configs []Config, limits Limits, log *slog.Logger) (*Pool, error) {
	if len(configs) == 0 || len(configs) > 256 {
		return nil, fmt.Errorf("%w: %d backends, want 1 to 256", ErrConfig, len(configs))
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	p := &Pool{limits: limits.withDefaults(), log: log, stop: func() {}}
	for i, c := range configs {
		s, err := newServer(c, p.limits, os.LookupEnv)
		if err != nil {
			return nil, fmt.Errorf("backends[%d]: %w", i, err)
		}
		p.servers = append(p.servers, s)
	}
	return p, nil
}

// watch looks at a server until the context ends.
func (p *Pool) watch(ctx context.Context, s *Server) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(p.limits.ProbeEvery):
		}
		_ = p.refresh(ctx, s) // it is in the log
	}
}

func (p *Pool) refresh(ctx context.Context, s *Server) error {
	changed, err := s.refresh(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil && (changed || s.can.Load() == nil):
		p.log.Warn("backend is down", "backend", s.name, "error", err)
	case changed:
		p.log.Info("backend is up", "backend", s.name, "can", s.can.Load().String())
	}
	if changed {
		p.mu.Lock()
		p.dispatch()
		p.mu.Unlock()
	}
	return err
}

// Servers are those of the pool, in the order of their configuration.
func (p *Pool) Servers() []*Server { return slices.Clone(p.servers) }

// Capabilities of a server; nil while it was never up.
func (s *Server) Capabilities() *Capabilities { return s.can.Load() }

// Do has a server answer a request. call says whether it handed on a part of an answer: only before that may another server try, and none
// is asked twice. Errors: [ErrFull], [ErrNoneUp], [ErrClosed], [*LackError], the context's, and what call returned last.
func (p *Pool) Do(ctx context.Context, need Need, call func(ctx context.Context, s *Server) (began bool, err error)) error {
	var tried []*Server
	var last error
	for {
		c, err := p.take(ctx, need, tried)
		if err != nil {
			if last != nil && (errors.Is(err, ErrNoneUp) || errors.Is(err, ErrFull)) {
				return last // it says more than that there is nobody left
			}
			return err
		}
		began, err := c.call(ctx, call)
		if err == nil || began || !elsewhere(err) || ctx.Err() != nil {
			return err
		}
		p.log.Warn("backend failed; another may try", "backend", c.server.name, "error", err)
		tried, last = append(tried, c.server), err
	}
}

// call gives the place back also if the callback panics.
func (c *choice) call(ctx context.Context, call func(context.Context, *Server) (bool, error)) (began bool, err error) {
	err = context.Canceled // of a panic, which is not the server's
	defer func() { c.done(err) }()
	return call(ctx, c.server)
}

// take chooses a server, or waits for one.
func (p *Pool) take(ctx context.Context, need Need, tried []*Server) (*choice, error) {
	p.mu.Lock()
	if err := p.refuses(need, tried); err != nil {
		p.mu.Unlock()
		return nil, err
	}
	w := &waiter{need: need, tried: tried, got: make(chan *choice, 1)}
	p.waiting = append(p.waiting, w)
	p.dispatch()
	// It counts as waiting only if nobody who can serve it is free.
	if n := len(p.waiting); n > p.limits.Queue && p.waiting[n-1] == w {
		p.waiting = p.waiting[:n-1]
		p.mu.Unlock()
		return nil, fmt.Errorf("%w: %d requests wait", ErrFull, p.limits.Queue)
	}
	p.mu.Unlock()

	timer := time.NewTimer(p.limits.QueueWait)
	defer timer.Stop()
	var err error
	select {
	case c, ok := <-w.got:
		if !ok {
			return nil, ErrClosed
		}
		return c, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-timer.C:
		err = fmt.Errorf("%w: none was free for %s", ErrFull, p.limits.QueueWait)
	}
	p.mu.Lock()
	p.waiting = slices.DeleteFunc(p.waiting, func(x *waiter) bool { return x == w })
	p.mu.Unlock()
	select { // it may have been served in between
	case c, ok := <-w.got:
		if ok {
			c.done(context.Canceled)
		}
	default:
	}
	return nil, err
}

// refuses says why no server will ever take the request, as things stand.
func (p *Pool) refuses(need Need, tried []*Server) error {
	if p.closed {
		return ErrClosed
	}
	lack, able := "", false
	for _, s := range p.servers {
		c := s.can.Load()
		if c == nil {
			continue
		}
		if l := c.lack(need); l != "" {
			lack = l
			continue
		}
		able = true
		if !slices.Contains(tried, s) && s.up.Load() && s.breaker.State() != gobreaker.StateOpen {
			return nil
		}
	}
	if !able && lack != "" {
		return &LackError{lack}
	}
	return ErrNoneUp
}

// choose takes a place on the server with the least work for its weight, of equals the one that was idle longer. Nil: none is free.
func (p *Pool) choose(w *waiter) *choice {
	var fit []*Server
	for _, s := range p.servers {
		c := s.can.Load()
		if c != nil && c.lack(w.need) == "" && s.up.Load() && s.running < s.config.Concurrency && !slices.Contains(w.tried, s) {
			fit = append(fit, s)
		}
	}
	slices.SortStableFunc(fit, func(a, b *Server) int {
		// (running+1)/weight, without division.
		if d := (a.running+1)*b.config.Weight - (b.running+1)*a.config.Weight; d != 0 {
			return d
		}
		if a.used < b.used {
			return -1
		}
		return 1
	})
	for _, s := range fit {
		tell, err := s.breaker.Allow()
		if err != nil {
			continue // open, or half-open with its one trial under way
		}
		s.running++
		p.clock++
		s.used = p.clock
		return &choice{s, func(err error) { p.release(s, tell, err) }}
	}
	return nil
}

func (p *Pool) release(s *Server, tell func(error), err error) {
	tell(err)
	p.mu.Lock()
	defer p.mu.Unlock()
	s.running--
	p.dispatch()
}

// dispatch serves those who wait, first come first, as far as servers are free that can do what they ask.
func (p *Pool) dispatch() {
	p.waiting = slices.DeleteFunc(p.waiting, func(w *waiter) bool {
		c := p.choose(w)
		if c != nil {
			w.got <- c
		}
		return c != nil
	})
}

// Close stops looking at servers, sends away who waits, and drops idle connections. Answers under way go on; their contexts end them.
func (p *Pool) Close() error {
	p.stop()
	p.looking.Wait()
	p.mu.Lock()
	p.closed = true
	for _, w := range p.waiting {
		close(w.got)
	}
	p.waiting = nil
	p.mu.Unlock()
	p.idle()
	return nil
}

func (p *Pool) idle() {
	for _, s := range p.servers {
		s.http.CloseIdleConnections()
	}
}
