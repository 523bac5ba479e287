package miner

import (
	"context"
	"net/http"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"

	"github.com/agon-chain/agon/wire"
)

const (
	// balanceQueries bounds how many balances are asked for at once, so that a crowd of new callers does not flood the node.
	balanceQueries = 16
	// balanceTimeout bounds one question to the node.
	balanceTimeout = 3 * time.Second
	// poorTTL is the age up to which a balance that is too small is believed: who was just funded should not wait long.
	poorTTL = 2 * time.Second
)

// balances remembers what callers have. Those with enough and those without are kept apart: accounts cost nothing to make
// up, and a flood of poor ones must not push out the callers that pay.
type balances struct {
	chain         Chain
	ttl, maxStale time.Duration
	now           func() time.Time
	funded, poor  *lru.Cache[string, balance]
	flight        singleflight.Group
	slots         *semaphore.Weighted
	metrics       *metrics
}

type balance struct {
	amount uint64
	at     time.Time
}

func newBalances(c Chain, size int, ttl, maxStale time.Duration, now func() time.Time, m *metrics) (*balances, error) {
	funded, err := lru.New[string, balance](size)
	if err != nil {
		return nil, err
	}
	poor, err := lru.New[string, balance](size)
	if err != nil {
		return nil, err
	}
	return &balances{
		chain: c, ttl: ttl, maxStale: maxStale, now: now, funded: funded, poor: poor, slots: semaphore.NewWeighted(balanceQueries), metrics: m,
	}, nil
}

// check refuses a caller with less than need (nagon). Where the chain cannot be asked, what it last said counts for a while;
// without that the answer is 503: unknown is not the same as funded.
func (b *balances) check(ctx context.Context, caller string, need uint64) error {
	if need == 0 {
		return nil
	}
	known, ok := b.funded.Get(caller)
	if !ok {
		known, ok = b.poor.Get(caller)
	}
	age := b.now().Sub(known.at)
	ttl := b.ttl
	if known.amount < need {
		ttl = min(ttl, poorTTL)
	}
	if ok && age <= ttl {
		b.metrics.balances.WithLabelValues("cache").Inc()
		return enough(caller, known.amount, need)
	}
	amount, err := b.ask(ctx, caller, need)
	switch {
	case err == nil:
		b.metrics.balances.WithLabelValues("chain").Inc()
		return enough(caller, amount, need)
	case ok && age <= b.maxStale:
		b.metrics.balances.WithLabelValues("stale").Inc()
		return enough(caller, known.amount, need)
	}
	b.metrics.balances.WithLabelValues("failed").Inc()
	return &retryError{
		after: 5 * time.Second,
		api: wire.NewAPIError(http.StatusServiceUnavailable, "chain_unavailable", "",
			"this miner cannot ask the chain for your balance now; try again later, or another miner"),
	}
}

func (b *balances) ask(ctx context.Context, caller string, need uint64) (uint64, error) {
	v, err, _ := b.flight.Do(caller, func() (any, error) {
		// Others may wait for this answer too, so it does not end with the first one's request.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), balanceTimeout)
		defer cancel()
		if err := b.slots.Acquire(ctx, 1); err != nil {
			return uint64(0), err
		}
		defer b.slots.Release(1)
		amount, err := b.chain.Balance(ctx, caller)
		if err != nil {
			return uint64(0), err
		}
		got := balance{amount, b.now()}
		if amount >= need {
			b.poor.Remove(caller)
			b.funded.Add(caller, got)
		} else {
			b.funded.Remove(caller)
			b.poor.Add(caller, got)
		}
		return amount, nil
	})
	return v.(uint64), err
}

func enough(caller string, have, need uint64) error {
	if have >= need {
		return nil
	}
	return wire.NewAPIError(http.StatusPaymentRequired, "insufficient_balance", "",
		"caller "+caller+" has "+amount(have)+", this subnet wants callers with at least "+amount(need)+"; fund the account")
}
