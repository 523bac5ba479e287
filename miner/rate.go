package miner

import (
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"github.com/agon-chain/agon/wire"
)

// rates limits each caller on its own. The least recently seen are forgotten when there are too many.
type rates struct {
	mu       sync.Mutex
	limit    rate.Limit
	burst    int
	limiters *lru.Cache[string, *rate.Limiter]
}

func newRates(perSecond float64, burst, callers int) (*rates, error) {
	c, err := lru.New[string, *rate.Limiter](callers)
	if err != nil {
		return nil, err
	}
	return &rates{limit: rate.Limit(perSecond), burst: burst, limiters: c}, nil
}

// take uses one request of the caller's, or says when the next one may come.
func (r *rates) take(caller string, now time.Time) error {
	l := r.of(caller, true)
	if l.AllowN(now, 1) {
		return nil
	}
	return r.refuse(caller, l, now)
}

// check is take that uses nothing.
func (r *rates) check(caller string, now time.Time) error {
	if l := r.of(caller, false); l != nil && l.TokensAt(now) < 1 {
		return r.refuse(caller, l, now)
	}
	return nil
}

// of is the caller's limiter, made if it is to be.
func (r *rates) of(caller string, make bool) *rate.Limiter {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, ok := r.limiters.Get(caller)
	if !ok && make {
		l = rate.NewLimiter(r.limit, r.burst)
		r.limiters.Add(caller, l)
	}
	return l
}

func (r *rates) refuse(caller string, l *rate.Limiter, now time.Time) error {
	missing := 1 - l.TokensAt(now)
	return &retryError{
		after: time.Duration(math.Ceil(missing / float64(r.limit) * float64(time.Second))),
		api: wire.NewAPIError(http.StatusTooManyRequests, "rate_limited", "",
			fmt.Sprintf("caller %s sends more than %g requests per second (%d at once); slow down", caller, float64(r.limit), r.burst)),
	}
}

// retryError is a refusal that says when to come back.
type retryError struct {
	api   *wire.APIError
	after time.Duration
}

func (e *retryError) Error() string { return e.api.Error() }
func (e *retryError) Unwrap() error { return e.api }

// seconds is the value of the Retry-After header.
func (e *retryError) seconds() string {
	return fmt.Sprint(max(1, int64(math.Ceil(e.after.Seconds()))))
}
