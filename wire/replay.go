package wire

import (
	"container/heap"
	"fmt"
	"sync"
	"time"
)

// NonceSize is the width in bytes of a request's nonce.
const NonceSize = 16

// Nonce makes a request unique. It need not be secret.
type Nonce [NonceSize]byte

// ReplayCache remembers the nonces of requests that were accepted, each until the time after which its request would be refused
// for its age anyway. Memory is bounded in two ways: by caller, so that one cannot push others out, and in all. When full it
// refuses instead of forgetting: a forgotten nonce is a replay. Safe for concurrent use; it starts no goroutine.
type ReplayCache struct {
	mu        sync.Mutex
	perCaller int
	total     int
	seen      map[replayKey]struct{}
	callers   map[AccountKey]int
	queue     replayQueue
}

type replayKey struct {
	caller AccountKey
	nonce  Nonce
}

type replayEntry struct {
	key   replayKey
	until time.Time
}

// NewReplayCache bounds the nonces kept per caller and in all (about 250 bytes each); values below 1 count as 1.
func NewReplayCache(perCaller, total int) *ReplayCache {
	return &ReplayCache{
		perCaller: max(1, perCaller),
		total:     max(1, total),
		seen:      make(map[replayKey]struct{}),
		callers:   make(map[AccountKey]int),
	}
}

// Add accepts a nonce once. Errors: [ErrReplay], [ErrReplayFull]. A nonce whose until is not after now is not kept.
func (c *ReplayCache) Add(caller AccountKey, nonce Nonce, until, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.queue) > 0 && !c.queue[0].until.After(now) {
		c.drop(heap.Pop(&c.queue).(replayEntry).key)
	}
	key := replayKey{caller, nonce}
	if _, ok := c.seen[key]; ok {
		return fmt.Errorf("%w: nonce %s; sign again with a fresh nonce", ErrReplay, text.EncodeToString(nonce[:]))
	}
	if !until.After(now) {
		return nil
	}
	if n := c.callers[caller]; n >= c.perCaller {
		return fmt.Errorf("%w: %d of this caller, at most %d; slow down", ErrReplayFull, n, c.perCaller)
	}
	if n := len(c.seen); n >= c.total {
		return fmt.Errorf("%w: %d of all callers, at most %d; try again later", ErrReplayFull, n, c.total)
	}
	c.seen[key] = struct{}{}
	c.callers[caller]++
	heap.Push(&c.queue, replayEntry{key, until})
	return nil
}

// Len is the number of nonces kept, some of which may be due to be forgotten.
func (c *ReplayCache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.seen)
}

func (c *ReplayCache) drop(key replayKey) {
	delete(c.seen, key)
	if c.callers[key.caller]--; c.callers[key.caller] == 0 {
		delete(c.callers, key.caller)
	}
}

// replayQueue is a heap, soonest forgotten first.
type replayQueue []replayEntry

func (q replayQueue) Len() int           { return len(q) }
func (q replayQueue) Less(i, j int) bool { return q[i].until.Before(q[j].until) }
func (q replayQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *replayQueue) Push(x any)        { *q = append(*q, x.(replayEntry)) }
func (q *replayQueue) Pop() any {
	old := *q
	e := old[len(old)-1]
	*q = old[:len(old)-1]
	return e
}
