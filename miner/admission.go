package miner

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/agon-chain/agon/wire"
)

// maxSessions is how many callers' certificates are remembered as verified: 4 MiB at most.
const maxSessions = 16384

// admission says which requests are looked at.
type admission struct {
	policy   wire.RequestPolicy // without Admit
	balances *balances
	rates    *rates
	watch    *subnetWatch
	now      func() time.Time
}

// newAdmission takes the time at which the process started. A request dated up to max-skew ahead may have been answered by a process
// before this one, whose replay cache is gone: nothing dated earlier than start and max-skew is accepted.
func newAdmission(cfg Config, hotkey string, start time.Time, b *balances, r *rates, w *subnetWatch, now func() time.Time) *admission {
	// A caller that keeps its rate never fills its share of the cache within the window.
	window := wire.DefaultMaxAge + cfg.MaxSkew
	share := math.Ceil(cfg.Rate*window.Seconds()) + float64(cfg.Burst) + 1
	return &admission{
		policy: wire.RequestPolicy{
			ChainID: cfg.ChainID, To: hotkey, Netuid: uint16(cfg.Netuid),
			MaxSkew: cfg.MaxSkew, NotBefore: start.Add(cfg.MaxSkew),
			Replay:   wire.NewReplayCache(int(min(share, float64(cfg.ReplayEntries))), cfg.ReplayEntries),
			Sessions: wire.NewSessionCache(maxSessions),
		},
		balances: b, rates: r, watch: w, now: now,
	}
}

// verify judges a request with its body: signature, freshness, recipient, funds, rate and replay, in this order.
func (a *admission) verify(ctx context.Context, r *http.Request, body []byte) (*wire.Request, error) {
	p := a.policy
	p.Admit = func(q *wire.Request) error {
		if err := a.balances.check(ctx, q.From, a.watch.minBalance.Load()); err != nil {
			return err
		}
		return a.rates.take(q.From, a.now())
	}
	return wire.Verify(r, body, a.now(), p)
}
