package keys

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Options of a [Service]. Zero values take the defaults in brackets.
type Options struct {
	Store  Store
	Logger *slog.Logger  // [none]
	Poll   time.Duration // how soon a change made by another process holds here [1 s]
	Flush  time.Duration // how long settled usage waits for others to be written with it [20 ms]
	Lease  time.Duration // how long a lease lasts without renewal [60 s]
	Grace  time.Duration // how long after its expiry a lease is reclaimed: more than clocks of a fleet differ [30 s]
	// LeaseCalls is how many calls like the one at hand a lease is asked to pay for [1000]. No lease takes more than a quarter of what is left,
	// so that other processes find some, unless the call at hand needs it.
	LeaseCalls uint64
	// Spool is a folder for what is settled and not yet in the store, so that a kill loses none of it. Processes of one machine that share a store
	// share it. [none: a kill loses what was settled within Flush]
	Spool string
	Now   func() time.Time // [time.Now]
}

// Service answers for one process. Make it with [NewService] and run it with [Service.Run].
type Service struct {
	o       Options
	process string

	mu      sync.RWMutex
	states  map[string]*state // by key id; bounded by the keys that exist
	seq     int64
	polling sync.Mutex // one reads changes at a time

	journal journal
}

// state is a key, its limits and its leases in this process.
type state struct {
	mu       sync.Mutex
	key      *Key // replaced, never changed
	requests bucket
	tokens   bucket
	lease    *lease
	held     map[*lease]struct{} // that one, and those set aside with calls in flight
	dry      dry
	used     time.Time
	refill   chan struct{} // a token: one extends the lease at a time
}

// dry remembers a refusal by the store for a moment, so that a key without credits does not cost a transaction per call.
type dry struct {
	until   time.Time
	cost    uint64
	refusal *Refusal
}

// Want is the most that a call can use.
type Want struct {
	Model  string
	Cost   uint64 // nagon at most
	Tokens int    // in and out
}

// Usage is what a call did use. What it cost above what was reserved is not charged but counted as uncharged.
type Usage struct {
	Cost                       uint64
	PromptTokens, OutputTokens int
	Model, Miner               string
	Status                     int
}

// NewService recovers what a killed process left in the spool and reads the keys. Errors: those of the store and of the spool's files.
func NewService(ctx context.Context, o Options) (*Service, error) {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&o.Poll, time.Second)
	def(&o.Flush, 20*time.Millisecond)
	def(&o.Lease, time.Minute)
	def(&o.Grace, 30*time.Second)
	if o.LeaseCalls == 0 {
		o.LeaseCalls = 1000
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Service{o: o, process: newID() + newID(), states: map[string]*state{}}
	s.journal.next = newBatch()
	if err := s.recover(ctx); err != nil {
		return nil, err
	}
	if err := s.Refresh(ctx); err != nil {
		return nil, err
	}
	if o.Spool != "" {
		var err error
		if s.journal.spool, err = openSpool(o.Spool, s.process); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Refresh reads what changed since the last time.
func (s *Service) Refresh(ctx context.Context) error {
	s.polling.Lock()
	defer s.polling.Unlock()
	changed, err := s.o.Store.KeysSince(ctx, s.seq)
	if err != nil {
		return err
	}
	for i := range changed {
		s.follow(&changed[i])
		s.seq = changed[i].Seq
	}
	return nil
}

// follow puts a key's new state in force at once, whatever its old one is busy with.
func (s *Service) follow(k *Key) {
	s.mu.Lock()
	st := s.states[k.ID]
	if st == nil {
		st = &state{refill: make(chan struct{}, 1), held: map[*lease]struct{}{}}
		s.states[k.ID] = st
	}
	// Before anybody finds the state, which is without a key yet.
	st.mu.Lock()
	s.mu.Unlock()
	defer st.mu.Unlock()
	now := s.o.Now()
	st.key, st.dry = k, dry{}
	for _, b := range []struct {
		b    *bucket
		size uint64
	}{{&st.requests, k.RequestsPerMinute}, {&st.tokens, k.TokensPerMinute}} {
		b.b.fill(now)
		b.b.resize(b.size)
	}
	select {
	case st.refill <- struct{}{}:
		if st.lease != nil && !st.lease.usable(now, k) {
			s.retire(st)
		}
		<-st.refill
	default: // the lease is being extended; nothing is spent from one that is not usable, and maintain gives it back
	}
}

// Authorize finds the key of a secret. A wrong secret takes as long as a right one, and an id is no secret. Errors: a [*Refusal] with
// [CodeInvalidKey], [CodeRevoked], [CodeExpired].
func (s *Service) Authorize(_ context.Context, secret string) (*Key, error) {
	id, hash, ok := split(secret)
	if !ok {
		return nil, errInvalidKey
	}
	st := s.state(id)
	if st == nil {
		return nil, errInvalidKey
	}
	st.mu.Lock()
	k := st.key
	st.mu.Unlock()
	if !sameHash(hash, k.Hash) {
		return nil, errInvalidKey
	}
	if err := s.standing(k); err != nil {
		return nil, err
	}
	return k, nil
}

func (s *Service) state(id string) *state {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.states[id]
}

func (s *Service) standing(k *Key) error {
	if !k.Revoked.IsZero() {
		return refuse(http.StatusUnauthorized, CodeRevoked, 0, "the API key was revoked at %s; create another", k.Revoked.UTC().Format(time.RFC3339))
	}
	if !k.Expires.IsZero() && !s.o.Now().Before(k.Expires) {
		return refuse(http.StatusUnauthorized, CodeExpired, 0, "the API key expired at %s; create another or extend it", k.Expires.UTC().Format(time.RFC3339))
	}
	return nil
}

// Limits says where a key stands.
func (s *Service) Limits(k *Key) Limits {
	st := s.state(k.ID)
	if st == nil {
		return Limits{}
	}
	now := s.o.Now()
	st.mu.Lock()
	defer st.mu.Unlock()
	st.requests.fill(now)
	st.tokens.fill(now)
	return Limits{Requests: st.requests.limit(), Tokens: st.tokens.limit()}
}
