package till

import (
	"context"
	"time"

	"github.com/agon-chain/agon/wire"
)

// Hold is what one call has set aside of its channel. It is for one goroutine.
type Hold struct {
	t        *Till
	ch       *channel
	reserved uint64
	over     bool
}

// Extend raises what is set aside to need in all, and waits for a voucher where the held one does not cover it, for as long as the till's Wait. It
// returns once that voucher is durable. Errors: *Refusal where none came, or where the channel cannot pay it; ErrUnavailable, ErrBook, or the context's.
func (h *Hold) Extend(ctx context.Context, need uint64) error {
	if need <= h.reserved {
		return nil
	}
	extra := need - h.reserved
	t, ch := h.t, h.ch
	timer := time.NewTimer(t.o.Wait)
	defer timer.Stop()
	for {
		facts, err := t.facts.get(ctx, ch.id)
		if err != nil {
			return err
		}
		if err := t.serves(ctx, ch, facts, extra); err != nil {
			return err
		}
		ch.mu.Lock()
		want := ch.want(extra)
		if want <= min(ch.rec.vouched, facts.Deposit) {
			ch.reserved += extra
			h.reserved = need
			c := t.durable(ch)
			ch.mu.Unlock()
			return c.wait()
		}
		raised, state, vouched := ch.raised, t.state(ch, extra), ch.rec.vouched
		ch.mu.Unlock()
		if want > facts.Deposit {
			// It may have been topped up just now.
			if fresh, err := t.facts.youngerThan(ctx, ch.id, unknownTTL); err == nil && fresh.Deposit > facts.Deposit {
				continue
			}
			return refuse(ChannelExhausted, extra, state, "channel %d holds %d nagon, %d are spent or reserved and the rest of the stream needs %d more; top it up",
				ch.id, facts.Deposit, state.Spent+state.Reserved, extra)
		}
		select {
		case <-raised:
		case <-timer.C:
			return refuse(PaymentRequired, extra, state, "the voucher held of channel %d says %d nagon, and none over %d came within %s to POST %s; the stream ends here",
				ch.id, vouched, want, t.o.Wait, wire.VoucherPath)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Settle ends the hold with what the call cost. The sum is on disk before the next call on the channel is served.
func (h *Hold) Settle(cost uint64) wire.Charge {
	ch := h.ch
	ch.mu.Lock()
	ch.rec.spent = add(ch.rec.spent, cost)
	charge := wire.Charge{Cost: cost, Spent: ch.rec.spent}
	if cost > 0 {
		ch.last = h.t.book.put(ch.id, &ch.rec)
	}
	ch.mu.Unlock()
	h.t.o.Metrics.Spent(cost)
	h.Release()
	return charge
}

// Release ends the hold of a call that costs nothing. After Settle it does nothing.
func (h *Hold) Release() {
	if h.over {
		return
	}
	h.drop()
	h.t.release(h.ch)
}

// drop gives back what is set aside.
func (h *Hold) drop() {
	h.over = true
	h.ch.mu.Lock()
	defer h.ch.mu.Unlock()
	h.ch.reserved -= h.reserved
	h.ch.holds--
}

// Payer is the owner of the account that pays, as the chain said it last; "" if that is forgotten.
func (h *Hold) Payer() string {
	f, _ := h.t.facts.known.Peek(h.ch.id)
	return f.Owner
}
