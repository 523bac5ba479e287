package keys_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/gateway/keys/store/storetest"
)

// flaky is a store whose answers get lost: what it was asked for may have been done, or not.
type flaky struct {
	keys.Store
	mu   sync.Mutex
	dice *rand.Rand
	gone atomic.Bool // nothing gets through any more: the process is cut off for good
}

var errLost = errors.New("the connection broke")

func (f *flaky) roll(do func() error) error {
	f.mu.Lock()
	n := f.dice.IntN(20)
	f.mu.Unlock()
	if f.gone.Load() || n == 0 {
		return errLost
	}
	err := do()
	if n == 1 {
		return errLost
	}
	return err
}

func (f *flaky) Extend(ctx context.Context, l keys.Lease, least, most uint64, expires time.Time) (n uint64, err error) {
	err = f.roll(func() error {
		var err error
		n, err = f.Store.Extend(ctx, l, least, most, expires)
		return err
	})
	return n, err
}

func (f *flaky) Renew(ctx context.Context, ids []string, expires time.Time) (m map[string]bool, err error) {
	err = f.roll(func() error {
		var err error
		m, err = f.Store.Renew(ctx, ids, expires)
		return err
	})
	return m, err
}

func (f *flaky) Apply(ctx context.Context, b *keys.Batch) error {
	return f.roll(func() error { return f.Store.Apply(ctx, b) })
}

// Whatever fails, ends, expires or is changed: what was paid in is left or charged, what calls cost is charged or counted as uncharged, no budget is
// passed, and nothing stays leased. A failure is repeated with its seed, as far as the machine's timing allows.
func TestMoneyIsConserved(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			conserve(t, seed)
		})
	}
}

func conserve(t *testing.T, seed uint64) {
	const budget, rounds, workers, each = 3000, 6, 8, 40
	dice := rand.New(rand.NewPCG(seed, 1))
	b := newBank(t, storetest.SQLite(t), 10_000)
	secrets := []keys.KeySecret{
		b.key(t, keys.Scope{}), b.key(t, keys.Scope{Budget: keys.Budget{Period: keys.Total, Amount: budget}}), b.key(t, keys.Scope{Budget: keys.Budget{Period: keys.Total, Amount: budget}}),
	}
	spool := t.TempDir()
	var cost, calls atomic.Uint64
	for round := range rounds {
		var wg sync.WaitGroup
		var ends []func()
		for p := range 2 {
			f := &flaky{Store: b.store, dice: rand.New(rand.NewPCG(seed, uint64(10*round+p)))}
			o := keys.Options{
				Store: f, Spool: spool, LeaseCalls: 5, Lease: 40 * time.Millisecond, Grace: 20 * time.Millisecond, Poll: 5 * time.Millisecond, Flush: 3 * time.Millisecond,
			}
			s, err := keys.NewService(t.Context(), o)
			for errors.Is(err, errLost) { // it recovers what others left, and may lose an answer too
				s, err = keys.NewService(t.Context(), o)
			}
			require.NoError(t, err)
			ctx, cancel := context.WithCancel(context.Background())
			ran := make(chan error, 1)
			go func() { ran <- s.Run(ctx) }()
			killed := dice.IntN(3) == 0
			ends = append(ends, func() {
				f.gone.Store(killed)
				cancel()
				if err := <-ran; !killed && err != nil {
					// One answer got lost; the next start settles it, as after a kill.
					require.ErrorIs(t, err, errLost)
				}
			})
			for w := range workers {
				own := rand.New(rand.NewPCG(seed, uint64(1000+100*round+10*p+w)))
				wg.Go(func() {
					for range each {
						k, err := s.Authorize(t.Context(), string(secrets[own.IntN(3)].Secret))
						if err != nil {
							continue // revoked
						}
						most := 1 + own.Uint64N(40)
						r, err := s.Reserve(t.Context(), k, keys.Want{Cost: most})
						if err != nil {
							continue
						}
						if own.IntN(10) == 0 {
							time.Sleep(time.Duration(own.IntN(100)) * time.Millisecond) // longer than a lease
						}
						if own.IntN(5) == 0 {
							r.Cancel()
							continue
						}
						u := keys.Usage{Cost: own.Uint64N(most + 5), Model: strconv.Itoa(own.IntN(3)), Miner: "m"}
						if err := r.Settle(t.Context(), u); err != nil {
							t.Error(err)
						}
						cost.Add(u.Cost)
						calls.Add(1)
					}
				})
			}
		}
		for range 5 { // an administrator's hand
			amount := int64(dice.IntN(2000)) - 900
			if c, err := b.ledger.Credit(t.Context(), b.customer, amount); err == nil {
				b.credits += uint64(amount)
				require.Equal(t, b.customer, c.ID)
			} else if !errors.Is(err, keys.ErrInvalid) {
				require.ErrorIs(t, err, keys.ErrNoCredits)
			}
			time.Sleep(5 * time.Millisecond)
		}
		wg.Wait()
		for _, end := range ends {
			end()
		}
	}
	s, stop := b.start(t, keys.Options{Spool: spool, Lease: 20 * time.Millisecond, Grace: 20 * time.Millisecond})
	require.NotNil(t, s)
	require.Eventually(t, func() bool { return b.now(t).Leased == 0 }, 10*time.Second, 10*time.Millisecond)
	stop()
	b.conserved(t)
	used := b.used(t, keys.UsageFilter{})
	require.Equal(t, calls.Load(), used.Calls)
	require.Equal(t, cost.Load(), used.Cost+used.Uncharged)
	require.Positive(t, used.Cost)
	for _, k := range secrets[1:] {
		require.LessOrEqual(t, b.used(t, keys.UsageFilter{Key: k.ID}).Cost, uint64(budget))
	}
}
