package miner

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/agon-chain/agon/wire"
)

// slots bounds the answers under way and the requests that wait for their turn.
type slots struct {
	running *semaphore.Weighted
	inside  *semaphore.Weighted // running and waiting
	wait    time.Duration
	most    int
}

func newSlots(concurrent, queue int, wait time.Duration) *slots {
	return &slots{semaphore.NewWeighted(int64(concurrent)), semaphore.NewWeighted(int64(concurrent) + int64(queue)), wait, concurrent}
}

// acquire waits for a turn. The caller must call release, once.
func (s *slots) acquire(ctx context.Context) (release func(), err error) {
	if !s.inside.TryAcquire(1) {
		return nil, s.full()
	}
	if !s.running.TryAcquire(1) {
		ctx, cancel := context.WithTimeout(ctx, s.wait)
		defer cancel()
		if err := s.running.Acquire(ctx, 1); err != nil {
			s.inside.Release(1)
			return nil, s.full()
		}
	}
	return func() { s.running.Release(1); s.inside.Release(1) }, nil
}

func (s *slots) full() error {
	return &retryError{
		after: max(s.wait, time.Second),
		api: wire.NewAPIError(http.StatusServiceUnavailable, "overloaded", "",
			fmt.Sprintf("all %d places are taken; try again later, or another miner", s.most)),
	}
}
