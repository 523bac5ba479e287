package payer

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/wire"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
)

// Payee is a miner in a subnet.
type Payee struct {
	Netuid uint16
	Hotkey string // bech32
}

// String names the payee in errors.
func (p Payee) String() string { return fmt.Sprintf("%s in subnet %d", p.Hotkey, p.Netuid) }

// Chain is what a payer reads of the chain. [FromClient] makes one. Methods are safe for concurrent use.
type Chain interface {
	// Height is the latest committed.
	Height(ctx context.Context) (int64, error)
	// Balance is what an account's owner has in x/payment, free to go into channels.
	Balance(ctx context.Context, owner string) (uint64, error)
	// Channels of an owner to one payee, or to all where payee is zero.
	Channels(ctx context.Context, owner string, payee Payee) ([]paymenttypes.Channel, error)
	// Price that a miner publishes; zero where it publishes none.
	Price(ctx context.Context, payee Payee) (wire.Price, error)
}

// Sender puts messages on the chain, in one transaction, and waits for the outcome. A [chain.TxQueue] is one.
type Sender interface {
	Submit(ctx context.Context, msgs ...sdk.Msg) (chain.TxResult, error)
	Address() sdk.AccAddress
}

// Wire calls miners. A [wire.Client] is one.
type Wire interface {
	Do(ctx context.Context, call wire.Call) (*wire.Reply, error)
	Stream(ctx context.Context, call wire.Call, onEvent func([]byte) error) (*wire.Reply, error)
	SendVoucher(ctx context.Context, endpoint, voucher string) error
}

// Bounds and defaults of Config. AGON is 10^9 nagon.
const (
	DefaultDeposit = 1_000_000_000  // 1 AGON
	DefaultBudget  = 20_000_000_000 // 20 AGON
	DefaultMaxCall = 100_000_000    // 0.1 AGON
	DefaultLife    = 100_000        // blocks
	DefaultIdle    = 24 * time.Hour
	DefaultEvery   = 30 * time.Second

	minLife, maxLife   = 100, 10_000_000
	minEvery, maxEvery = 100 * time.Millisecond, time.Hour
)

// Config of a payer. The fields without a default are required.
type Config struct {
	ChainID string
	// Owner is the account in x/payment that pays, bech32. Its sessions sign the calls.
	Owner string
	// Tx signs as the owner, or as one of the account's operators.
	Tx     Sender
	Chain  Chain
	Wire   Wire
	Ledger *Ledger
	// Key signs the vouchers. Keep it apart from the ledger: with the key, a lost ledger is found again on the chain and at the miners.
	Key wire.VoucherKey

	// Deposit goes into a new channel and, where it runs low, into one again, nagon; 0: DefaultDeposit. A call that needs more gets more.
	Deposit uint64
	// Budget is the most that all channels hold together, nagon, unclaimed; 0: DefaultBudget.
	Budget uint64
	// MaxCall is the most that one call may cost where its [Terms] say nothing, nagon; 0: DefaultMaxCall.
	MaxCall uint64
	// Life is the blocks after which a channel expires if it is not prolonged, 100 to 10,000,000; 0: DefaultLife.
	Life int64
	// Idle is after how long without a call a channel is closed and its rest taken back; 0: DefaultIdle; below 0: never.
	Idle time.Duration
	// Every is how often the channels are looked after, 100 ms to 1 h; 0: DefaultEvery.
	Every time.Duration
	// TimeoutBlocks is the Tx queue's: for so long a transaction of a process that was killed may still be included; 0: that of [chain.DefaultConfig].
	TimeoutBlocks int64
	// Fund deposits into the account what a channel needs and the account lacks, out of the owner's own wallet. Tx must sign as the owner.
	Fund bool

	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Log is told what happens to channels; nil discards it.
	Log *slog.Logger
}

func (c *Config) validate() error {
	set := func(v *uint64, def uint64) {
		if *v == 0 {
			*v = def
		}
	}
	set(&c.Deposit, DefaultDeposit)
	set(&c.Budget, DefaultBudget)
	set(&c.MaxCall, DefaultMaxCall)
	if c.Life == 0 {
		c.Life = DefaultLife
	}
	if c.Idle == 0 {
		c.Idle = DefaultIdle
	}
	if c.Every == 0 {
		c.Every = DefaultEvery
	}
	if c.TimeoutBlocks == 0 {
		c.TimeoutBlocks = chain.DefaultConfig().TimeoutBlocks
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	switch {
	case c.ChainID == "" || c.Owner == "" || c.Tx == nil || c.Chain == nil || c.Wire == nil || c.Ledger == nil || c.Key.IsZero():
		return fmt.Errorf("%w: ChainID, Owner, Tx, Chain, Wire, Ledger and Key are required", ErrConfig)
	case c.Budget < c.Deposit:
		return fmt.Errorf("%w: budget of %d nagon is below one deposit of %d; raise it, or lower the deposit", ErrConfig, c.Budget, c.Deposit)
	case c.MaxCall > c.Budget:
		return fmt.Errorf("%w: a call may cost %d nagon, above the budget of %d", ErrConfig, c.MaxCall, c.Budget)
	case c.Life < minLife || c.Life > maxLife:
		return fmt.Errorf("%w: life of %d blocks must be %d to %d", ErrConfig, c.Life, minLife, maxLife)
	case c.Every < minEvery || c.Every > maxEvery:
		return fmt.Errorf("%w: interval %s must be %s to %s", ErrConfig, c.Every, minEvery, maxEvery)
	case c.Fund && c.Tx.Address().String() != c.Owner:
		return fmt.Errorf("%w: only the owner can deposit from its wallet, and %s signs for %s", ErrConfig, c.Tx.Address(), c.Owner)
	}
	return nil
}
