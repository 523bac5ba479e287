package till

import (
	"fmt"

	"golang.org/x/time/rate"
)

// evictionSample is how many idle channels are compared when one has to be forgotten: the least recently used of a few is good enough.
const evictionSample = 16

// acquire is a channel with what the book says of it. Where it says nothing, the channel begins with what the chain has paid, which was spent on calls
// that a lost book knew; with no facts it is nil. The caller must release it. Errors: ErrBook, ErrFull.
func (t *Till) acquire(id uint64, facts *Channel) (*channel, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	ch := t.channels[id]
	if ch == nil {
		rec, ok, err := t.book.get(id)
		switch {
		case err != nil:
			return nil, err
		case !ok && facts == nil:
			return nil, nil
		case !ok:
			rec = record{vouched: facts.Claimed, spent: facts.Claimed, claimed: facts.Claimed}
		}
		if !t.makeRoom() {
			return nil, fmt.Errorf("%w: %d", ErrFull, len(t.channels))
		}
		ch = &channel{id: id, rec: rec, raised: make(chan struct{}), pace: rate.NewLimiter(raisePace, raiseBurst)}
		if rec.payer != (payer{}) {
			ch.payers = []payer{rec.payer}
		}
		t.channels[id] = ch
	}
	ch.users++
	ch.used = t.o.Now()
	return ch, nil
}

func (t *Till) release(ch *channel) {
	t.mu.Lock()
	defer t.mu.Unlock()
	ch.users--
	ch.used = t.o.Now()
}

// makeRoom forgets a channel that nobody uses where there are too many. Under t.mu.
func (t *Till) makeRoom() bool {
	if len(t.channels) < t.o.MaxChannels {
		return true
	}
	var victim *channel
	seen := 0
	for _, ch := range t.channels {
		if !t.idle(ch) {
			continue
		}
		if victim == nil || ch.used.Before(victim.used) {
			victim = ch
		}
		if seen++; seen == evictionSample {
			break
		}
	}
	if victim == nil {
		return false
	}
	delete(t.channels, victim.id)
	return true
}

// idle says whether a channel can be forgotten: nobody uses it, and the disk has all of it. What the disk did not take is tried again. Under Till.mu, so
// that nobody begins to.
func (t *Till) idle(ch *channel) bool {
	if ch.users > 0 {
		return false
	}
	ch.mu.Lock()
	defer ch.mu.Unlock()
	over, ok := t.durable(ch).settled()
	return over && ok
}

// forget deletes a channel that the chain no longer pays, unless it is used. It says whether it did.
func (t *Till) forget(id uint64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if ch := t.channels[id]; ch != nil {
		if !t.idle(ch) {
			return false
		}
		delete(t.channels, id)
	}
	t.book.put(id, nil)
	return true
}
