package keys

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"
)

// extendTimeout bounds how long a call waits for the store.
const extendTimeout = 5 * time.Second

// Reservation holds what a call may cost. It ends with the first of Settle and Cancel; what comes after changes nothing.
type Reservation struct {
	s      *Service
	st     *state
	key    *Key
	lease  *lease // nil for a call that costs nothing
	want   Want
	closed atomic.Bool
}

// lease is this process's view of a [Lease]. The key's mutex guards it.
type lease struct {
	Lease
	free     uint64 // of its amount, neither reserved nor spent
	inFlight int
	expires  time.Time
	budget   Budget    // of the key when it was made
	end      time.Time // of its window; zero for never
}

// Limits says where the reservation's key stands.
func (r *Reservation) Limits() Limits { return r.s.Limits(r.key) }

// Reserve takes what a call can use at most from the key's limits, its budget and its customer's credits. Errors: a [*Refusal] with [CodeModel],
// [CodeRate], [CodeTooLarge], [CodeCredits], [CodeBudget], [CodeUnavailable], those of Authorize, or the context's.
func (s *Service) Reserve(ctx context.Context, key *Key, want Want) (*Reservation, error) {
	st := s.state(key.ID)
	if st == nil {
		return nil, errInvalidKey
	}
	want.Tokens = max(want.Tokens, 0)
	st.mu.Lock()
	k := st.key // the newest: the caller's may be of before a change
	if err := s.admit(st, k, want); err != nil {
		st.mu.Unlock()
		return nil, err
	}
	r := &Reservation{s: s, st: st, key: k, want: want}
	err := s.hold(ctx, st, r)
	if err != nil {
		st.requests.take(-1)
		st.tokens.take(-float64(want.Tokens))
	}
	st.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return r, nil
}

// admit judges scope and limits and takes from the limits.
func (s *Service) admit(st *state, k *Key, want Want) error {
	if err := s.standing(k); err != nil {
		return err
	}
	if !k.Allows(want.Model) {
		return refuse(http.StatusForbidden, CodeModel, 0, "the API key may not use the model %.100q", want.Model)
	}
	if want.Cost > MaxAmount {
		return refuse(http.StatusPaymentRequired, CodeCredits, 0, "the call could cost %d nagon, more than any account holds", want.Cost)
	}
	now := s.o.Now()
	st.used = now
	st.requests.fill(now)
	st.tokens.fill(now)
	if n := uint64(want.Tokens); st.tokens.size > 0 && n > st.tokens.size {
		return refuse(http.StatusTooManyRequests, CodeTooLarge, 0, "the call could use %d tokens, the key has %d a minute; ask for fewer", n, st.tokens.size)
	}
	if d := st.requests.wait(1); d > 0 {
		return refuse(http.StatusTooManyRequests, CodeRate, d, "the key has %d requests a minute; try again in %s", st.requests.size, d.Round(time.Millisecond))
	}
	if d := st.tokens.wait(uint64(want.Tokens)); d > 0 {
		return refuse(http.StatusTooManyRequests, CodeRate, d, "the key has %d tokens a minute; try again in %s", st.tokens.size, d.Round(time.Millisecond))
	}
	st.requests.take(1)
	st.tokens.take(float64(want.Tokens))
	return nil
}

// hold takes the cost from the key's lease, extending it as needed. It is called with the state locked and returns so, but unlocks while it waits.
func (s *Service) hold(ctx context.Context, st *state, r *Reservation) error {
	if r.want.Cost == 0 || s.spend(st, r) {
		return nil
	}
	st.mu.Unlock()
	select {
	case st.refill <- struct{}{}:
	case <-ctx.Done():
		st.mu.Lock()
		return ctx.Err()
	}
	defer func() { <-st.refill }()
	st.mu.Lock()
	r.key = st.key
	if err := s.standing(r.key); err != nil { // revoked meanwhile
		return err
	}
	if s.spend(st, r) { // another call has extended it meanwhile
		return nil
	}
	now := s.o.Now()
	if st.dry.refusal != nil && now.Before(st.dry.until) && r.want.Cost >= st.dry.cost {
		return st.dry.refusal
	}
	_, end := r.key.Budget.window(now)
	err := s.extend(ctx, st, r, now)
	if errors.Is(err, ErrLeaseLost) { // set aside, and a new one is asked for
		s.retire(st)
		err = s.extend(ctx, st, r, now)
	}
	if err != nil {
		return s.refused(st, r, err, now, end)
	}
	st.lease.free -= r.want.Cost
	st.lease.inFlight++
	r.lease = st.lease
	return nil
}

// extend makes the key's lease large enough for the call, with the refill's token and the state locked, which it unlocks while it waits.
func (s *Service) extend(ctx context.Context, st *state, r *Reservation, now time.Time) error {
	l := st.lease
	if l == nil || !l.usable(now, r.key) {
		s.retire(st)
		window, end := r.key.Budget.window(now)
		l = &lease{budget: r.key.Budget, end: end, Lease: Lease{
			ID: newID() + newID(), Process: s.process, Customer: r.key.Customer, Key: r.key.ID, Window: window, Budget: r.key.Budget.Amount,
		}}
	}
	expires := now.Add(s.o.Lease)
	asked := l.Lease
	// What is left of the lease is put by for this call meanwhile. To ask for the whole cost would leave a rest that no call can have.
	rest := l.free
	l.free = 0
	st.mu.Unlock()
	least := r.want.Cost - rest
	most := r.want.Cost * min(s.o.LeaseCalls, MaxAmount/r.want.Cost)
	// Others wait for the same lease, so a caller that leaves does not stop it.
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), extendTimeout)
	got, err := s.o.Store.Extend(bounded, asked, least, most, expires)
	cancel()
	st.mu.Lock()
	l.free += rest
	if err != nil {
		return err // what was given without our hearing of it comes back with the lease, or when it expires
	}
	// Whoever sets a lease aside holds the refill's token, so it is still the key's.
	l.Amount += got
	l.free += got
	l.expires = expires
	st.lease = l
	st.held[l] = struct{}{}
	return nil
}

// usable says whether the key as it is now may be spent for from the lease.
func (l *lease) usable(now time.Time, k *Key) bool {
	// The window's end is compared rather than its name, which would be made anew for each call.
	return now.Before(l.expires) && (l.end.IsZero() || now.Before(l.end)) && l.budget == k.Budget && k.Revoked.IsZero()
}

func (s *Service) spend(st *state, r *Reservation) bool {
	l := st.lease
	if l == nil || l.free < r.want.Cost || !l.usable(s.o.Now(), r.key) {
		return false
	}
	l.free -= r.want.Cost
	l.inFlight++
	r.lease = l
	return true
}

func (s *Service) refused(st *state, r *Reservation, err error, now, end time.Time) error {
	var ref *Refusal
	switch {
	case errors.Is(err, ErrNoCredits), errors.Is(err, ErrNotFound):
		ref = refuse(http.StatusPaymentRequired, CodeCredits, 0, "the account's credits do not cover this call, which can cost %d nagon; add credits", r.want.Cost)
	case errors.Is(err, ErrOverBudget):
		after := time.Duration(0)
		if !end.IsZero() {
			after = end.Sub(now)
		}
		ref = refuse(http.StatusPaymentRequired, CodeBudget, after, "the key's budget for the %s does not cover this call, which can cost %d nagon",
			r.key.Budget.Period, r.want.Cost)
	default:
		s.o.Logger.Error("no lease", "key", r.key.ID, "error", err)
		return refuse(http.StatusServiceUnavailable, CodeUnavailable, time.Second, "accounts cannot be reached; try again")
	}
	st.dry = dry{until: now.Add(s.o.Poll), cost: r.want.Cost, refusal: ref}
	return ref
}

// Settle charges what the call cost, at most what was reserved, and counts it. It does not wait for the disk: what is settled outlives the process
// at once where [Options.Spool] is set, and is in the store within [Options.Flush] and the time of one write.
func (r *Reservation) Settle(_ context.Context, u Usage) error {
	if !r.closed.CompareAndSwap(false, true) {
		return nil
	}
	u.PromptTokens, u.OutputTokens = max(u.PromptTokens, 0), max(u.OutputTokens, 0)
	charge := min(u.Cost, r.want.Cost)
	now := r.s.o.Now()
	r.st.mu.Lock()
	r.st.tokens.fill(now)
	r.st.tokens.take(float64(u.PromptTokens) + float64(u.OutputTokens) - float64(r.want.Tokens))
	r.st.mu.Unlock()
	sum := UsageSum{Calls: 1, PromptTokens: uint64(u.PromptTokens), OutputTokens: uint64(u.OutputTokens), Cost: charge, Uncharged: u.Cost - charge}
	if u.Status >= http.StatusBadRequest {
		sum.Failed = 1
	}
	k := UsageKey{Day: now.UTC().Format(time.DateOnly), Customer: r.key.Customer, Key: r.key.ID, Model: u.Model, Miner: u.Miner}
	r.s.journal.add(k, sum, r.lease, charge)
	// After the journal has it, so that a lease with nothing in flight has everything written down.
	r.release(r.want.Cost - charge)
	return nil
}

// Cancel gives everything back but the request itself, which was made.
func (r *Reservation) Cancel() {
	if !r.closed.CompareAndSwap(false, true) {
		return
	}
	r.st.mu.Lock()
	r.st.tokens.take(-float64(r.want.Tokens))
	r.st.mu.Unlock()
	r.release(r.want.Cost)
}

func (r *Reservation) release(free uint64) {
	if r.lease == nil {
		return
	}
	r.st.mu.Lock()
	r.lease.free += free
	r.lease.inFlight--
	last := r.lease.inFlight == 0 && r.st.lease != r.lease
	if last {
		delete(r.st.held, r.lease)
	}
	if free > 0 {
		r.st.dry = dry{}
	}
	r.st.mu.Unlock()
	if last {
		r.s.journal.close(&r.lease.Lease)
	}
}

// retire sets the key's lease aside, with the state locked: it is given back once nothing in flight needs it.
func (s *Service) retire(st *state) {
	l := st.lease
	st.lease = nil
	if l != nil && l.inFlight == 0 {
		delete(st.held, l)
		s.journal.close(&l.Lease)
	}
}
