package payer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/wire"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
)

// fakeChain keeps accounts and channels by the rules of x/payment, as far as payers see them. Each transaction is a block.
type fakeChain struct {
	mu       sync.Mutex
	height   int64
	balances map[string]uint64
	channels []paymenttypes.Channel
	prices   map[payer.Payee]wire.Price
	delay    int64 // of a withdrawal
	sent     []sdk.Msg
	fault    func(sdk.Msg) fault
	late     []sdk.Msg // that are still to be included
}

type fault int

const (
	faultNone  fault = iota
	faultLost        // never included, and nobody learns it
	faultMuted       // included, and nobody learns it
	faultLate        // included when include is called, and nobody learns it
)

func newFakeChain() *fakeChain {
	return &fakeChain{height: 100, balances: map[string]uint64{}, prices: map[payer.Payee]wire.Price{}, delay: 20}
}

func (c *fakeChain) Height(context.Context) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.height, nil
}

func (c *fakeChain) Balance(_ context.Context, owner string) (uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.balances[owner], nil
}

func (c *fakeChain) Channels(_ context.Context, owner string, payee payer.Payee) ([]paymenttypes.Channel, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []paymenttypes.Channel
	for _, ch := range c.channels {
		if ch.Owner == owner && (payee == (payer.Payee{}) || (ch.Netuid == uint32(payee.Netuid) && ch.Payee == payee.Hotkey)) {
			out = append(out, ch)
		}
	}
	return out, nil
}

func (c *fakeChain) Price(_ context.Context, payee payer.Payee) (wire.Price, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.prices[payee], nil
}

func (c *fakeChain) channel(id uint64) (paymenttypes.Channel, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if id == 0 || id > uint64(len(c.channels)) {
		return paymenttypes.Channel{}, false
	}
	return c.channels[id-1], true
}

func (c *fakeChain) set(f func(*fakeChain)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(c)
}

func (c *fakeChain) mine(blocks int64) { c.set(func(c *fakeChain) { c.height += blocks }) }

func (c *fakeChain) include() {
	c.set(func(c *fakeChain) {
		for _, m := range c.late {
			_, _ = c.deliver(m)
		}
		c.late = nil
		c.height++
	})
}

// count is how many messages of a type were sent.
func (c *fakeChain) count(like sdk.Msg) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, m := range c.sent {
		if sdk.MsgTypeURL(m) == sdk.MsgTypeURL(like) {
			n++
		}
	}
	return n
}

var errRefused = errors.New("refused by the chain")

func (c *fakeChain) submit(msgs []sdk.Msg) ([]proto.Message, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = append(c.sent, msgs...)
	var out []proto.Message
	var muted bool
	for _, m := range msgs {
		if c.fault != nil {
			switch c.fault(m) {
			case faultLost:
				return nil, fmt.Errorf("%w: %w", context.DeadlineExceeded, chain.ErrOutcomeUnknown)
			case faultMuted:
				muted = true
			case faultLate:
				c.late = append(c.late, m)
				return nil, fmt.Errorf("%w: %w", context.DeadlineExceeded, chain.ErrOutcomeUnknown)
			}
		}
		r, err := c.deliver(m)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	c.height++
	if muted {
		return nil, fmt.Errorf("%w: %w", context.DeadlineExceeded, chain.ErrOutcomeUnknown)
	}
	return out, nil
}

func (c *fakeChain) deliver(m sdk.Msg) (proto.Message, error) {
	open := func(id uint64) (*paymenttypes.Channel, error) {
		if id == 0 || id > uint64(len(c.channels)) || c.channels[id-1].State != paymenttypes.ChannelState_CHANNEL_STATE_OPEN {
			return nil, fmt.Errorf("%w: channel %d is not open", errRefused, id)
		}
		return &c.channels[id-1], nil
	}
	take := func(owner string, amount uint64) error {
		if c.balances[owner] < amount {
			return fmt.Errorf("%w: %s has %d, needs %d", errRefused, owner, c.balances[owner], amount)
		}
		c.balances[owner] -= amount
		return nil
	}
	end := func(ch *paymenttypes.Channel) uint64 {
		rest := ch.Deposit - ch.Claimed
		c.balances[ch.Owner] += rest
		ch.State = paymenttypes.ChannelState_CHANNEL_STATE_CLOSED
		return rest
	}
	switch m := m.(type) {
	case *paymenttypes.MsgDeposit:
		c.balances[m.Owner] += m.Amount
		return &paymenttypes.MsgDepositResponse{Balance: c.balances[m.Owner]}, nil
	case *paymenttypes.MsgOpenChannel:
		if err := take(m.Owner, m.Deposit); err != nil {
			return nil, err
		}
		ch := paymenttypes.Channel{
			Id: uint64(len(c.channels) + 1), Owner: m.Owner, Netuid: m.Netuid, Payee: m.Payee, VoucherKey: m.VoucherKey, Deposit: m.Deposit, OpenedAt: c.height,
			State: paymenttypes.ChannelState_CHANNEL_STATE_OPEN, ExpiresAt: c.height + int64(m.Blocks), VersionId: m.VersionId,
			Terms: paymenttypes.Terms{WithdrawDelay: uint64(c.delay), SweepGrace: 50},
		}
		c.channels = append(c.channels, ch)
		return &paymenttypes.MsgOpenChannelResponse{Id: ch.Id, ExpiresAt: ch.ExpiresAt, VersionId: ch.VersionId}, nil
	case *paymenttypes.MsgTopUp:
		ch, err := open(m.Channel)
		if err != nil {
			return nil, err
		}
		if ch.ClosingAt != 0 {
			return nil, fmt.Errorf("%w: channel %d is closing", errRefused, ch.Id)
		}
		if err := take(ch.Owner, m.Amount); err != nil {
			return nil, err
		}
		ch.Deposit += m.Amount
		if m.Blocks > 0 {
			ch.ExpiresAt = max(ch.ExpiresAt, c.height+int64(m.Blocks))
		}
		return &paymenttypes.MsgTopUpResponse{Deposit: ch.Deposit, ExpiresAt: ch.ExpiresAt}, nil
	case *paymenttypes.MsgRequestWithdrawal:
		ch, err := open(m.Channel)
		if err != nil {
			return nil, err
		}
		if ch.ClosingAt == 0 {
			ch.ClosingAt = c.height + c.delay
		}
		return &paymenttypes.MsgRequestWithdrawalResponse{ClosingAt: ch.ClosingAt}, nil
	case *paymenttypes.MsgFinishWithdrawal:
		ch, err := open(m.Channel)
		if err != nil {
			return nil, err
		}
		if ch.ClosingAt == 0 || c.height < ch.ClosingAt {
			return nil, fmt.Errorf("%w: channel %d is not to be closed yet", errRefused, ch.Id)
		}
		return &paymenttypes.MsgFinishWithdrawalResponse{Returned: end(ch)}, nil
	case *paymenttypes.MsgSweep:
		ch, err := open(m.Channel)
		if err != nil {
			return nil, err
		}
		if c.height <= ch.ExpiresAt+int64(ch.Terms.SweepGrace) {
			return nil, fmt.Errorf("%w: channel %d has not expired", errRefused, ch.Id)
		}
		return &paymenttypes.MsgSweepResponse{Returned: end(ch)}, nil
	}
	return nil, fmt.Errorf("%w: unexpected %T", errRefused, m)
}

// openChannels are those of the chain that are open and not closing.
func (c *fakeChain) openChannels() []paymenttypes.Channel {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.channels), func(ch paymenttypes.Channel) bool {
		return ch.State != paymenttypes.ChannelState_CHANNEL_STATE_OPEN || ch.ClosingAt != 0
	})
}

// fakeQueue sends as one account.
type fakeQueue struct {
	chain interface {
		submit([]sdk.Msg) ([]proto.Message, error)
	}
	address sdk.AccAddress
	hashes  atomic.Int64
}

func (q *fakeQueue) Address() sdk.AccAddress { return q.address }

func (q *fakeQueue) Submit(ctx context.Context, msgs ...sdk.Msg) (chain.TxResult, error) {
	if err := ctx.Err(); err != nil {
		return chain.TxResult{}, err
	}
	answers, err := q.chain.submit(msgs)
	if err != nil {
		return chain.TxResult{}, err
	}
	out := chain.TxResult{Hash: fmt.Sprint(q.hashes.Add(1)), Height: 1}
	for _, a := range answers {
		packed, err := codectypes.NewAnyWithValue(a)
		if err != nil {
			return chain.TxResult{}, err
		}
		out.Responses = append(out.Responses, packed)
	}
	return out, nil
}
