package till

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/agon-chain/agon/wire"
)

const (
	// MaxClaims is how many vouchers one transaction claims by.
	MaxClaims = 256
	// raisePace and raiseBurst bound how often a channel's voucher is raised beside its calls, which have a rate of their own: per second, and at once.
	raisePace, raiseBurst = 50, 200
)

// Options of a till. All are required but those said to be optional.
type Options struct {
	Path    string // of the book
	ChainID string
	Payee   string // bech32 hotkey of this miner
	Netuid  uint32
	Chain   Chain

	ClaimAbove  uint64        // unclaimed nagon, of all channels, from which they are claimed
	ClaimAfter  time.Duration // age of an unclaimed voucher from which it is claimed, however little it is
	CheckEvery  time.Duration // between two looks at the chain for channels that hold unclaimed vouchers
	ChannelTTL  time.Duration // age up to which the chain's word on a channel is believed
	MaxStale    time.Duration // the same while the chain cannot be asked
	Wait        time.Duration // for a further voucher of a stream
	MaxChannels int           // held in memory at once; calls under way are never pushed out

	Now     func() time.Time // optional: time.Now
	Log     *slog.Logger
	Metrics Metrics // optional
}

// Metrics is told what happens; nothing depends on it. Its methods are called from many goroutines at once.
type Metrics interface {
	Vouched(nagon uint64)   // by how much a voucher was raised
	Spent(nagon uint64)     // what a call cost
	Claimed(nagon uint64)   // what the chain paid
	Unclaimed(nagon uint64) // what it would still pay
}

type noMetrics struct{}

func (noMetrics) Vouched(uint64)   {}
func (noMetrics) Spent(uint64)     {}
func (noMetrics) Claimed(uint64)   {}
func (noMetrics) Unclaimed(uint64) {}

// Till takes vouchers. Safe for concurrent use.
type Till struct {
	o      Options
	chain  wire.Hash
	book   *book
	facts  *facts
	urgent chan struct{} // a channel is closing

	mu       sync.Mutex
	channels map[uint64]*channel

	hopeless map[uint64]uint64 // cumulative amounts that the chain will never pay, by channel; only Run's goroutine touches it
}

// channel is a channel in memory. There is one of it at a time, which users keep from being forgotten.
type channel struct {
	id    uint64
	users int       // under Till.mu
	used  time.Time // under Till.mu

	mu       sync.Mutex
	rec      record
	reserved uint64 // by calls under way
	holds    int
	raised   chan struct{} // closed and made anew when the voucher is raised
	last     *commit       // that the newest rec goes into; nil: it is on disk
	payers   []payer       // accounts that raised the voucher, latest last
	pace     *rate.Limiter
}

// maxPayers bounds the accounts that are remembered of a channel.
const maxPayers = 16

// Open opens the book, or makes it. Close it once no call is under way. Errors: ErrBook, ErrBookBusy, ErrBookForeign.
func Open(o Options) (*Till, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Metrics == nil {
		o.Metrics = noMetrics{}
	}
	f, err := newFacts(&o)
	if err != nil {
		return nil, fmt.Errorf("channels in memory: %w", err)
	}
	b, err := openBook(o.Path, fmt.Sprintf("%s/%d/%s", o.ChainID, o.Netuid, o.Payee))
	if err != nil {
		return nil, err
	}
	return &Till{
		o: o, chain: wire.ChainIDHash(o.ChainID), book: b, facts: f, urgent: make(chan struct{}, 1),
		channels: map[uint64]*channel{}, hopeless: map[uint64]uint64{},
	}, nil
}

// Close writes what is not on disk yet. What is held or sent after it fails.
func (t *Till) Close() error { return t.book.close() }

// Reserve takes the voucher of a call and sets need nagon of its channel aside. Account is who calls. It returns once the voucher, and all that was
// spent on the channel before, is durable. The caller must Settle or Release the hold, once. Errors: *Refusal; ErrUnavailable, ErrBook, ErrFull.
func (t *Till) Reserve(ctx context.Context, voucher, account string, need uint64) (*Hold, error) {
	if voucher == "" {
		return nil, refuse(PaymentRequired, need, nil, "this miner is paid by the call: open a channel to %s in subnet %d and send a voucher over %d nagon in %s",
			t.o.Payee, t.o.Netuid, need, wire.HeaderVoucher)
	}
	v, facts, err := t.read(ctx, voucher, need)
	if err != nil {
		return nil, err
	}
	if err := t.verify(&v, facts, need); err != nil {
		return nil, err
	}
	ch, err := t.acquire(v.Channel, &facts)
	if err != nil {
		return nil, err
	}
	h := &Hold{t: t, ch: ch}
	if err := t.reserve(ctx, h, &v, facts, payerOf(account), need); err != nil {
		t.release(ch)
		return nil, err
	}
	return h, nil
}

func (t *Till) reserve(ctx context.Context, h *Hold, v *wire.Voucher, facts Channel, who payer, need uint64) error {
	ch := h.ch
	if err := t.serves(ctx, ch, facts, need); err != nil {
		return err
	}
	ch.mu.Lock()
	t.raise(ch, v, who)
	known := ch.knows(who)
	if known && ch.want(need) > facts.Deposit {
		// It may have been topped up just now.
		ch.mu.Unlock()
		if fresh, err := t.facts.youngerThan(ctx, ch.id, unknownTTL); err == nil {
			facts = fresh
		}
		ch.mu.Lock()
	}
	want := ch.want(need)
	var refusal *Refusal
	switch {
	case !known:
		// Whoever saw a voucher on the network could send it again, and spend what is left of it.
		s := t.state(ch, need)
		s.Cumulative = max(s.Cumulative, ch.rec.vouched+1)
		refusal = refuse(StaleVoucher, need, s, "voucher of channel %d says %d nagon, %d are held, and this account has raised it by none; sign one for %d", ch.id, v.Cumulative, ch.rec.vouched, s.Cumulative)
	case want > facts.Deposit:
		refusal = refuse(ChannelExhausted, need, t.state(ch, need), "channel %d holds %d nagon, %d are spent or reserved and this call needs %d; top it up", ch.id, facts.Deposit, ch.want(0), need)
	case want > ch.rec.vouched && v.Cumulative < ch.rec.vouched:
		refusal = refuse(StaleVoucher, need, t.state(ch, need), "voucher of channel %d says %d nagon, one over %d is held, which does not cover this call; sign one for %d", ch.id, v.Cumulative, ch.rec.vouched, want)
	case want > ch.rec.vouched:
		refusal = refuse(InsufficientVoucher, need, t.state(ch, need), "voucher of channel %d says %d nagon, %d are spent or reserved and this call needs %d; sign one for %d", ch.id, v.Cumulative, ch.want(0), need, want)
	default:
		ch.reserved += need
		ch.holds++
		h.reserved = need
	}
	c := t.durable(ch)
	ch.mu.Unlock()
	if err := c.wait(); err != nil {
		if refusal == nil {
			h.drop()
		}
		return err
	}
	if refusal != nil {
		return refusal
	}
	return nil
}

// Voucher takes a voucher that comes beside a call, for a channel that has paid here before: nobody can have the chain asked for others. It returns once
// the voucher is durable. Errors: *Refusal; ErrUnavailable, ErrBook, ErrFull, ErrTooOften.
func (t *Till) Voucher(ctx context.Context, voucher string) error {
	v, err := wire.ParseVoucher(voucher)
	if err != nil {
		return refuseVoucher(err, 0)
	}
	ch, err := t.acquire(v.Channel, nil)
	if err != nil {
		return err
	}
	if ch == nil {
		return refuse(UnknownChannel, 0, nil, "channel %d has not paid for a call here; send its first voucher with a call", v.Channel)
	}
	defer t.release(ch)
	_, facts, err := t.read(ctx, voucher, 0)
	if err != nil {
		return err
	}
	if err := t.verify(&v, facts, 0); err != nil {
		return err
	}
	ch.mu.Lock()
	switch {
	case v.Cumulative < ch.rec.vouched:
		defer ch.mu.Unlock()
		return refuse(StaleVoucher, 0, t.state(ch, 0), "voucher of channel %d says %d nagon, one over %d is held", ch.id, v.Cumulative, ch.rec.vouched)
	case v.Cumulative > ch.rec.vouched && ch.holds == 0 && (facts.Closed || facts.ClosingAt > 0):
		defer ch.mu.Unlock()
		return refuse(ChannelClosing, 0, t.state(ch, 0), "channel %d is closing and no call on it is under way; nothing is due", ch.id)
	case v.Cumulative > ch.rec.vouched && !ch.pace.AllowN(t.o.Now(), 1):
		ch.mu.Unlock()
		return fmt.Errorf("%w: channel %d, at most %d a second", ErrTooOften, ch.id, raisePace)
	}
	t.raise(ch, &v, payer{})
	c := t.durable(ch)
	ch.mu.Unlock()
	return c.wait()
}

// Busy says whether a voucher names a channel that has a call under way. It verifies nothing.
func (t *Till) Busy(voucher string) bool {
	v, err := wire.ParseVoucher(voucher)
	if err != nil {
		return false
	}
	t.mu.Lock()
	ch := t.channels[v.Channel]
	t.mu.Unlock()
	if ch == nil {
		return false
	}
	ch.mu.Lock()
	defer ch.mu.Unlock()
	return ch.holds > 0
}

// read parses a voucher and asks for its channel.
func (t *Till) read(ctx context.Context, voucher string, need uint64) (wire.Voucher, Channel, error) {
	v, err := wire.ParseVoucher(voucher)
	if err != nil {
		return wire.Voucher{}, Channel{}, refuseVoucher(err, need)
	}
	if v.ChainIDHash != t.chain {
		return wire.Voucher{}, Channel{}, refuseVoucher(fmt.Errorf("%w: of chain %x, this is %s", wire.ErrVoucherChain, v.ChainIDHash[:4], t.o.ChainID), need)
	}
	c, err := t.facts.get(ctx, v.Channel)
	if errors.Is(err, ErrNoChannel) {
		return wire.Voucher{}, Channel{}, refuse(UnknownChannel, need, nil, "%s has no channel %d; open one to %s in subnet %d", t.o.ChainID, v.Channel, t.o.Payee, t.o.Netuid)
	}
	return v, c, err
}

// verify says whether the voucher is the payer's word to this miner.
func (t *Till) verify(v *wire.Voucher, c Channel, need uint64) error {
	if c.Payee != t.o.Payee || c.Netuid != t.o.Netuid {
		return refuse(WrongChannel, need, nil, "channel %d pays %s in subnet %d, this is %s in subnet %d; open one to it", c.ID, c.Payee, c.Netuid, t.o.Payee, t.o.Netuid)
	}
	if err := v.Verify(c.VoucherKey, t.chain); err != nil {
		return refuseVoucher(err, need)
	}
	return nil
}

// serves says whether calls on a channel are served at all.
func (t *Till) serves(ctx context.Context, ch *channel, c Channel, need uint64) error {
	// State tells Run, too, that what is left to claim of the channel should not wait.
	state := func() *State {
		ch.mu.Lock()
		defer ch.mu.Unlock()
		if !c.Closed && ch.rec.unclaimed(c.Deposit) > 0 {
			t.hurry()
		}
		return t.state(ch, need)
	}
	switch {
	case c.Closed:
		return refuse(ChannelClosed, need, state(), "channel %d has ended; open one to %s in subnet %d", c.ID, t.o.Payee, t.o.Netuid)
	case c.ClosingAt > 0:
		return refuse(ChannelClosing, need, state(), "the rest of channel %d was asked back, for block %d; open another", c.ID, c.ClosingAt)
	}
	height, err := t.facts.at(ctx)
	if err != nil {
		return err
	}
	if height > c.ExpiresAt {
		return refuse(ChannelExpired, need, state(), "channel %d expired at block %d, this is %d; prolong it with a top-up, or open another", c.ID, c.ExpiresAt, height)
	}
	return nil
}

// hurry has Run look at the channels now.
func (t *Till) hurry() {
	select {
	case t.urgent <- struct{}{}:
	default:
	}
}

// raise takes a voucher that is higher than the one held. Under ch.mu.
func (t *Till) raise(ch *channel, v *wire.Voucher, who payer) {
	if v.Cumulative <= ch.rec.vouched {
		return
	}
	t.o.Metrics.Vouched(v.Cumulative - ch.rec.vouched)
	ch.rec.vouched, ch.rec.signature = v.Cumulative, v.Signature
	if ch.rec.since == 0 {
		ch.rec.since = t.o.Now().Unix()
	}
	if who != (payer{}) {
		ch.rec.payer = who
		ch.remember(who)
	}
	ch.last = t.book.put(ch.id, &ch.rec)
	close(ch.raised)
	ch.raised = make(chan struct{})
}

// durable is the commit after which all that is known of the channel is on disk. Under ch.mu.
func (t *Till) durable(ch *channel) *commit {
	if ch.last == nil {
		return written
	}
	if over, ok := ch.last.settled(); over && !ok {
		ch.last = t.book.put(ch.id, &ch.rec)
	}
	return ch.last
}

// written is a commit that is over.
var written = func() *commit {
	c := newCommit()
	close(c.done)
	return c
}()

func (ch *channel) knows(who payer) bool {
	for _, p := range ch.payers {
		if p == who {
			return true
		}
	}
	return false
}

func (ch *channel) remember(who payer) {
	if ch.knows(who) {
		return
	}
	if len(ch.payers) == maxPayers {
		ch.payers = ch.payers[1:]
	}
	ch.payers = append(ch.payers, who)
}

// want is what has to be vouched for a call that needs so much; the largest number where it does not fit.
func (ch *channel) want(need uint64) uint64 { return add(add(ch.rec.spent, ch.reserved), need) }

// state is how a channel stands, and what a call that needs so much wants of it. Under ch.mu.
func (t *Till) state(ch *channel, need uint64) *State {
	s := &State{Channel: ch.id, Vouched: ch.rec.vouched, Spent: ch.rec.spent, Reserved: ch.reserved, Cumulative: ch.want(need)}
	if ch.rec.signature != [64]byte{} {
		v := wire.Voucher{ChainIDHash: t.chain, Channel: ch.id, Cumulative: ch.rec.vouched, Signature: ch.rec.signature}
		s.Voucher = v.String()
	}
	return s
}

// add is the sum, or the largest number where it does not fit: no deposit covers that.
func add(a, b uint64) uint64 {
	if s := a + b; s >= a {
		return s
	}
	return ^uint64(0)
}

func payerOf(account string) (p payer) {
	h := sha256.Sum256([]byte(account))
	copy(p[:], h[:])
	return p
}
