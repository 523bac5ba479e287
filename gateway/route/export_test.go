package route

import (
	"math/rand/v2"
	"time"
)

// NewSeeded is New with dice of a seed, for one goroutine.
func NewSeeded(now func() time.Time, seed uint64) *Router {
	r := New(now)
	r.dice = rand.New(rand.NewPCG(seed, 1))
	return r
}
