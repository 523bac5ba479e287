package payer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/agon-chain/agon/wire"
)

// doubtLasts is how long a call whose end is unknown may still be counted by the miner: longer than any task's deadline.
const doubtLasts = 10 * time.Minute

// purse is what a payer has with one payee: the entry in the ledger, and what of it only this process knows.
type purse struct {
	p     *Payer
	payee Payee

	mu sync.Mutex
	entry
	known   bool      // the ledger has an entry, or is to have one
	seen    bool      // Channel was found on the chain by this process
	wanted  uint64    // deposit that calls wait for
	version uint64    // of the model that the next channel is opened for
	until   int64     // height up to which an opening that was not heard of may still be included
	doubtAt time.Time // of the last call whose end is unknown
	job     *job      // that opens, tops up or prolongs
}

// job is one piece of work for a purse, for which any number of calls wait.
type job struct {
	done chan struct{}
	err  error // set before done is closed
}

func (p *Payer) newPurse(payee Payee) *purse { return &purse{p: p, payee: payee} }

// save writes the entry as it is at the moment of the write.
func (u *purse) save() error { return u.p.cfg.Ledger.write(u) }

// snapshot is the entry to write; false: none is to be there.
func (u *purse) snapshot() (entry, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.entry, u.known
}

// stopped is why nothing more is paid; the lock is held.
func (u *purse) stopped() error {
	if u.Stopped == "" {
		return nil
	}
	return fmt.Errorf("%w: %s: %s; nothing more is paid to it", ErrReckoning, u.payee, u.Stopped)
}

// stop ends all payment to the payee.
func (u *purse) stop(reason error) error {
	u.mu.Lock()
	first := u.Stopped == ""
	if first {
		u.Stopped, u.known = clipped(reason.Error()), true
	}
	u.mu.Unlock()
	if first {
		u.p.cfg.Log.Warn("nothing more is paid to a miner", "netuid", u.payee.Netuid, "miner", u.payee.Hotkey, "reason", reason)
	}
	return errors.Join(fmt.Errorf("%s: %w", u.payee, reason), u.save())
}

func clipped(s string) string { return s[:min(len(s), 300)] }

// hold covers a stake by a voucher, opening or topping up the channel first where it must. The voucher is on disk when hold returns, and the
// stake is the caller's to end.
func (u *purse) hold(ctx context.Context, s stake) (voucher string, channel uint64, err error) {
	for {
		u.mu.Lock()
		if err := u.stopped(); err != nil {
			u.mu.Unlock()
			return "", 0, err
		}
		if u.seen {
			cumulative, ok := u.book.hold(s)
			if ok {
				channel, u.UsedAt = u.Channel, u.p.cfg.Now().Unix()
				u.mu.Unlock()
				voucher, err := u.sign(channel, cumulative)
				if err == nil {
					err = u.save()
				}
				if err != nil {
					u.end(func(b *book) { b.release(s) })
					return "", 0, err
				}
				return voucher, channel, nil
			}
			u.wanted = max(u.wanted, cumulative)
		} else {
			u.wanted = max(u.wanted, s.reserve)
		}
		u.mu.Unlock()
		if err := u.work(ctx); err != nil {
			return "", 0, err
		}
	}
}

func (u *purse) sign(channel, cumulative uint64) (string, error) {
	v := wire.Voucher{ChainIDHash: u.p.chain, Channel: channel, Cumulative: cumulative}
	if err := v.Sign(u.p.cfg.Key); err != nil {
		return "", err
	}
	return v.String(), nil
}

// end changes the book at the end of a call.
func (u *purse) end(change func(*book)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	change(&u.book)
}

// lose ends a call whose end is unknown.
func (u *purse) lose(s stake) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.book.lose(s)
	u.doubtAt = u.p.cfg.Now()
}

// settle ends a call that cost something, and hears what the miner counts as spent. Errors: [ErrReckoning].
func (u *purse) settle(s stake, cost uint64, told *wire.Charge) (spent uint64, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.book.settle(s, cost)
	if told != nil {
		if err := u.hear(told.Spent); err != nil {
			return u.Spent, err
		}
		if u.p.cfg.Now().Sub(u.doubtAt) > doubtLasts {
			u.quiet(told.Spent)
		}
	}
	return u.Spent, nil
}

// answer takes what a 402 says of the channel, for a call that needs a reserve and holds none. Errors: [ErrReckoning], [ErrUnpaid].
func (u *purse) answer(o wire.PaymentOption, code string, reserve uint64) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	x := o.Extra
	if x.Channel == u.Channel && u.Channel != 0 {
		if x.Voucher != "" {
			v, err := wire.ParseVoucher(x.Voucher)
			if err == nil {
				err = v.Verify(u.p.cfg.Key.Public(), u.p.chain)
			}
			if err != nil || v.Channel != u.Channel {
				return fmt.Errorf("%w: it shows a voucher that was not signed here: %w", ErrUnpaid, errors.Join(err, wire.ErrVoucher))
			}
			u.recover(v.Cumulative)
		}
		if err := u.hear(x.Spent); err != nil {
			return err
		}
		if err := u.want(x.Cumulative, reserve); err != nil {
			return err
		}
	}
	switch code {
	case codeInsufficient, codeRequired, codeStale:
	default:
		// The chain knows what became of the channel.
		u.seen = false
	}
	return nil
}

// Codes of a 402. The first three are answered by the next voucher. All others are about the channel, and have it looked up on the chain again; two
// of them are also what a miner says whose node is behind ours.
const (
	codeRequired     = "payment_required"
	codeInsufficient = "insufficient_voucher"
	codeStale        = "stale_voucher"
	codeUnknown      = "unknown_channel"
	codeExhausted    = "channel_exhausted"
	codeExpired      = "channel_expired"
)

// lags says whether a miner may say otherwise once it has asked the chain again.
func lags(code string) bool {
	return code == codeUnknown || code == codeExhausted || code == codeExpired
}

// apiCode is the code of an error of a miner, and whether it is one of status 402.
func apiCode(err error) (string, bool) {
	api, ok := errors.AsType[*wire.APIError](err)
	if !ok || api.Status != http.StatusPaymentRequired {
		return "", false
	}
	if api.Code == nil {
		return "", true
	}
	return *api.Code, true
}
