package keys_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/gateway/keys/store/storetest"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) // a Wednesday

func reserve(t testing.TB, s *keys.Service, k keys.KeySecret, w keys.Want) (*keys.Reservation, error) {
	t.Helper()
	got, err := s.Authorize(t.Context(), string(k.Secret))
	require.NoError(t, err)
	return s.Reserve(t.Context(), got, w)
}

func TestRequestsPerMinute(t *testing.T) {
	at := newClock(noon)
	b := newBank(t, storetest.SQLite(t), 1000)
	k := b.key(t, keys.Scope{RequestsPerMinute: 6})
	s, _ := b.start(t, keys.Options{Now: at.now})
	for i := range 6 {
		r, err := reserve(t, s, k, keys.Want{Cost: 1})
		require.NoError(t, err, "%d", i)
		require.EqualValues(t, 5-i, r.Limits().Requests.Remaining)
		if i%2 == 0 {
			r.Cancel() // it was made all the same
		} else {
			require.NoError(t, r.Settle(t.Context(), keys.Usage{}))
		}
	}
	_, err := reserve(t, s, k, keys.Want{Cost: 1})
	ref := code(t, err, keys.CodeRate)
	require.Equal(t, 429, ref.Status)
	require.Equal(t, 10*time.Second, ref.RetryAfter)
	at.move(ref.RetryAfter - time.Millisecond)
	_, err = reserve(t, s, k, keys.Want{Cost: 1})
	code(t, err, keys.CodeRate)
	at.move(time.Millisecond)
	_, err = reserve(t, s, k, keys.Want{Cost: 2000})
	code(t, err, keys.CodeCredits)
	_, err = reserve(t, s, k, keys.Want{Cost: 1})
	require.NoError(t, err, "what was refused took nothing, and the wait that was told suffices")
	at.move(time.Hour)
	for range 6 {
		_, err = reserve(t, s, k, keys.Want{})
		require.NoError(t, err)
	}
	_, err = reserve(t, s, k, keys.Want{})
	code(t, err, keys.CodeRate)
}

func TestTokensPerMinute(t *testing.T) {
	at := newClock(noon)
	b := newBank(t, storetest.SQLite(t), 1000)
	k := b.key(t, keys.Scope{TokensPerMinute: 600})
	s, _ := b.start(t, keys.Options{Now: at.now})
	_, err := reserve(t, s, k, keys.Want{Tokens: 601})
	ref := code(t, err, keys.CodeTooLarge)
	require.Zero(t, ref.RetryAfter, "no wait helps")

	first, err := reserve(t, s, k, keys.Want{Tokens: 400})
	require.NoError(t, err)
	_, err = reserve(t, s, k, keys.Want{Tokens: 300})
	require.Equal(t, 10*time.Second, code(t, err, keys.CodeRate).RetryAfter)
	require.NoError(t, first.Settle(t.Context(), keys.Usage{PromptTokens: 50, OutputTokens: 50}))
	second, err := reserve(t, s, k, keys.Want{Tokens: 500})
	require.NoError(t, err, "what was not used came back")
	second.Cancel()
	third, err := reserve(t, s, k, keys.Want{Tokens: 100})
	require.NoError(t, err)
	require.NoError(t, third.Settle(t.Context(), keys.Usage{OutputTokens: 1100}), "more than was reserved")
	at.move(time.Minute)
	_, err = reserve(t, s, k, keys.Want{Tokens: 1})
	code(t, err, keys.CodeRate)
	at.move(time.Second)
	_, err = reserve(t, s, k, keys.Want{Tokens: 1})
	require.NoError(t, err, "the debt is paid")
}

func TestLimitsChangeUnderWay(t *testing.T) {
	at := newClock(noon)
	b := newBank(t, storetest.SQLite(t), 1000)
	k := b.key(t, keys.Scope{RequestsPerMinute: 10})
	s, _ := b.start(t, keys.Options{Now: at.now, Poll: time.Hour})
	b.ledger.Changed = func(ctx context.Context) { require.NoError(t, s.Refresh(ctx)) }
	for range 4 {
		_, err := reserve(t, s, k, keys.Want{})
		require.NoError(t, err)
	}
	for _, c := range []struct{ limit, left uint64 }{{5, 1}, {8, 4}, {2, 0}, {3, 1}} {
		_, err := b.ledger.UpdateKey(t.Context(), k.ID, keys.KeyPatch{RequestsPerMinute: &c.limit})
		require.NoError(t, err)
		got, err := s.Authorize(t.Context(), string(k.Secret))
		require.NoError(t, err)
		require.Equal(t, c.left, s.Limits(got).Requests.Remaining, "%d", c.limit)
	}
}

func TestModelsOutOfScope(t *testing.T) {
	b := newBank(t, storetest.SQLite(t), 1000)
	k := b.key(t, keys.Scope{Models: []string{"1/*"}, RequestsPerMinute: 1})
	s, _ := b.start(t, keys.Options{})
	_, err := reserve(t, s, k, keys.Want{Model: "2/x"})
	require.Equal(t, 403, code(t, err, keys.CodeModel).Status)
	_, err = reserve(t, s, k, keys.Want{Model: "1/x"})
	require.NoError(t, err)
}

func TestBudgetBeginsAnewWithItsPeriod(t *testing.T) {
	for _, c := range []struct {
		period keys.Period
		next   time.Time
	}{
		{keys.Day, time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)},
		{keys.Week, time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)},
		{keys.Month, time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)},
		{keys.Total, time.Time{}},
	} {
		t.Run(string(c.period), func(t *testing.T) {
			at := newClock(noon)
			b := newBank(t, storetest.SQLite(t), 1000)
			k := b.key(t, keys.Scope{Budget: keys.Budget{Period: c.period, Amount: 100}})
			s, stop := b.start(t, keys.Options{Now: at.now})
			for range 10 {
				require.NoError(t, call(t.Context(), s, k.Secret, 10))
			}
			ref := code(t, call(t.Context(), s, k.Secret, 10), keys.CodeBudget)
			require.Equal(t, 402, ref.Status)
			if c.period == keys.Total {
				require.Zero(t, ref.RetryAfter)
				at.move(400 * 24 * time.Hour)
				code(t, call(t.Context(), s, k.Secret, 10), keys.CodeBudget)
			} else {
				require.Equal(t, c.next.Sub(noon), ref.RetryAfter)
				at.move(ref.RetryAfter - time.Second)
				code(t, call(t.Context(), s, k.Secret, 10), keys.CodeBudget)
				at.move(time.Second)
				require.NoError(t, call(t.Context(), s, k.Secret, 10))
			}
			stop()
			b.conserved(t)
			require.Zero(t, b.now(t).Leased, "whoever ends gives back")
		})
	}
}

// A call that spans midnight is paid from the day that it was admitted on.
func TestLeaseOutlivesItsWindowForCallsUnderWay(t *testing.T) {
	at := newClock(noon)
	b := newBank(t, storetest.SQLite(t), 1000)
	k := b.key(t, keys.Scope{Budget: keys.Budget{Period: keys.Day, Amount: 100}})
	s, stop := b.start(t, keys.Options{Now: at.now})
	r, err := reserve(t, s, k, keys.Want{Cost: 60})
	require.NoError(t, err)
	at.move(12 * time.Hour)
	next, err := reserve(t, s, k, keys.Want{Cost: 100})
	require.NoError(t, err, "the new day has its whole budget")
	require.NoError(t, r.Settle(t.Context(), keys.Usage{Cost: 60}))
	require.NoError(t, next.Settle(t.Context(), keys.Usage{Cost: 100}))
	stop()
	require.EqualValues(t, 160, b.used(t, keys.UsageFilter{}).Cost)
	b.conserved(t)
}

func TestSettleAndCancelCountOnce(t *testing.T) {
	b := newBank(t, storetest.SQLite(t), 1000)
	k := b.key(t, keys.Scope{})
	s, stop := b.start(t, keys.Options{})
	r, err := reserve(t, s, k, keys.Want{Cost: 100})
	require.NoError(t, err)
	require.NoError(t, r.Settle(t.Context(), keys.Usage{Cost: 130, PromptTokens: -5, Status: 502}))
	require.NoError(t, r.Settle(t.Context(), keys.Usage{Cost: 100}))
	r.Cancel()
	r, err = reserve(t, s, k, keys.Want{Cost: 100})
	require.NoError(t, err)
	r.Cancel()
	require.NoError(t, r.Settle(t.Context(), keys.Usage{Cost: 100}))
	stop()
	require.Equal(t, keys.UsageSum{Calls: 1, Failed: 1, Cost: 100, Uncharged: 30}, b.used(t, keys.UsageFilter{}), "at most what was reserved is charged")
	b.conserved(t)
	require.EqualValues(t, 900, b.now(t).Credits)
}

// A budget that is lowered holds for what is leased already, and credits that come are found.
func TestBudgetAndCreditsChangeUnderWay(t *testing.T) {
	b := newBank(t, storetest.SQLite(t), 1000)
	k := b.key(t, keys.Scope{})
	s, stop := b.start(t, keys.Options{Poll: 20 * time.Millisecond})
	b.ledger.Changed = func(ctx context.Context) { require.NoError(t, s.Refresh(ctx)) }
	require.NoError(t, call(t.Context(), s, k.Secret, 100))
	_, err := b.ledger.UpdateKey(t.Context(), k.ID, keys.KeyPatch{Budget: &keys.Budget{Period: keys.Total, Amount: 150}})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return b.now(t).Leased == 0 }, 5*time.Second, 5*time.Millisecond, "the lease of before comes back")
	code(t, call(t.Context(), s, k.Secret, 100), keys.CodeBudget)
	require.NoError(t, call(t.Context(), s, k.Secret, 50))
	_, err = b.ledger.UpdateKey(t.Context(), k.ID, keys.KeyPatch{Budget: &keys.Budget{}})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return call(t.Context(), s, k.Secret, 850) == nil }, 5*time.Second, 5*time.Millisecond)
	code(t, call(t.Context(), s, k.Secret, 1), keys.CodeCredits)
	_, err = b.ledger.Credit(t.Context(), b.customer, 7)
	require.NoError(t, err)
	b.credits += 7
	require.Eventually(t, func() bool { return call(t.Context(), s, k.Secret, 7) == nil }, 5*time.Second, 5*time.Millisecond, "within Poll")
	stop()
	b.conserved(t)
	require.Zero(t, b.now(t).Credits)
}

// Two processes, 64 goroutines each, two keys of one customer: never more than the budget or the credits, and all of both.
func TestNobodyOverspends(t *testing.T) {
	storetest.Each(t, func(t *testing.T, fresh storetest.Fresh) {
		const cost = 10
		for name, c := range map[string]struct {
			credits uint64
			budgets [2]uint64
			want    uint64
			code    string
		}{
			"budgets": {100_000, [2]uint64{4000, 1000}, 5000, keys.CodeBudget},
			"credits": {5000, [2]uint64{50_000, 0}, 5000, keys.CodeCredits},
		} {
			t.Run(name, func(t *testing.T) {
				b := newBank(t, fresh(t), c.credits)
				var secrets [2]keys.Secret
				for i, amount := range c.budgets {
					scope := keys.Scope{Budget: keys.Budget{Period: keys.Total, Amount: amount}}
					if amount == 0 {
						scope.Budget.Period = keys.None
					}
					secrets[i] = b.key(t, scope).Secret
				}
				var settled atomic.Uint64
				rush := func() {
					var stops []func()
					var wg sync.WaitGroup
					for range 2 {
						s, stop := b.start(t, keys.Options{Flush: 2 * time.Millisecond, Poll: 5 * time.Millisecond})
						stops = append(stops, stop)
						for i := range 64 {
							wg.Go(func() {
								for {
									err := call(t.Context(), s, secrets[i%2], cost)
									if err != nil {
										if !errors.Is(err, &keys.Refusal{Code: c.code}) {
											t.Error(err)
										}
										return
									}
									settled.Add(cost)
								}
							})
						}
					}
					wg.Wait()
					for _, stop := range stops {
						stop()
					}
				}
				rush()
				require.LessOrEqual(t, settled.Load(), c.want)
				rush() // what one process held while the other was refused
				require.Equal(t, c.want, settled.Load())
				used := b.used(t, keys.UsageFilter{})
				require.Equal(t, c.want, used.Cost)
				require.Zero(t, used.Uncharged)
				b.conserved(t)
				require.Zero(t, b.now(t).Leased)
			})
		}
	})
}

// down is a store that cannot be reached while it is set.
type down struct {
	keys.Store
	is atomic.Bool
}

var errDown = errors.New("connection refused")

func (d *down) Extend(ctx context.Context, l keys.Lease, least, most uint64, expires time.Time) (uint64, error) {
	if d.is.Load() {
		return 0, errDown
	}
	return d.Store.Extend(ctx, l, least, most, expires)
}

func (d *down) Apply(ctx context.Context, b *keys.Batch) error {
	if d.is.Load() {
		return errDown
	}
	return d.Store.Apply(ctx, b)
}

func TestStoreOutOfReach(t *testing.T) {
	b := newBank(t, storetest.SQLite(t), 1_000_000)
	k, other := b.key(t, keys.Scope{}), b.key(t, keys.Scope{})
	d := &down{Store: b.store}
	s, stop := b.start(t, keys.Options{Store: d, LeaseCalls: 10})
	require.NoError(t, call(t.Context(), s, k.Secret, 10))
	d.is.Store(true)
	for range 9 {
		require.NoError(t, call(t.Context(), s, k.Secret, 10), "from the lease")
	}
	ref := code(t, call(t.Context(), s, k.Secret, 10), keys.CodeUnavailable)
	require.Equal(t, 503, ref.Status)
	require.Equal(t, time.Second, ref.RetryAfter)
	code(t, call(t.Context(), s, other.Secret, 10), keys.CodeUnavailable)
	require.NoError(t, call(t.Context(), s, other.Secret, 0), "what costs nothing needs no lease")
	d.is.Store(false)
	require.NoError(t, call(t.Context(), s, other.Secret, 10), "nothing is remembered against it")
	stop()
	require.EqualValues(t, 12, b.used(t, keys.UsageFilter{}).Calls, "what was settled meanwhile is written")
	b.conserved(t)
}

func TestIdleLeasesComeBack(t *testing.T) {
	b := newBank(t, storetest.SQLite(t), 1000)
	k, other := b.key(t, keys.Scope{}), b.key(t, keys.Scope{})
	s, _ := b.start(t, keys.Options{Lease: 100 * time.Millisecond, Poll: 10 * time.Millisecond, Flush: 5 * time.Millisecond})
	require.NoError(t, call(t.Context(), s, k.Secret, 1))
	require.Eventually(t, func() bool { return call(t.Context(), s, other.Secret, 999) == nil }, 5*time.Second, 10*time.Millisecond)
}
