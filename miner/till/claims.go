package till

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

const (
	// expiryMargin is how many blocks before a channel's expiry its voucher is claimed, however little it is.
	expiryMargin = 100
	// hurryPause is the least time between two looks at the chain.
	hurryPause = time.Second
	// firstRetry is the pause after a look that failed; it doubles up to the normal interval.
	firstRetry = 500 * time.Millisecond
	// pageSize is how many records are read at once.
	pageSize = 256
	// maxMisses is how many channels in a row may not be asked for until a look ends: then it is the chain that is away, and not a channel.
	maxMisses = 3
	// wholeEvery is how many looks pass by channels with nothing to claim until one asks for them too, to forget those that ended.
	wholeEvery = 60
)

// due is a voucher that the chain would pay.
type due struct {
	Claim
	amount uint64
	urgent bool
}

// Run claims until the context ends, and returns its error: what passes ClaimAbove together, what is older than ClaimAfter, and at once what is of a channel that is
// closing or about to expire. What it cannot do now it tries again. Run it once.
func (t *Till) Run(ctx context.Context) error {
	retry, n := min(firstRetry, t.o.CheckEvery), 0
	for {
		err := t.settleUp(ctx, n%wholeEvery == 0)
		wait := t.o.CheckEvery
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			retry = min(firstRetry, t.o.CheckEvery)
			n++
		default:
			t.o.Log.Warn("vouchers could not be claimed; trying again", "in", retry, "error", flat(err))
			wait, retry = retry, min(2*retry, t.o.CheckEvery)
		}
		if err := pause(ctx, min(wait, hurryPause)); err != nil {
			return err
		}
		timer := time.NewTimer(max(0, wait-hurryPause))
		select {
		case <-ctx.Done():
		case <-t.urgent:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// ClaimAll claims whatever is held, however little and young it is: for the end of a miner's work. It is not for use beside Run.
func (t *Till) ClaimAll(ctx context.Context) error {
	list, missed := t.collect(ctx, false)
	for i := range list {
		list[i].urgent = true
	}
	return errors.Join(t.claimDue(ctx, list), missed)
}

// settleUp looks at the chain for what can be claimed, and claims what should be.
func (t *Till) settleUp(ctx context.Context, whole bool) error {
	list, missed := t.collect(ctx, whole)
	return errors.Join(t.claimDue(ctx, list), missed)
}

// claimDue claims what is urgent, with what has room in the same transaction, and all if together it passes ClaimAbove.
func (t *Till) claimDue(ctx context.Context, list []due) error {
	var total uint64
	for _, d := range list {
		total = add(total, d.amount)
	}
	t.o.Metrics.Unclaimed(total)
	// The urgent first, then the largest, so that what is left out is the least.
	slices.SortFunc(list, func(a, b due) int {
		if a.urgent != b.urgent {
			if a.urgent {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.amount, a.amount), cmp.Compare(a.Channel, b.Channel))
	})
	for len(list) > 0 && (list[0].urgent || total >= t.o.ClaimAbove) {
		batch := list[:min(MaxClaims, len(list))]
		list = list[len(batch):]
		if err := t.claim(ctx, batch); err != nil {
			return err
		}
		for _, d := range batch {
			total -= min(total, d.amount)
		}
		t.o.Metrics.Unclaimed(total)
	}
	return nil
}

// collect reads the book and asks the chain for the channels that hold something, or for all. What it could find out it returns beside an error, the
// first one: one channel that cannot be asked for keeps no other from being claimed.
func (t *Till) collect(ctx context.Context, whole bool) (list []due, missed error) {
	misses := 0
	for from, more := uint64(0), true; more; {
		ids, records, next, err := t.book.page(from, pageSize)
		if err != nil {
			return list, err
		}
		for i, id := range ids {
			if !whole && records[i].unclaimed(^uint64(0)) == 0 {
				continue
			}
			d, err := t.examine(ctx, id)
			if err != nil {
				if missed == nil {
					missed = err
				}
				if misses++; misses == maxMisses {
					return list, missed
				}
				continue
			}
			misses = 0
			if d.amount > 0 && t.hopeless[id] != d.Cumulative {
				list = append(list, d)
			}
		}
		from, more = next, next > 0
	}
	return list, missed
}

// examine asks the chain for one channel and brings the record up to its word.
func (t *Till) examine(ctx context.Context, id uint64) (due, error) {
	c, err := t.facts.ask(ctx, id)
	gone := errors.Is(err, ErrNoChannel)
	if err != nil && !gone {
		return due{}, err
	}
	ch, err := t.acquire(id, nil)
	if err != nil || ch == nil {
		return due{}, err
	}
	ch.mu.Lock()
	if c.Claimed > ch.rec.claimed {
		t.paid(ch, c.Claimed)
	}
	rec := ch.rec
	ch.mu.Unlock()
	t.release(ch)
	if gone || c.Closed {
		if t.forget(id) {
			if left := rec.unclaimed(c.Deposit); left > 0 {
				t.o.Log.Warn("channel ended before its last voucher was claimed", "channel", id, "nagon", left)
			}
			delete(t.hopeless, id)
		}
		return due{}, nil
	}
	d := due{Claim: Claim{Channel: id, Cumulative: rec.vouched, Signature: rec.signature}, amount: rec.unclaimed(c.Deposit)}
	if d.amount > 0 {
		height, err := t.facts.at(ctx)
		if err != nil {
			return due{}, err
		}
		d.urgent = c.ClosingAt > 0 || height > c.ExpiresAt-expiryMargin || t.o.Now().Sub(time.Unix(rec.since, 0)) >= t.o.ClaimAfter
	}
	return d, nil
}

// paid notes what the chain has paid in all. Under ch.mu.
func (t *Till) paid(ch *channel, claimed uint64) {
	ch.rec.claimed = claimed
	if ch.rec.since = 0; ch.rec.vouched > claimed {
		ch.rec.since = t.o.Now().Unix()
	}
	ch.last = t.book.put(ch.id, &ch.rec)
}

// claim sends one transaction and takes note of what came of it.
func (t *Till) claim(ctx context.Context, batch []due) error {
	claims := make([]Claim, len(batch))
	for i, d := range batch {
		claims[i] = d.Claim
	}
	results, err := t.o.Chain.Claim(ctx, claims)
	if err != nil {
		return err
	}
	var total uint64
	for i, r := range results {
		if i == len(claims) || r.Channel != claims[i].Channel {
			break // not an answer to what was asked: the next look tells
		}
		if r.Problem != "" {
			t.o.Log.Warn("voucher was not paid", "channel", r.Channel, "cumulative", claims[i].Cumulative, "problem", r.Problem)
			t.hopeless[r.Channel] = claims[i].Cumulative // until another one comes, or the miner is started again
			continue
		}
		total = add(total, r.Paid)
		ch, err := t.acquire(r.Channel, nil)
		if err != nil {
			return err
		}
		if ch == nil {
			continue
		}
		ch.mu.Lock()
		if r.Total > ch.rec.claimed {
			t.paid(ch, r.Total)
		}
		ch.mu.Unlock()
		t.release(ch)
	}
	t.o.Metrics.Claimed(total)
	t.o.Log.Info("vouchers claimed", "channels", len(batch), "nagon", total)
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// flat puts an error on one line.
func flat(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
