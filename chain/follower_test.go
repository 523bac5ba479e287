package chain

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// fakeSource is a node that a follower follows.
type fakeSource struct {
	mu     sync.Mutex
	at     int64
	down   bool
	other  bool // it is of another chain
	asked  int
	listen func(context.Context, func()) error
}

func (s *fakeSource) set(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

func (s *fakeSource) follower() *Follower {
	listen := s.listen
	if listen == nil {
		listen = func(context.Context, func()) error { return errors.New("no websocket") }
	}
	return &Follower{
		ask: func(context.Context) (int64, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.asked++
			if s.down {
				return 0, ErrNoNode
			}
			return s.at, nil
		},
		check: func(context.Context) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			switch {
			case s.down:
				return ErrNoNode
			case s.other:
				return ErrWrongChain
			}
			return nil
		},
		listen: listen, every: time.Second, log: slog.New(slog.DiscardHandler),
	}
}

func TestFollowerKeepsTheLatestOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeSource{at: 5}
		f := s.follower()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		heights := f.Subscribe()
		go func() { ended <- f.Run(ctx) }()
		require.EqualValues(t, 5, <-heights)
		for range 3 { // nobody reads
			s.set(func() { s.at++ })
			time.Sleep(2 * time.Second)
		}
		require.EqualValues(t, 8, <-heights)
		require.EqualValues(t, 8, <-f.Subscribe(), "a newcomer learns the present height")

		// An outage, and a node that is behind: both are waited for.
		s.set(func() { s.down = true })
		seen := f.LastSeen()
		time.Sleep(5 * time.Second)
		require.WithinDuration(t, seen, f.LastSeen(), time.Second)
		s.set(func() { s.down, s.at = false, 3 })
		time.Sleep(3 * time.Second)
		require.Empty(t, heights)
		require.EqualValues(t, 8, f.Height())
		s.set(func() { s.at = 9 })
		h, err := f.Wait(t.Context(), 9)
		require.NoError(t, err)
		require.EqualValues(t, 9, h)
		require.EqualValues(t, 9, <-heights)

		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
		_, open := <-heights
		require.False(t, open)
		_, err = f.Wait(t.Context(), 99)
		require.ErrorIs(t, err, ErrNoNode)
		require.Error(t, f.Run(t.Context()))
	})
}

func TestFollowerLeavesAnotherChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeSource{at: 5}
		f := s.follower()
		ended := make(chan error, 1)
		go func() { ended <- f.Run(t.Context()) }()
		_, err := f.Wait(t.Context(), 5)
		require.NoError(t, err)
		s.set(func() { s.down = true })
		time.Sleep(3 * time.Second)
		s.set(func() { s.down, s.other = false, true })
		require.ErrorIs(t, <-ended, ErrWrongChain)
	})
}

func TestFollowerTakesHints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeSource{at: 1}
		blocks := make(chan struct{})
		s.listen = func(ctx context.Context, hint func()) error {
			for {
				select {
				case <-blocks:
					hint()
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}
		f := s.follower()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- f.Run(ctx) }()
		synctest.Wait()
		start := time.Now()
		for range 5 {
			s.set(func() { s.at++ })
			blocks <- struct{}{}
			synctest.Wait()
		}
		require.EqualValues(t, 6, f.Height())
		require.Zero(t, time.Since(start), "no poll interval was waited for")
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
	})
}

func TestWaitObeysTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := (&fakeSource{}).follower()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := f.Wait(ctx, 1)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Empty(t, f.subscribers)
	})
}
