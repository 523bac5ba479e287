package keys

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// journal sums what is settled between two writes.
type journal struct {
	mu     sync.Mutex
	next   *Batch
	number int64
	spool  *spool // nil for none
	broken error  // why a line may be missing in the spool
}

func newBatch() *Batch { return &Batch{Usage: map[UsageKey]UsageSum{}, Spent: map[*Lease]uint64{}} }

func (b *Batch) add(k UsageKey, u UsageSum, l *Lease, charge uint64) {
	sum := b.Usage[k]
	sum.Add(u)
	b.Usage[k] = sum
	if l != nil && charge > 0 {
		b.Spent[l] += charge
	}
}

func (j *journal) add(k UsageKey, u UsageSum, l *lease, charge uint64) {
	line := spoolLine{Key: k, Sum: u, Charge: charge}
	if l != nil {
		line.Lease = &l.Lease
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.next.add(k, u, line.Lease, charge)
	if j.spool != nil {
		line.Number = j.number + 1
		if err := j.spool.write(line); err != nil {
			j.broken = err
		}
	}
}

func (j *journal) close(l *Lease) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.next.Close = append(j.next.Close, l)
}

// cut takes what was gathered, or nil where there is nothing. All that it gave before must be in the store.
func (j *journal) cut(process string) *Batch {
	j.mu.Lock()
	defer j.mu.Unlock()
	b := j.next
	if len(b.Usage) == 0 && len(b.Close) == 0 {
		return nil
	}
	j.number++
	b.Process, b.Number = process, j.number
	j.next = newBatch()
	if j.spool != nil {
		if err := j.spool.next(); err != nil {
			j.broken = err
		}
	}
	return b
}

// trouble says once why what was settled since the last time would not outlive a kill, though it is in memory and will be written.
func (j *journal) trouble() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	err := j.broken
	j.broken = nil
	return err
}

// Add adds one sum to another.
func (s *UsageSum) Add(u UsageSum) {
	s.Calls += u.Calls
	s.Failed += u.Failed
	s.PromptTokens += u.PromptTokens
	s.OutputTokens += u.OutputTokens
	s.Cost += u.Cost
	s.Uncharged += u.Uncharged
}

// Run writes what is settled, follows changes of keys, renews leases and gives back idle ones, and reclaims those of processes that died, until
// the context ends. Then it writes what is left and gives back every lease, so calls must have ended before. Errors: those of the last write.
func (s *Service) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { s.every(ctx, s.o.Poll, "follow the keys", s.Refresh) })
	wg.Go(func() { s.every(ctx, s.o.Poll, "share the keys' minutes", s.agree) })
	wg.Go(func() { s.every(ctx, s.o.Lease/4, "renew leases", s.maintain) })
	var unwritten *Batch
	s.every(ctx, s.o.Flush, "write usage", func(ctx context.Context) error { return s.flush(ctx, &unwritten) })
	wg.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	for _, st := range s.all() {
		st.refill <- struct{}{} // whoever extends a lease ends within extendTimeout
		st.mu.Lock()
		s.retire(st)
		st.mu.Unlock()
		<-st.refill
	}
	_ = s.agree(last)                // where that fails a second of rates is forgotten, which is no money
	err := s.flush(last, &unwritten) // one that failed before
	if err == nil {
		err = s.flush(last, &unwritten)
	}
	if sp := s.journal.spool; sp != nil {
		err = errors.Join(err, sp.close(unwritten == nil))
	}
	return err
}

// flush writes a batch; one that fails is kept and written before the next, under its own number, since it may have been written after all.
func (s *Service) flush(ctx context.Context, unwritten **Batch) error {
	if *unwritten == nil {
		if *unwritten = s.journal.cut(s.process); *unwritten == nil {
			return nil
		}
	}
	if err := s.o.Store.Apply(ctx, *unwritten); err != nil {
		return err
	}
	*unwritten = nil
	if err := s.journal.trouble(); err != nil {
		return fmt.Errorf("keep settled calls in %s: %w", s.o.Spool, err)
	}
	return nil
}

// every does something again and again. An error is logged when it begins, and once more when it is over.
func (s *Service) every(ctx context.Context, d time.Duration, what string, do func(context.Context) error) {
	t := time.NewTicker(d)
	defer t.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		err := do(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failing {
			s.o.Logger.Error("cannot "+what, "error", err)
		}
		if err == nil && failing {
			s.o.Logger.Info("can " + what + " again")
		}
		failing = err != nil
	}
}

func (s *Service) all() []*state {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]*state, 0, len(s.states))
	for _, st := range s.states {
		out = append(out, st)
	}
	return out
}

// maintain renews leases in use, gives back idle ones and those of windows that are over, and does for the dead what they cannot.
func (s *Service) maintain(ctx context.Context) error {
	now := s.o.Now()
	expires := now.Add(s.o.Lease)
	renew := map[string]*state{}
	var ids []string
	for _, st := range s.all() {
		select {
		case st.refill <- struct{}{}:
		default:
			continue // it is being extended, and so renewed
		}
		st.mu.Lock()
		if l := st.lease; l != nil && (!l.usable(now, st.key) || l.inFlight == 0 && now.Sub(st.used) > s.o.Lease/2) {
			s.retire(st)
		}
		for l := range st.held {
			renew[l.ID] = st
			ids = append(ids, l.ID)
		}
		st.mu.Unlock()
		<-st.refill
	}
	if len(ids) > 0 {
		stands, err := s.o.Store.Renew(ctx, ids, expires)
		if err != nil {
			return err
		}
		for id, st := range renew {
			st.mu.Lock()
			for l := range st.held {
				if l.ID == id && stands[id] && expires.After(l.expires) {
					l.expires = expires
				} else if l.ID == id && !stands[id] {
					l.expires = now // reclaimed: nothing more is spent from it
				}
			}
			st.mu.Unlock()
		}
	}
	lost := s.recover(ctx) // first, so that what was settled is spent from leases that still stand
	n, err := s.o.Store.Reclaim(ctx, now.Add(-s.o.Grace))
	if n > 0 {
		s.o.Logger.Info("reclaimed leases of processes that ended", "leases", n)
	}
	return errors.Join(lost, err)
}

// recover settles what processes of this machine settled that were killed.
func (s *Service) recover(ctx context.Context) error {
	if s.o.Spool == "" {
		return nil
	}
	n, err := recoverSpools(ctx, s.o.Spool, s.o.Store)
	if n > 0 {
		s.o.Logger.Info("recovered what a process had settled that was killed", "calls", n)
	}
	return err
}
