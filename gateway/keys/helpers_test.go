package keys_test

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/gateway/keys/store"
	"github.com/agon-chain/agon/gateway/keys/store/storetest"
)

// childEnv makes this test's program one of the processes of child_test.go.
const childEnv = "AGON_KEYS_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		child(os.Getenv(childEnv))
		return
	}
	goleak.VerifyTestMain(m)
}

// bank is a database with one customer.
type bank struct {
	name     string
	store    *store.Store
	ledger   keys.Ledger
	customer string
	credits  uint64
}

func newBank(t testing.TB, name string, credits uint64) *bank {
	t.Helper()
	b := &bank{name: name, store: storetest.Open(t, name), credits: credits}
	b.ledger = keys.Ledger{Store: b.store, Actor: "test"}
	c, err := b.ledger.CreateCustomer(t.Context(), "A customer", "")
	require.NoError(t, err)
	b.customer = c.ID
	if credits > 0 {
		_, err = b.ledger.Credit(t.Context(), c.ID, int64(credits))
		require.NoError(t, err)
	}
	return b
}

func (b *bank) key(t testing.TB, scope keys.Scope) keys.KeySecret {
	t.Helper()
	k, err := b.ledger.CreateKey(t.Context(), keys.NewKey{Customer: b.customer, Name: "a key", Scope: scope})
	require.NoError(t, err)
	return k
}

// start runs a service over the bank's store until stop, which also runs when the test ends.
func (b *bank) start(t testing.TB, o keys.Options) (s *keys.Service, stop func()) {
	t.Helper()
	if o.Store == nil {
		o.Store = b.store
	}
	s, err := keys.NewService(t.Context(), o)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	var once atomic.Bool
	stop = func() {
		if once.CompareAndSwap(false, true) {
			cancel()
			require.NoError(t, <-done)
		}
	}
	t.Cleanup(stop)
	return s, stop
}

func (b *bank) now(t testing.TB) keys.Customer {
	t.Helper()
	all, err := b.store.Customers(context.WithoutCancel(t.Context()), b.customer)
	require.NoError(t, err)
	return all[0]
}

func (b *bank) used(t testing.TB, f keys.UsageFilter) (sum keys.UsageSum) {
	t.Helper()
	rows, err := b.store.Usage(context.WithoutCancel(t.Context()), f)
	require.NoError(t, err)
	for _, r := range rows {
		sum.Add(r.UsageSum)
	}
	return sum
}

// conserved checks that what was paid in is there, leased, or charged for.
func (b *bank) conserved(t testing.TB) {
	t.Helper()
	c := b.now(t)
	require.Equal(t, b.credits, c.Credits+c.Leased+b.used(t, keys.UsageFilter{Customer: b.customer}).Cost, "credits %d, leased %d", c.Credits, c.Leased)
}

// call makes one that reserves and uses the same.
func call(ctx context.Context, s *keys.Service, secret keys.Secret, cost uint64) error {
	k, err := s.Authorize(ctx, string(secret))
	if err != nil {
		return err
	}
	r, err := s.Reserve(ctx, k, keys.Want{Model: "1/a", Cost: cost, Tokens: 10})
	if err != nil {
		return err
	}
	return r.Settle(ctx, keys.Usage{Cost: cost, PromptTokens: 4, OutputTokens: 6, Model: "1/a", Miner: "m", Status: 200})
}

func code(t testing.TB, err error, want string) *keys.Refusal {
	t.Helper()
	r, ok := errors.AsType[*keys.Refusal](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, want, r.Code, "%v", err)
	return r
}

// clock is a time that stands until it is moved.
type clock struct{ at atomic.Int64 }

func newClock(at time.Time) *clock {
	c := &clock{}
	c.at.Store(at.UnixNano())
	return c
}
func (c *clock) now() time.Time       { return time.Unix(0, c.at.Load()) }
func (c *clock) move(d time.Duration) { c.at.Add(int64(d)) }
