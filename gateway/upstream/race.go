package upstream

import (
	"context"
	"sync"
)

// race decides whose events a caller gets, among attempts that run beside each other. The others end at once: what they would still say is worth nothing,
// and costs their miners work and the gateway money.
type race struct {
	mu     sync.Mutex
	winner int // -1: nobody yet
	ends   []context.CancelCauseFunc
}

// enter begins the next attempt, under a context that ends when another wins. False: it is won already.
func (r *race) enter(ctx context.Context) (context.Context, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.winner >= 0 {
		return nil, false
	}
	one, end := context.WithCancelCause(ctx)
	r.ends = append(r.ends, end)
	return one, true
}

// claim makes an attempt the winner, if there is none.
func (r *race) claim(i int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.winner < 0 {
		r.winner = i
		for j, end := range r.ends {
			if j != i {
				end(errLost)
			}
		}
	}
	return r.winner == i
}

// lost says whether another attempt won.
func (r *race) lost(i int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.winner >= 0 && r.winner != i
}
