package payer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/agon-chain/agon/wire"
)

// Terms are what a caller agrees to for one call.
type Terms struct {
	// Price agreed: the miner's own, as its caller read it on the chain. Zero stands for free, or for not knowing: then the miner's answer tells, and
	// is believed if the chain says the same.
	Price wire.Price
	// Plain is the call's body before it was sealed: its length and its max_tokens bound the cost. Nil where the call's body is in the clear.
	Plain []byte
	// MaxCost is the most that the call may cost, nagon; 0: the configuration's MaxCall. A call that can cost more by its max_tokens is not made.
	MaxCost uint64
	// Version of x/model for which a channel is opened, if one is: its owners get their part. 0 where the miner serves one version or none.
	Version uint64
}

// Paid is what a call cost.
type Paid struct {
	Channel uint64     // 0: it was free
	Price   wire.Price // that was reckoned by
	Cost    uint64     // nagon, of this call
	Spent   uint64     // nagon, of all calls on the channel
	Doubt   uint64     // nagon, that the call may have cost beside that: it was broken off, and the miner may count it
}

// Payer pays miners out of one account. Its methods may be called from many goroutines at once, before and while Run runs, and not after Close.
type Payer struct {
	cfg    Config
	chain  wire.Hash // hash of its id
	prices prices

	ctx  context.Context // ends with Close
	stop context.CancelFunc
	jobs sync.WaitGroup // that open and top up channels

	budget  sync.Mutex // taken before a purse's own lock, never after
	pending uint64     // set aside of the budget for deposits on their way

	mu     sync.Mutex
	purses map[Payee]*purse
	closed bool
}

// New makes a payer and reads its ledger. Nothing is asked of the chain before the first call. Close it. Errors: [ErrConfig], [ErrLedger].
func New(cfg Config) (*Payer, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	cfg.Log = cfg.Log.With("part", "payer", "account", cfg.Owner)
	p := &Payer{cfg: cfg, chain: wire.ChainIDHash(cfg.ChainID), purses: map[Payee]*purse{}, prices: newPrices(cfg)}
	p.ctx, p.stop = context.WithCancel(context.Background())
	entries, err := cfg.Ledger.entries(cfg.Owner)
	if err != nil {
		return nil, err
	}
	for payee, e := range entries {
		e.restore()
		u := p.newPurse(payee)
		u.entry, u.known = e, true
		p.purses[payee] = u
	}
	return p, nil
}

// purse is the payee's, made if there is none.
func (p *Payer) purse(payee Payee) (*purse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	u, ok := p.purses[payee]
	if !ok {
		u = p.newPurse(payee)
		p.purses[payee] = u
	}
	return u, nil
}

func (p *Payer) all() []*purse {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]*purse, 0, len(p.purses))
	for _, u := range p.purses {
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b *purse) int {
		if a.payee.Netuid != b.payee.Netuid {
			return int(a.payee.Netuid) - int(b.payee.Netuid)
		}
		return strings.Compare(a.payee.Hotkey, b.payee.Hotkey)
	})
	return out
}

// Price that a miner publishes, at most a minute old.
func (p *Payer) Price(ctx context.Context, payee Payee) (wire.Price, error) {
	return p.prices.get(ctx, payee, priceAge)
}

// Channel is how a payer stands with a miner.
type Channel struct {
	Payee
	ID        uint64 // 0: none yet
	Deposit   uint64
	Claimed   uint64 // by the payee, on the chain, as last seen
	Signed    uint64 // the most that the payee can claim
	Spent     uint64 // what the calls cost, by their receipts
	Held      uint64 // reserved for calls under way
	ExpiresAt int64  // height
	Stopped   string // why nothing more is paid to it; "" else
}

// Channels are all that the payer knows, in order of payee.
func (p *Payer) Channels() []Channel {
	var out []Channel
	for _, u := range p.all() {
		u.mu.Lock()
		out = append(out, Channel{
			Payee: u.payee, ID: u.Channel, Deposit: u.Deposit, Claimed: u.Claimed, Signed: u.Signed, Spent: u.Spent, Held: u.Held,
			ExpiresAt: u.ExpiresAt, Stopped: u.Stopped,
		})
		u.mu.Unlock()
	}
	return out
}

// Forgive pays a miner again that [ErrReckoning] had stopped. What it reckons as spent is taken for spent, up to what was signed for. Errors: [ErrLedger].
func (p *Payer) Forgive(payee Payee) error {
	u, err := p.purse(payee)
	if err != nil {
		return err
	}
	u.mu.Lock()
	u.Stopped = ""
	u.Doubt = max(u.Doubt, sub(u.Signed, add(u.Spent, u.Held)))
	u.mu.Unlock()
	return u.save()
}

// Close waits for what it was doing on the chain, which it cuts short, and writes what is not written yet. Calls still under way end as if their end were
// unknown. Close the ledger after it.
func (p *Payer) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.stop()
	p.jobs.Wait()
	for _, u := range p.all() {
		u.mu.Lock()
		dirty := u.known
		u.mu.Unlock()
		if !dirty {
			continue
		}
		if err := u.save(); err != nil {
			return fmt.Errorf("channel to %s: %w", u.payee, err)
		}
	}
	return nil
}
