package backend

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// still is a pool of servers that are up and that nobody looks at.
func still(t *testing.T, limits Limits, configs ...Config) *Pool {
	t.Helper()
	for i := range configs {
		configs[i].URL = fmt.Sprintf("http://server-%d.test", i)
	}
	p, err := newPool(configs, limits, nil)
	require.NoError(t, err)
	for _, s := range p.servers {
		s.can.Store(&Capabilities{Model: "m", Streaming: true, Logprobs: true, TopLogprobs: 5})
		s.up.Store(true)
	}
	return p
}

// Whatever is taken and given back, the next server is one of those with the least (running+1)/weight, reckoned here in fractions.
func TestChoosesTheLeastLoadedForItsWeight(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var configs []Config
		for range 1 + rng.IntN(5) {
			configs = append(configs, Config{Weight: 1 + rng.IntN(7), Concurrency: 1 + rng.IntN(9)})
		}
		p := still(t, Limits{}, configs...)
		var held []*choice
		for range 60 {
			if len(held) > 0 && rng.IntN(3) == 0 {
				i := rng.IntN(len(held))
				held[i].done(nil)
				held = append(held[:i], held[i+1:]...)
				continue
			}
			var least *big.Rat
			load := func(s *Server) *big.Rat { return big.NewRat(int64(s.running+1), int64(s.config.Weight)) }
			for _, s := range p.servers {
				if s.running < s.config.Concurrency && (least == nil || load(s).Cmp(least) < 0) {
					least = load(s)
				}
			}
			before := map[*Server]*big.Rat{}
			for _, s := range p.servers {
				before[s] = load(s)
			}
			c := p.choose(&waiter{})
			require.Equal(t, least == nil, c == nil)
			if c != nil {
				require.Zero(t, before[c.server].Cmp(least))
				held = append(held, c)
			}
		}
	}
}

// Idle servers of one weight take turns.
func TestIdleServersTakeTurns(t *testing.T) {
	p := still(t, Limits{}, Config{}, Config{}, Config{})
	seen := map[string]int{}
	for range 30 {
		c := p.choose(&waiter{})
		seen[c.server.name]++
		c.done(nil)
	}
	require.Equal(t, map[string]int{"server-0.test/v1": 10, "server-1.test/v1": 10, "server-2.test/v1": 10}, seen)
}

func TestFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := still(t, Limits{Queue: 5}, Config{Concurrency: 1})
		first, err := p.take(t.Context(), Need{}, nil)
		require.NoError(t, err)
		order := make(chan int, 5)
		for i := range 5 {
			go func() {
				c, err := p.take(t.Context(), Need{}, nil)
				if err != nil {
					return
				}
				order <- i
				c.done(nil)
			}()
			synctest.Wait()
		}
		_, err = p.take(t.Context(), Need{}, nil)
		require.ErrorIs(t, err, ErrFull)
		first.done(nil)
		for i := range 5 {
			require.Equal(t, i, <-order)
		}
		synctest.Wait()
		require.Zero(t, p.servers[0].running)
	})
}

// Requests that wait for the one server that can do what they ask keep nobody from the others.
func TestQueueKeepsNoServerIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := still(t, Limits{Queue: 1}, Config{Concurrency: 1}, Config{Concurrency: 1})
		p.servers[1].can.Store(&Capabilities{Model: "m"})
		rich, err := p.take(t.Context(), Need{Logprobs: true}, nil)
		require.NoError(t, err)
		require.Equal(t, p.servers[0], rich.server)
		waits := make(chan *choice)
		go func() {
			c, err := p.take(t.Context(), Need{Logprobs: true}, nil)
			if err == nil {
				waits <- c
			}
		}()
		synctest.Wait()
		_, err = p.take(t.Context(), Need{Logprobs: true}, nil)
		require.ErrorIs(t, err, ErrFull)
		poor, err := p.take(t.Context(), Need{}, nil)
		require.NoError(t, err)
		require.Equal(t, p.servers[1], poor.server)
		rich.done(nil)
		c := <-waits
		require.Equal(t, p.servers[0], c.server)
	})
}

func TestWaitingEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := still(t, Limits{QueueWait: time.Minute}, Config{Concurrency: 1})
		c, err := p.take(t.Context(), Need{}, nil)
		require.NoError(t, err)
		begin := time.Now()
		_, err = p.take(t.Context(), Need{}, nil)
		require.ErrorIs(t, err, ErrFull)
		require.Equal(t, time.Minute, time.Since(begin))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = p.take(ctx, Need{}, nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Empty(t, p.waiting)
		gone := make(chan error)
		go func() { _, err := p.take(t.Context(), Need{}, nil); gone <- err }()
		synctest.Wait()
		require.NoError(t, p.Close())
		require.ErrorIs(t, <-gone, ErrClosed)
		_, err = p.take(t.Context(), Need{}, nil)
		require.ErrorIs(t, err, ErrClosed)
		c.done(nil)
	})
}

func TestBreakerOpensTriesAndCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := still(t, Limits{Failures: 3, LeaveAlone: time.Minute}, Config{})
		ask := func(err error) error {
			return p.Do(t.Context(), Need{}, func(context.Context, *Server) (bool, error) { return false, err })
		}
		broken := &Error{Kind: ErrUnavailable}
		for _, blameless := range []error{context.Canceled, errors.New("the caller's own"), &Error{Kind: ErrBusy}, &Error{Kind: ErrRefused}} {
			for range 10 {
				require.ErrorIs(t, ask(blameless), blameless)
			}
		}
		require.Error(t, ask(broken))
		require.Error(t, ask(broken))
		require.NoError(t, ask(nil))
		for range 3 {
			require.ErrorIs(t, ask(broken), ErrUnavailable)
		}
		require.ErrorIs(t, ask(nil), ErrNoneUp, "three in a row")
		time.Sleep(time.Minute + 1)
		require.ErrorIs(t, ask(broken), ErrUnavailable, "one may try")
		require.ErrorIs(t, ask(nil), ErrNoneUp)
		time.Sleep(time.Minute + 1)
		require.ErrorIs(t, ask(context.Canceled), context.Canceled)
		require.NoError(t, ask(nil), "who left was no trial")
		require.NoError(t, ask(nil))
	})
}

func TestEachServerIsTriedOnce(t *testing.T) {
	p := still(t, Limits{}, Config{}, Config{}, Config{})
	asked := map[string]int{}
	err := p.Do(t.Context(), Need{}, func(_ context.Context, s *Server) (bool, error) {
		asked[s.name]++
		return false, s.fail(ErrUnavailable, 500, "no")
	})
	require.ErrorIs(t, err, ErrUnavailable, "what the last one said, and not that there is none left")
	require.Equal(t, map[string]int{"server-0.test/v1": 1, "server-1.test/v1": 1, "server-2.test/v1": 1}, asked)
	n := 0
	err = p.Do(t.Context(), Need{}, func(_ context.Context, s *Server) (bool, error) {
		n++
		return true, s.fail(ErrUnavailable, 500, "no")
	})
	require.ErrorIs(t, err, ErrUnavailable)
	require.Equal(t, 1, n, "what began is not begun again")
}

func TestPanicGivesThePlaceBack(t *testing.T) {
	p := still(t, Limits{}, Config{Concurrency: 1})
	require.Panics(t, func() {
		_ = p.Do(t.Context(), Need{}, func(context.Context, *Server) (bool, error) { panic("bug") })
	})
	require.NoError(t, p.Do(t.Context(), Need{}, func(context.Context, *Server) (bool, error) { return false, nil }))
}

func TestErrorText(t *testing.T) {
	for in, want := range map[string]string{
		`{"error":{"message":"a","type":"b"}}`: "a",
		`{"error":"a"}`:                        "a",
		`{"object":"error","message":"a"}`:     "a",
		`{"detail":[{"loc":["body"]}]}`:        `[{"loc":["body"]}]`,
		`<html>`:                               "<html>",
		``:                                     "",
	} {
		require.Equal(t, want, errorText([]byte(in)))
	}
	s := &Server{name: "x", key: "sk-1"}
	e := s.fail(ErrSetup, 401, "your key sk-1\nis wrong "+string(make([]byte, 1000)))
	require.NotContains(t, e.Error(), "sk-1")
	require.NotContains(t, e.Error(), "\n")
	require.LessOrEqual(t, len(e.Detail), maxDetail+3)
}
