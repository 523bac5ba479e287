package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/wire"
)

// Config of a client. RPC, GRPC and ChainID are required, and a Keyring with a Key, or a Session.
type Config struct {
	RPC, GRPC string // of a node that you trust
	ChainID   string

	// Keyring and Key name the account that calls and pays. The client certifies its sessions and renews them.
	Keyring *chain.Keyring
	Key     string
	// Session calls in place of a key, until it expires. It pays nobody.
	Session *wire.Session

	// Home is the folder of the voucher key and the ledger of channels, for this process alone. "": only miners that are free are called.
	Home string
	// MaxCost is the most that one call may cost, nagon; 0: payer.DefaultMaxCall.
	MaxCost uint64
	// Deposit goes into a channel, and Budget is the most that all of them hold, nagon; 0: payer's defaults. They are taken from the account's balance
	// in x/payment and, where that is too little, from its wallet.
	Deposit, Budget uint64

	Timeout      time.Duration // of one call; 0: wire.DefaultTimeout
	AllowPrivate bool          // call loopback and private addresses too: local networks only
	Log          *slog.Logger  // nil discards it
}

const (
	// sessionLife is how long a session lasts; it is renewed when four fifths are over.
	sessionLife = 6 * time.Hour
	// minersAge is how long a list of miners is believed.
	minersAge = 15 * time.Second
	// attempts is how many miners Chat and ChatStream try.
	attempts = 3
)

// pays pays calls. A payer.Payer is one.
type pays interface {
	Do(ctx context.Context, call wire.Call, t payer.Terms) (*wire.Reply, payer.Paid, error)
	Stream(ctx context.Context, call wire.Call, t payer.Terms, onEvent func([]byte) error) (*wire.Reply, payer.Paid, error)
}

// Client calls miners. Its methods may be called from many goroutines at once. Close it.
type Client struct {
	cfg   Config
	dir   directory
	wire  *wire.Client
	payer pays // nil: only free miners are called
	now   func() time.Time

	sessions struct {
		sync.Mutex
		account wire.AccountKey
		sign    wire.AccountSigner // nil: only the session that was given
		current *wire.Session
		renewAt time.Time
	}
	lists struct {
		sync.Mutex
		by map[uint16]list
	}

	close []func() error // in this order
}

type list struct {
	miners []Miner
	at     time.Time
}

// Dial connects to the chain. Errors: [ErrConfig], those of chain.Dial and of the keyring, and of a ledger that another process uses.
func Dial(ctx context.Context, cfg Config) (_ *Client, err error) {
	if (cfg.Session == nil) == (cfg.Keyring == nil || cfg.Key == "") {
		return nil, fmt.Errorf("%w: give either a Keyring and the name of a Key in it, or a Session", ErrConfig)
	}
	if cfg.Session != nil && cfg.Home != "" {
		return nil, fmt.Errorf("%w: a Session pays nobody: give a Keyring and a Key with a Home, or no Home", ErrConfig)
	}
	c := &Client{cfg: cfg, now: time.Now}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	cc := chain.DefaultConfig()
	cc.RPC, cc.GRPC, cc.ChainID, cc.Logger = cfg.RPC, cfg.GRPC, cfg.ChainID, cfg.Log
	node, err := chain.Dial(ctx, cc)
	if err != nil {
		return nil, err
	}
	c.close = append(c.close, node.Close)
	c.dir = onChain{node}
	if err := c.identify(); err != nil {
		return nil, err
	}
	c.wire, err = wire.NewClient(wire.ClientOptions{ChainID: cfg.ChainID, Timeout: cfg.Timeout, AllowPrivate: cfg.AllowPrivate})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	c.close = append([]func() error{func() error { c.wire.Close(); return nil }}, c.close...)
	if cfg.Home != "" {
		err = c.pay(node)
	}
	return c, err
}

// identify takes the account or the session that calls.
func (c *Client) identify() error {
	if c.cfg.Session != nil {
		c.sessions.current = c.cfg.Session
		return nil
	}
	var err error
	c.sessions.account, c.sessions.sign, err = c.cfg.Keyring.AccountSigner(c.cfg.Key)
	return err
}

// pay opens the ledger and starts what pays, which Close ends.
func (c *Client) pay(node *chain.Client) error {
	if err := os.MkdirAll(c.cfg.Home, 0o700); err != nil {
		return fmt.Errorf("%w: home: %w", ErrConfig, err)
	}
	key, _, err := wire.LoadOrCreateVoucherKey(filepath.Join(c.cfg.Home, "voucher.key"))
	if err != nil {
		return err
	}
	ledger, err := payer.OpenLedger(filepath.Join(c.cfg.Home, "ledger.db"), c.cfg.ChainID)
	if err != nil {
		return err
	}
	queue, err := chain.NewTxQueue(node, c.cfg.Keyring, c.cfg.Key, chain.TxOptions{})
	if err != nil {
		return errors.Join(err, ledger.Close())
	}
	p, err := payer.New(payer.Config{
		ChainID: c.cfg.ChainID, Owner: queue.Address().String(), Tx: queue, Chain: payer.FromClient(node), Wire: c.wire, Ledger: ledger, Key: key,
		Deposit: c.cfg.Deposit, Budget: c.cfg.Budget, MaxCall: c.cfg.MaxCost, TimeoutBlocks: node.Config().TimeoutBlocks, Fund: true, Log: c.cfg.Log,
	})
	if err != nil {
		return errors.Join(err, ledger.Close())
	}
	c.payer = p
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = queue.Run(ctx) }) // ends with ctx alone
	running.Go(func() { _ = p.Run(ctx) })     // likewise
	c.close = append([]func() error{func() error {
		err := p.Close()
		cancel()
		running.Wait()
		return errors.Join(err, ledger.Close())
	}}, c.close...)
	return nil
}

// Close ends what the client runs. Channels stay open for the next time, until they expire. Calls under way fail.
func (c *Client) Close() error {
	var errs []error
	for _, f := range c.close {
		errs = append(errs, f())
	}
	c.close = nil
	return errors.Join(errs...)
}

// Payer is what pays; nil where only free miners are called. It tells the channels, and closes those that are not wanted.
func (c *Client) Payer() *payer.Payer {
	p, _ := c.payer.(*payer.Payer)
	return p
}

// session is the one that signs, renewed when four fifths of its life are over.
func (c *Client) session() (*wire.Session, error) {
	s := &c.sessions
	s.Lock()
	defer s.Unlock()
	now := c.now()
	if s.sign == nil || (s.current != nil && now.Before(s.renewAt)) {
		return s.current, nil
	}
	fresh, err := wire.NewSession(c.cfg.ChainID, s.account, s.sign, wire.ScopeCall, wire.AnyNetuid, now, now.Add(sessionLife))
	if err != nil {
		return nil, err
	}
	s.current, s.renewAt = fresh, now.Add(sessionLife*4/5)
	return fresh, nil
}
