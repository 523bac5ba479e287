package storetest

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway/keys"
)

// Conformance is what every store must do. It is given one that is empty, and a second way to the same database.
func Conformance(t *testing.T, open func(*testing.T) (s, same keys.Store)) {
	for name, f := range map[string]func(*testing.T, keys.Store, keys.Store){
		"keys-and-their-changes":        keysAndTheirChanges,
		"changes-in-the-order-of-seq":   changesInOrder,
		"credits":                       credits,
		"leases":                        leases,
		"a-lease-that-was-lost":         lostLease,
		"batches-are-applied-once":      batchesOnce,
		"what-a-process-left-is-buried": buried,
		"usage-is-chosen-and-summed":    usage,
		"racing-leases-share-a-budget":  racingLeases,
		"minutes-of-keys":               minutes,
	} {
		t.Run(name, func(t *testing.T) {
			s, same := open(t)
			f(t, s, same)
		})
	}
}

var began = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func note(action, subject string) keys.Change {
	return keys.Change{At: began, Actor: "test", Action: action, Subject: subject, Detail: `{"a":1}`}
}

func customer(t *testing.T, s keys.Store, id string, credits int64) {
	t.Helper()
	require.NoError(t, s.PutCustomer(t.Context(), keys.Customer{ID: id, Name: "Name of " + id, Account: "agon1" + id, Created: began}, note("customer.create", id)))
	if credits > 0 {
		_, err := s.Credit(t.Context(), id, credits, note("customer.credit", id))
		require.NoError(t, err)
	}
}

func one(t *testing.T, s keys.Store, id string) keys.Customer {
	t.Helper()
	all, err := s.Customers(t.Context(), id)
	require.NoError(t, err)
	require.Len(t, all, 1)
	return all[0]
}

func keysAndTheirChanges(t *testing.T, s, same keys.Store) {
	customer(t, s, "c", 0)
	k := keys.Key{
		ID: "k", Customer: "c", Name: "a 'key' with ?", Hash: [32]byte{1, 2, 31: 255}, Created: began,
		Scope: keys.Scope{
			Models: []string{"1/*"}, Budget: keys.Budget{Period: keys.Day, Amount: math.MaxUint64 >> 2}, RequestsPerMinute: 5, TokensPerMinute: 7,
			Expires: began.Add(time.Hour), ScoreSample: true,
		},
	}
	require.NoError(t, s.PutKey(t.Context(), k, note("key.create", "k")))
	got, err := same.Key(t.Context(), "k")
	require.NoError(t, err)
	require.Positive(t, got.Seq)
	k.Seq = got.Seq
	require.Equal(t, k, got, "every field, as it was")

	since, err := same.KeysSince(t.Context(), got.Seq)
	require.NoError(t, err)
	require.Empty(t, since)
	changed, err := same.UpdateKey(t.Context(), "k", func(k *keys.Key) (keys.Change, error) {
		k.Revoked = began.Add(time.Minute)
		return note("key.revoke", "k"), nil
	})
	require.NoError(t, err)
	require.Equal(t, began.Add(time.Minute), changed.Revoked)
	since, err = s.KeysSince(t.Context(), got.Seq)
	require.NoError(t, err)
	require.Len(t, since, 1)
	require.Equal(t, began.Add(time.Minute), since[0].Revoked)
	require.Greater(t, since[0].Seq, got.Seq)

	errOwn := errors.New("not so")
	_, err = s.UpdateKey(t.Context(), "k", func(k *keys.Key) (keys.Change, error) {
		k.Name = "changed all the same"
		return keys.Change{}, errOwn
	})
	require.ErrorIs(t, err, errOwn)
	got, err = s.Key(t.Context(), "k")
	require.NoError(t, err)
	require.Equal(t, k.Name, got.Name)

	_, err = s.Key(t.Context(), "other")
	require.ErrorIs(t, err, keys.ErrNotFound)
	_, err = s.UpdateKey(t.Context(), "other", nil)
	require.ErrorIs(t, err, keys.ErrNotFound)
	require.ErrorIs(t, s.PutKey(t.Context(), keys.Key{ID: "x", Customer: "nobody"}, note("key.create", "x")), keys.ErrNotFound)

	trail, err := s.Changes(t.Context(), "k", 10)
	require.NoError(t, err)
	require.Equal(t, []keys.Change{note("key.revoke", "k"), note("key.create", "k")}, trail, "what was refused left no trace")
	trail, err = s.Changes(t.Context(), "", 2)
	require.NoError(t, err)
	require.Len(t, trail, 2)
}

// A reader that asks for what came after the last that it saw must miss nothing, whatever writes at the same time.
func changesInOrder(t *testing.T, s, same keys.Store) {
	customer(t, s, "c", 0)
	const writers, each = 4, 10
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				k := keys.Key{ID: string(rune('a'+w)) + string(rune('0'+i)), Customer: "c"}
				if err := []keys.Store{s, same}[w%2].PutKey(t.Context(), k, note("key.create", k.ID)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	seen, seq, last := map[string]bool{}, int64(0), false
	for !last {
		select {
		case <-done:
			last = true
		default:
		}
		got, err := s.KeysSince(t.Context(), seq)
		require.NoError(t, err)
		for _, k := range got {
			require.Greater(t, k.Seq, seq)
			seen[k.ID], seq = true, k.Seq
		}
	}
	require.Len(t, seen, writers*each)
}

func credits(t *testing.T, s, same keys.Store) {
	customer(t, s, "c", 100)
	got, err := s.Credit(t.Context(), "c", -30, note("customer.credit", "c"))
	require.NoError(t, err)
	require.Equal(t, keys.Customer{ID: "c", Name: "Name of c", Account: "agon1c", Credits: 70, Created: began}, got)

	for _, c := range []struct {
		id     string
		amount int64
		err    error
	}{
		{"c", -71, keys.ErrNoCredits},
		{"c", 0, keys.ErrInvalid},
		{"c", math.MinInt64, keys.ErrInvalid},
		{"c", math.MaxInt64, keys.ErrInvalid},
		{"c", keys.MaxAmount - 69, keys.ErrInvalid},
		{"nobody", 1, keys.ErrNotFound},
	} {
		_, err := s.Credit(t.Context(), c.id, c.amount, note("customer.credit", c.id))
		require.ErrorIs(t, err, c.err, "%d", c.amount)
	}
	require.EqualValues(t, 70, one(t, same, "c").Credits)
	got, err = s.Credit(t.Context(), "c", keys.MaxAmount-70, note("customer.credit", "c"))
	require.NoError(t, err)
	require.EqualValues(t, uint64(keys.MaxAmount), got.Credits)

	customer(t, s, "a", 0)
	all, err := same.Customers(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, all, 2)
	_, err = s.Customers(t.Context(), "nobody")
	require.ErrorIs(t, err, keys.ErrNotFound)
}

func lease(id string, budget uint64) keys.Lease {
	return keys.Lease{ID: id, Process: "p-" + id, Customer: "c", Key: "k", Window: "day/2026-03-01", Budget: budget}
}

func leases(t *testing.T, s, same keys.Store) {
	customer(t, s, "c", 1000)
	l := lease("l", 500)
	got, err := s.Extend(t.Context(), l, 10, 1000, began)
	require.NoError(t, err)
	require.EqualValues(t, 125, got, "a quarter of the budget, which is less than the credits")
	require.EqualValues(t, 875, one(t, same, "c").Credits)
	require.EqualValues(t, 125, one(t, same, "c").Leased)
	l.Amount = got

	got, err = same.Extend(t.Context(), lease("m", 500), 300, 400, began)
	require.NoError(t, err)
	require.EqualValues(t, 300, got, "what the call needs, where a quarter is less")
	got, err = s.Extend(t.Context(), l, 1, 5, began.Add(time.Hour))
	require.NoError(t, err)
	require.EqualValues(t, 5, got, "no more than asked")

	_, err = s.Extend(t.Context(), lease("n", 500), 71, 71, began)
	require.ErrorIs(t, err, keys.ErrOverBudget)
	_, err = s.Extend(t.Context(), lease("n", 0), 571, 571, began)
	require.ErrorIs(t, err, keys.ErrNoCredits)
	nobody := lease("n", 0)
	nobody.Customer = "nobody"
	_, err = s.Extend(t.Context(), nobody, 1, 1, began)
	require.ErrorIs(t, err, keys.ErrNotFound)
	require.EqualValues(t, 430, one(t, s, "c").Leased, "refusals took nothing")

	stands, err := same.Renew(t.Context(), []string{"m", "gone"}, began.Add(time.Minute))
	require.NoError(t, err)
	require.Equal(t, map[string]bool{"m": true, "gone": false}, stands)

	n, err := s.Reclaim(t.Context(), began.Add(time.Minute))
	require.NoError(t, err)
	require.Zero(t, n, "none expired before that")
	n, err = s.Reclaim(t.Context(), began.Add(time.Minute+1000))
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.EqualValues(t, 870, one(t, s, "c").Credits)
	got, err = s.Extend(t.Context(), lease("o", 500), 370, 370, began)
	require.NoError(t, err, "the budget came back too")
	require.EqualValues(t, 370, got)
}

func lostLease(t *testing.T, s, _ keys.Store) {
	customer(t, s, "c", 1000)
	l := lease("l", 100)
	var err error
	l.Amount, err = s.Extend(t.Context(), l, 60, 60, began)
	require.NoError(t, err)
	n, err := s.Reclaim(t.Context(), began.Add(time.Second))
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, err = s.Extend(t.Context(), l, 10, 10, began)
	require.ErrorIs(t, err, keys.ErrLeaseLost)
	require.EqualValues(t, 1000, one(t, s, "c").Credits)

	// Another takes most of the budget; then the first settles what it had reserved.
	_, err = s.Extend(t.Context(), lease("m", 100), 75, 75, began)
	require.NoError(t, err)
	u := keys.UsageKey{Day: "2026-03-01", Customer: "c", Key: "k", Model: "1/a", Miner: "m"}
	require.NoError(t, s.Apply(t.Context(), &keys.Batch{
		Process: "p", Number: 1, Usage: map[keys.UsageKey]keys.UsageSum{u: {Calls: 1, Cost: 60}}, Spent: map[*keys.Lease]uint64{&l: 60},
	}))
	rows, err := s.Usage(t.Context(), keys.UsageFilter{})
	require.NoError(t, err)
	require.Equal(t, []keys.UsageRow{{UsageKey: u, UsageSum: keys.UsageSum{Calls: 1, Cost: 25, Uncharged: 35}}}, rows, "the budget holds")
	require.EqualValues(t, 1000-75-25, one(t, s, "c").Credits)
}

func batch(process string, number int64, l *keys.Lease, cost uint64, closing bool) *keys.Batch {
	b := &keys.Batch{Process: process, Number: number, Usage: map[keys.UsageKey]keys.UsageSum{
		{Day: "2026-03-01", Customer: l.Customer, Key: l.Key, Model: "1/a", Miner: "m"}: {Calls: 1, Cost: cost, PromptTokens: 2, OutputTokens: 3},
	}, Spent: map[*keys.Lease]uint64{l: cost}}
	if closing {
		b.Close = []*keys.Lease{l}
	}
	return b
}

func batchesOnce(t *testing.T, s, same keys.Store) {
	customer(t, s, "c", 1000)
	l := lease("l", 0)
	var err error
	l.Amount, err = s.Extend(t.Context(), l, 100, 100, began)
	require.NoError(t, err)
	for _, to := range []keys.Store{s, same, s} {
		require.NoError(t, to.Apply(t.Context(), batch("p", 1, &l, 40, false)))
	}
	require.EqualValues(t, 60, one(t, s, "c").Leased, "spent once")
	require.NoError(t, s.Apply(t.Context(), batch("q", 1, &l, 1, false)), "numbers are each process's own")
	for range 2 {
		require.NoError(t, s.Apply(t.Context(), batch("p", 2, &l, 9, true)))
	}
	require.NoError(t, s.Apply(t.Context(), batch("p", 1, &l, 40, false)), "an old one, again")
	got := one(t, s, "c")
	require.EqualValues(t, 950, got.Credits)
	require.Zero(t, got.Leased)
	rows, err := s.Usage(t.Context(), keys.UsageFilter{})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, keys.UsageSum{Calls: 3, Cost: 50, PromptTokens: 6, OutputTokens: 9}, rows[0].UsageSum)

	// Whole or not at all: the second lease's amount does not cover what is said to be spent of it.
	a, b := lease("a", 0), lease("b", 0)
	for _, l := range []*keys.Lease{&a, &b} {
		l.Amount, err = s.Extend(t.Context(), *l, 10, 10, began)
		require.NoError(t, err)
	}
	bad := batch("p", 3, &a, 10, false)
	bad.Spent[&b] = 11
	require.Error(t, s.Apply(t.Context(), bad))
	require.EqualValues(t, 20, one(t, s, "c").Leased)
	bad.Spent[&b] = 10
	require.NoError(t, s.Apply(t.Context(), bad), "the number was not used up")
	require.Zero(t, one(t, s, "c").Leased)
}

func buried(t *testing.T, s, same keys.Store) {
	customer(t, s, "c", 1000)
	dead, lives := lease("l", 0), lease("m", 0)
	for _, l := range []*keys.Lease{&dead, &lives} {
		var err error
		l.Amount, err = s.Extend(t.Context(), *l, 100, 100, began.Add(time.Hour))
		require.NoError(t, err)
	}
	require.NoError(t, s.Apply(t.Context(), batch(dead.Process, 1, &dead, 30, false)))
	n, err := same.Bury(t.Context(), dead.Process)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	n, err = same.Bury(t.Context(), dead.Process)
	require.NoError(t, err)
	require.Zero(t, n)
	got := one(t, s, "c")
	require.EqualValues(t, 870, got.Credits)
	require.EqualValues(t, 100, got.Leased, "the other's stands")
}

func usage(t *testing.T, s, same keys.Store) {
	rows := []keys.UsageRow{}
	for _, day := range []string{"2026-03-01", "2026-03-02", "2026-03-03"} {
		for _, k := range []string{"k1", "k2"} {
			for _, model := range []string{"1/a", "1/b"} {
				rows = append(rows, keys.UsageRow{
					UsageKey: keys.UsageKey{Day: day, Customer: "c-" + k, Key: k, Model: model, Miner: "m"}, UsageSum: keys.UsageSum{Calls: 2, Failed: 1, Cost: uint64(len(rows)), Uncharged: 3},
				})
			}
		}
	}
	for i, r := range rows {
		half := r.UsageSum
		half.Calls--
		require.NoError(t, s.Apply(t.Context(), &keys.Batch{Process: "p", Number: int64(2*i + 1), Usage: map[keys.UsageKey]keys.UsageSum{r.UsageKey: half}}))
		require.NoError(t, same.Apply(t.Context(), &keys.Batch{Process: "p", Number: int64(2*i + 2), Usage: map[keys.UsageKey]keys.UsageSum{r.UsageKey: {Calls: 1}}}))
	}
	for _, f := range []keys.UsageFilter{
		{}, {Customer: "c-k1"}, {Key: "k2"}, {Model: "1/b"}, {From: "2026-03-02"}, {To: "2026-03-02"}, {From: "2026-03-02", To: "2026-03-02"}, {Key: "k1", Model: "1/a"}, {Key: "other"},
	} {
		want := []keys.UsageRow{}
		for _, r := range rows {
			if (f.Customer == "" || f.Customer == r.Customer) && (f.Key == "" || f.Key == r.Key) && (f.Model == "" || f.Model == r.Model) &&
				(f.From == "" || r.Day >= f.From) && (f.To == "" || r.Day <= f.To) {
				want = append(want, r)
			}
		}
		got, err := s.Usage(t.Context(), f)
		require.NoError(t, err)
		require.Equal(t, want, got, "%+v", f)
	}
}

// Leases are taken, spent, given back and reclaimed by many at once. The budget is below the credits, and nobody gets past it.
func racingLeases(t *testing.T, s, same keys.Store) {
	const workers, budget, cost = 8, 300, 10
	customer(t, s, "c", 10*budget)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			to := []keys.Store{s, same}[w%2]
			for n := int64(1); ; n++ {
				l := lease(string(rune('a'+w))+time.Duration(n).String(), budget)
				var err error
				l.Amount, err = to.Extend(t.Context(), l, cost, 3*cost, began)
				if errors.Is(err, keys.ErrOverBudget) {
					return
				}
				if err == nil && n%3 == 0 { // reclaimed under whoever holds it
					_, err = same.Reclaim(t.Context(), began.Add(time.Second))
				}
				if err == nil {
					err = to.Apply(context.WithoutCancel(t.Context()), batch(l.ID, 1, &l, cost, true))
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	rows, err := s.Usage(t.Context(), keys.UsageFilter{})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.LessOrEqual(t, rows[0].Cost, uint64(budget))
	got := one(t, s, "c")
	require.Zero(t, got.Leased)
	require.EqualValues(t, 10*budget, got.Credits+rows[0].Cost, "nothing was made or lost")
	require.Greater(t, rows[0].Cost, uint64(budget-cost), "what is left of the budget is not enough for a call")
}

func minutes(t *testing.T, s, same keys.Store) {
	ask := func(from keys.Store, at time.Duration, requests, tokens float64) keys.Minute {
		t.Helper()
		left, err := from.Minutes(t.Context(), began.Add(at), []keys.Minute{
			{Key: "a", Requests: requests, Tokens: tokens, RequestsPerMinute: 60, TokensPerMinute: 600},
			{Key: "b", RequestsPerMinute: 1},
		})
		require.NoError(t, err)
		require.Len(t, left, 2)
		require.Equal(t, []string{"a", "b"}, []string{left[0].Key, left[1].Key})
		require.InDelta(t, 1, left[1].Requests, 1e-9, "another key's")
		return left[0]
	}
	is := func(got keys.Minute, requests, tokens float64) {
		t.Helper()
		require.InDelta(t, requests, got.Requests, 1e-6)
		require.InDelta(t, tokens, got.Tokens, 1e-6)
	}
	is(ask(s, 0, 10, 100), 50, 500)
	is(ask(same, 0, 50, 700), 0, -200)
	is(ask(s, time.Second, 0, 0), 1, -190)
	is(ask(same, 0, 0, 0), 1, -190) // a clock that is behind gives nothing twice
	is(ask(same, 31*time.Second, 0, 0), 31, 110)
	is(ask(s, time.Hour, 0, 0), 60, 600)

	// Processes that take at once lose nothing of each other.
	var all sync.WaitGroup
	for _, from := range []keys.Store{s, same} {
		all.Go(func() {
			for range 20 {
				_, err := from.Minutes(t.Context(), began.Add(time.Hour), []keys.Minute{{Key: "a", Requests: 1, RequestsPerMinute: 60, TokensPerMinute: 600}})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	is(ask(s, time.Hour, 0, 0), 20, 600)
}
