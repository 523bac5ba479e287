package payer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/chain"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
)

const (
	// workTimeout bounds the opening of a channel, blocks and outages of the node included.
	workTimeout = 5 * time.Minute
	// lookEvery is how often the chain is asked whether an opening that was not heard of was included.
	lookEvery = time.Second
)

// work opens, tops up or prolongs the channel, as it needs, and waits for it. Any number of calls wait for the same work; it goes on when they give up,
// because a transaction on its way cannot be called back.
func (u *purse) work(ctx context.Context) error {
	j, err := u.start()
	if err != nil {
		return err
	}
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// start begins the work, if none is under way, in a goroutine that Close waits for. Errors: [ErrClosed].
func (u *purse) start() (*job, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.job != nil {
		return u.job, nil
	}
	if !u.p.begin() {
		return nil, ErrClosed
	}
	j := &job{done: make(chan struct{})}
	u.job = j
	go func() {
		defer u.p.jobs.Done()
		ctx, cancel := context.WithTimeout(u.p.ctx, workTimeout)
		defer cancel()
		j.err = u.bring(ctx)
		u.mu.Lock()
		u.job = nil
		u.mu.Unlock()
		close(j.done)
	}()
	return j, nil
}

// begin counts a job that Close waits for. False: the payer is closed.
func (p *Payer) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.jobs.Add(1)
	}
	return !p.closed
}

// bring does the work. One goroutine does it at a time.
func (u *purse) bring(ctx context.Context) error {
	u.mu.Lock()
	seen := u.seen
	u.mu.Unlock()
	if !seen {
		found, err := u.look(ctx)
		if err != nil {
			return err
		}
		if !found {
			return u.open(ctx)
		}
	}
	return u.topUp(ctx)
}

// ours says whether a channel is open and its vouchers are signed here.
func (p *Payer) ours(c paymenttypes.Channel) bool {
	key := p.cfg.Key.Public()
	return c.Owner == p.cfg.Owner && bytes.Equal(c.VoucherKey, key[:]) && c.State == paymenttypes.ChannelState_CHANNEL_STATE_OPEN
}

// look finds the channel on the chain: the one in the ledger, or one whose opening was not heard of, or one of a ledger that was lost. It does not
// return before it is certain that none will still be included.
func (u *purse) look(ctx context.Context) (bool, error) {
	for {
		height, err := u.p.cfg.Chain.Height(ctx)
		if err != nil {
			return false, fmt.Errorf("%w: %s: %w", ErrChannel, u.payee, err)
		}
		channels, err := u.p.cfg.Chain.Channels(ctx, u.p.cfg.Owner, u.payee)
		if err != nil {
			return false, fmt.Errorf("%w: %s: %w", ErrChannel, u.payee, err)
		}
		channels = slices.DeleteFunc(channels, func(c paymenttypes.Channel) bool { return !u.p.ours(c) || c.ClosingAt != 0 || c.ExpiresAt <= height })
		done, found, err := u.choose(channels, height)
		if done {
			return found, err
		}
		if err := sleep(ctx, lookEvery); err != nil {
			return false, fmt.Errorf("%w: %s: an opening before has an unknown outcome and may still be included: %w", ErrChannel, u.payee, err)
		}
	}
}

// choose takes one of the channels that were found. It is not done where there is none and an opening may still be included.
func (u *purse) choose(channels []paymenttypes.Channel, height int64) (done, found bool, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(channels) == 0 {
		if u.Opening && u.until == 0 {
			// Begun by a process that was killed: what it signed can be included for so many blocks from its end on, and that was before now.
			u.until = height + u.p.cfg.TimeoutBlocks
		}
		if u.Opening && height <= u.until {
			return false, false, nil
		}
		u.until, u.Opening = 0, false
		if u.Channel != 0 {
			u.forget()
		}
		return true, false, nil
	}
	c := channels[len(channels)-1]
	if i := slices.IndexFunc(channels, func(c paymenttypes.Channel) bool { return c.Id == u.Channel }); i >= 0 {
		c = channels[i]
	}
	if len(channels) > 1 {
		u.p.cfg.Log.Warn("there are several channels to one miner; the others are taken back", "netuid", u.payee.Netuid, "miner", u.payee.Hotkey, "channels", len(channels), "kept", c.Id)
	}
	if c.Id != u.Channel {
		opened := u.Opening
		u.forget()
		u.Channel, u.UsedAt = c.Id, u.p.cfg.Now().Unix()
		u.onChain(c.Deposit, c.Claimed)
		if !opened {
			// Vouchers may be out that no ledger knows.
			u.Doubt = max(u.Doubt, sub(c.Deposit, u.Spent))
			u.doubtAt = u.p.cfg.Now()
		}
	}
	u.onChain(c.Deposit, c.Claimed)
	u.ExpiresAt, u.seen, u.known, u.Opening, u.until = c.ExpiresAt, true, true, false, 0
	return true, true, nil
}

// forget what is known of a channel that is no more; the lock is held.
func (u *purse) forget() {
	u.entry = entry{Stopped: u.Stopped, UsedAt: u.UsedAt}
	u.seen, u.until = false, 0
}

// open a channel. The intent is in the ledger first, so that a process that is killed meanwhile looks before it opens another.
func (u *purse) open(ctx context.Context) error {
	p := u.p
	u.mu.Lock()
	wanted, version := u.wanted, u.version
	u.mu.Unlock()
	deposit, release, err := p.allot(u.payee, wanted)
	if err != nil {
		return err
	}
	defer release()
	u.mu.Lock()
	u.Opening, u.known = true, true
	u.mu.Unlock()
	if err := u.save(); err != nil {
		return err
	}
	key := p.cfg.Key.Public()
	msg := &paymenttypes.MsgOpenChannel{
		Signer: p.cfg.Tx.Address().String(), Owner: p.cfg.Owner, Netuid: uint32(u.payee.Netuid), Payee: u.payee.Hotkey, VoucherKey: key[:], Deposit: deposit,
		Blocks: uint64(p.cfg.Life), VersionId: version,
	}
	result, err := p.submit(ctx, deposit, msg)
	var r paymenttypes.MsgOpenChannelResponse
	if err == nil {
		err = chain.Response(result, len(result.Responses)-1, &r)
	}
	u.mu.Lock()
	switch {
	case err == nil:
		u.forget()
		u.Channel, u.ExpiresAt, u.Deposit, u.UsedAt = r.Id, r.ExpiresAt, deposit, p.cfg.Now().Unix()
		u.seen, u.wanted = true, 0
	case errors.Is(err, chain.ErrOutcomeUnknown) || errors.Is(err, chain.ErrMalformed):
		u.until = 0 // from here on, not from the signature: the queue may have signed afresh
	default:
		u.Opening = false
		u.known = u.Stopped != ""
	}
	u.mu.Unlock()
	if err != nil {
		return errors.Join(fmt.Errorf("%w: open one to %s: %w", ErrChannel, u.payee, err), u.save())
	}
	p.cfg.Log.Info("channel opened", "netuid", u.payee.Netuid, "miner", u.payee.Hotkey, "channel", r.Id, "deposit", deposit, "expires_at", r.ExpiresAt)
	return u.save()
}

// topUp adds to the channel what calls wait for, or what it is low of, and prolongs it where it ends soon.
func (u *purse) topUp(ctx context.Context) error {
	p := u.p
	height, err := p.cfg.Chain.Height(ctx)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrChannel, u.payee, err)
	}
	u.mu.Lock()
	channel, need, blocks, low := u.Channel, sub(u.wanted, u.Deposit), uint64(0), u.low()
	if u.ExpiresAt-height < p.cfg.Life/2 {
		blocks = uint64(p.cfg.Life)
	}
	u.wanted = 0
	u.mu.Unlock()
	more := uint64(0)
	if need > 0 || low {
		var release func()
		if more, release, err = p.allot(u.payee, max(need, 1)); err == nil {
			defer release()
		} else if need > 0 {
			return err
		}
	}
	if more == 0 && blocks == 0 {
		return nil
	}
	result, err := p.submit(ctx, more, &paymenttypes.MsgTopUp{Signer: p.cfg.Tx.Address().String(), Channel: channel, Amount: more, Blocks: blocks})
	var r paymenttypes.MsgTopUpResponse
	if err == nil {
		err = chain.Response(result, len(result.Responses)-1, &r)
	}
	u.mu.Lock()
	if err == nil && u.Channel == channel {
		u.Deposit, u.ExpiresAt = r.Deposit, r.ExpiresAt
	} else if err != nil {
		u.seen = false // closed, or being closed, or nobody knows: the chain tells
	}
	u.mu.Unlock()
	if err != nil {
		return fmt.Errorf("%w: top up channel %d to %s: %w", ErrChannel, channel, u.payee, err)
	}
	p.cfg.Log.Info("channel topped up", "netuid", u.payee.Netuid, "miner", u.payee.Hotkey, "channel", channel, "deposit", r.Deposit, "expires_at", r.ExpiresAt)
	return u.save()
}

// low says whether the channel should be topped up before calls have to wait for it; the lock is held.
func (u *purse) low() bool { return u.due(0) > sub(u.Deposit, u.p.cfg.Deposit/4) }

// allot sets aside, of the budget, a usual deposit or what is needed if that is more. Release gives it back, once the deposit is seen in the purse or was not
// made. No purse may be locked by the caller. Errors: [ErrBudget].
func (p *Payer) allot(payee Payee, need uint64) (amount uint64, release func(), err error) {
	p.budget.Lock()
	defer p.budget.Unlock()
	used := p.pending
	for _, u := range p.all() {
		u.mu.Lock()
		used = add(used, sub(u.Deposit, u.Claimed))
		u.mu.Unlock()
	}
	left := sub(p.cfg.Budget, used)
	if need > left {
		return 0, nil, fmt.Errorf("%w: %s needs %d nagon more in its channel, the channels hold %d of at most %d; raise the budget, or let idle channels close",
			ErrBudget, payee, need, used, p.cfg.Budget)
	}
	amount = min(max(p.cfg.Deposit, need), left)
	p.pending += amount
	return amount, func() {
		p.budget.Lock()
		p.pending -= amount
		p.budget.Unlock()
	}, nil
}

// submit sends a message that takes so much of the account's balance. Errors: [ErrFunds], and the queue's.
func (p *Payer) submit(ctx context.Context, takes uint64, msg sdk.Msg) (chain.TxResult, error) {
	msgs := []sdk.Msg{msg}
	if takes > 0 {
		balance, err := p.cfg.Chain.Balance(ctx, p.cfg.Owner)
		if err != nil {
			return chain.TxResult{}, fmt.Errorf("balance of account %s: %w", p.cfg.Owner, err)
		}
		switch {
		case balance >= takes:
		case p.cfg.Fund:
			msgs = []sdk.Msg{&paymenttypes.MsgDeposit{Sender: p.cfg.Owner, Owner: p.cfg.Owner, Amount: takes - balance}, msg}
		default:
			return chain.TxResult{}, fmt.Errorf("%w: it needs %d nagon and %s has %d to pay with; deposit some: agond payment deposit", ErrFunds, takes, p.cfg.Owner, balance)
		}
	}
	result, err := p.cfg.Tx.Submit(ctx, msgs...)
	if errors.Is(err, chain.ErrInsufficientFunds) {
		return result, fmt.Errorf("%w: %w", ErrFunds, err)
	}
	return result, err
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
