package validator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/wire"
)

// Payments pays for questions as users pay for calls: who never paid would be told apart from them. Safe for concurrent use.
type Payments interface {
	// Price that a miner publishes; zero is free.
	Price(ctx context.Context, miner payer.Payee) (wire.Price, error)
	// Do asks under a caller, and pays out of that caller's account.
	Do(ctx context.Context, caller Caller, call wire.Call, t payer.Terms) (*wire.Reply, payer.Paid, error)
	// Run does what goes on beside the questions until ctx ends, and returns its error.
	Run(ctx context.Context) error
}

// channelDeposit is what a caller puts into a channel to one miner, nagon: the chain's least. Questions are cheap, and miners many.
const channelDeposit = 10_000_000

// errNotRunning says that nobody pays yet, or any more.
var errNotRunning = errors.New("payments do not run")

// callerPayers has a payer for each caller, with a queue and a voucher key of its own: channels of one account would tell a miner that its callers belong
// together. It begins with a caller's first question to a miner that has a price.
type callerPayers struct {
	client  *chain.Client
	keyring *chain.Keyring
	wire    *wire.Client
	dir     string
	chainID string
	budget  uint64 // of each caller's channels
	prices  payer.Chain
	log     *slog.Logger

	mu      sync.Mutex
	ctx     context.Context // of Run; nil while it does not run
	ledger  *payer.Ledger
	payers  map[string]*payer.Payer
	seen    map[payer.Payee]seenPrice
	running sync.WaitGroup
}

// Price is at most a minute old.
func (p *callerPayers) Price(ctx context.Context, miner payer.Payee) (wire.Price, error) {
	p.mu.Lock()
	s, ok := p.seen[miner]
	p.mu.Unlock()
	if ok && time.Since(s.at) < time.Minute {
		return s.Price, nil
	}
	price, err := p.prices.Price(ctx, miner)
	if err != nil {
		return price, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil {
		p.seen = map[payer.Payee]seenPrice{}
	}
	p.seen[miner] = seenPrice{price, time.Now()}
	return price, nil
}

type seenPrice struct {
	wire.Price
	at time.Time
}

func (p *callerPayers) Do(ctx context.Context, caller Caller, call wire.Call, t payer.Terms) (*wire.Reply, payer.Paid, error) {
	who, err := p.of(caller)
	if err != nil {
		return nil, payer.Paid{}, err
	}
	return who.Do(ctx, call, t)
}

// of is a caller's payer, begun if need be.
func (p *callerPayers) of(caller Caller) (*payer.Payer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx == nil || p.ctx.Err() != nil {
		return nil, errNotRunning
	}
	if who, ok := p.payers[caller.Name]; ok {
		return who, nil
	}
	var err error
	if p.ledger == nil {
		if p.ledger, err = payer.OpenLedger(filepath.Join(p.dir, "channels.db"), p.chainID); err != nil {
			return nil, err
		}
	}
	key, _, err := wire.LoadOrCreateVoucherKey(filepath.Join(p.dir, "voucher-"+caller.Name+".key"))
	if err != nil {
		return nil, err
	}
	queue, err := chain.NewTxQueue(p.client, p.keyring, caller.Name, chain.TxOptions{})
	if err != nil {
		return nil, err
	}
	who, err := payer.New(payer.Config{
		ChainID: p.chainID, Owner: caller.Address, Tx: queue, Chain: payer.FromClient(p.client), Wire: p.wire, Ledger: p.ledger, Key: key,
		Deposit: channelDeposit, Budget: p.budget, MaxCall: channelDeposit, TimeoutBlocks: p.client.Config().TimeoutBlocks, Fund: true, Log: p.log,
	})
	if err != nil {
		return nil, err
	}
	p.payers[caller.Name] = who
	p.running.Go(func() { _ = queue.Run(p.ctx) }) // both end with ctx alone
	p.running.Go(func() { _ = who.Run(p.ctx) })
	return who, nil
}

// Run keeps the channels in order until ctx ends, and closes what was opened.
func (p *callerPayers) Run(ctx context.Context) error {
	p.mu.Lock()
	p.ctx, p.payers = ctx, map[string]*payer.Payer{}
	p.mu.Unlock()
	<-ctx.Done()
	p.running.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	errs := []error{ctx.Err()}
	for name, who := range p.payers {
		if err := who.Close(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	if p.ledger != nil {
		errs = append(errs, p.ledger.Close())
	}
	return errors.Join(errs...)
}

// tab bounds what the questions of an epoch cost. Safe for concurrent use.
type tab struct {
	most uint64 // nagon an epoch

	mu    sync.Mutex
	epoch uint64
	used  uint64
	said  bool // that it is used up, in this epoch
}

// take sets aside what a question may cost. False: the epoch's budget does not reach; first is whether that is said for the first time.
func (t *tab) take(epoch, most uint64) (ok, first bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if epoch != t.epoch {
		t.epoch, t.used, t.said = epoch, 0, false
	}
	if most > t.most || t.used > t.most-most {
		first, t.said = !t.said, true
		return false, first
	}
	t.used += most
	return true, false
}

// give gives back what was set aside and not paid.
func (t *tab) give(epoch, rest uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if epoch == t.epoch {
		t.used -= min(rest, t.used)
	}
}

// ownFault says whether a question was not asked for a reason that is not the miner's: no money, no channel, no ledger.
func ownFault(err error) bool {
	for _, own := range []error{errNotRunning, payer.ErrTooDear, payer.ErrBudget, payer.ErrFunds, payer.ErrChannel, payer.ErrLedger, payer.ErrLedgerBusy, payer.ErrClosed} {
		if errors.Is(err, own) {
			return true
		}
	}
	return false
}
