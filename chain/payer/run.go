package payer

import (
	"context"
	"errors"
	"fmt"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	paymenttypes "github.com/agon-chain/agon/x/payment/types"
)

// Run looks after the channels until ctx ends, and returns its error: it tops up and prolongs those in use, takes back those that are idle or
// whose miner is not paid any more, and finishes withdrawals. A payer that is not run still pays, and leaves its channels to their expiry.
func (p *Payer) Run(ctx context.Context) error {
	warned := ""
	for {
		err := p.Tend(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		// What lasts is said once.
		if text := fmt.Sprint(err); err != nil && text != warned {
			p.cfg.Log.Warn("channels were not all looked after", "error", err)
			warned = text
		} else if err == nil {
			warned = ""
		}
		if err := sleep(ctx, p.cfg.Every); err != nil {
			return err
		}
	}
}

// Tend looks after the channels once, as Run does at every interval.
func (p *Payer) Tend(ctx context.Context) error {
	height, err := p.cfg.Chain.Height(ctx)
	if err != nil {
		return err
	}
	channels, err := p.cfg.Chain.Channels(ctx, p.cfg.Owner, Payee{})
	if err != nil {
		return fmt.Errorf("channels of %s: %w", p.cfg.Owner, err)
	}
	var errs []error
	for _, c := range channels {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if p.ours(c) {
			errs = append(errs, p.tend(ctx, c, height))
		}
	}
	return errors.Join(errs...)
}

func (p *Payer) tend(ctx context.Context, c paymenttypes.Channel, height int64) error {
	signer := p.cfg.Tx.Address().String()
	var msg sdk.Msg
	switch {
	case c.ClosingAt != 0 && height >= c.ClosingAt:
		msg = &paymenttypes.MsgFinishWithdrawal{Signer: signer, Channel: c.Id}
	case height > c.ExpiresAt+int64(c.Terms.SweepGrace):
		msg = &paymenttypes.MsgSweep{Sender: signer, Channel: c.Id}
	case c.ClosingAt == 0:
		u, err := p.purse(Payee{Netuid: uint16(c.Netuid), Hotkey: c.Payee})
		if err != nil {
			return err
		}
		if u.keep(c, height) {
			return nil
		}
		msg = &paymenttypes.MsgRequestWithdrawal{Signer: signer, Channel: c.Id}
		if err := u.save(); err != nil {
			return err
		}
	default:
		return nil
	}
	if _, err := p.cfg.Tx.Submit(ctx, msg); err != nil {
		return fmt.Errorf("channel %d to %s: %w", c.Id, c.Payee, err)
	}
	p.cfg.Log.Info("channel is being closed", "netuid", c.Netuid, "miner", c.Payee, "channel", c.Id, "step", sdk.MsgTypeURL(msg))
	return nil
}

// keep says whether a channel is still wanted, and has it topped up or prolonged if it is.
func (u *purse) keep(c paymenttypes.Channel, height int64) bool {
	p := u.p
	u.mu.Lock()
	if u.job != nil || u.Opening {
		u.mu.Unlock()
		return true // being worked on
	}
	if u.Channel == 0 && u.Stopped == "" {
		// Of a ledger that was lost: it is found when it is used, or closed when it is not.
		if u.UsedAt == 0 {
			u.UsedAt = p.cfg.Now().Unix()
		}
	} else if u.Channel != c.Id {
		u.mu.Unlock()
		return false // a second one to the same miner, or one to a miner that is not paid
	}
	idle := p.cfg.Idle > 0 && p.cfg.Now().Sub(time.Unix(u.UsedAt, 0)) >= p.cfg.Idle
	if u.Held == 0 && (idle || u.Stopped != "") {
		u.forget()
		u.known = u.Stopped != ""
		u.mu.Unlock()
		return false
	}
	if u.Channel == c.Id {
		u.onChain(c.Deposit, c.Claimed)
		u.ExpiresAt = c.ExpiresAt
	}
	work := u.seen && u.Stopped == "" && (u.low() || c.ExpiresAt-height < p.cfg.Life/4)
	u.mu.Unlock()
	if work {
		_, _ = u.start() // closed is no failure here
	}
	return true
}

// CloseIdle asks for the withdrawal of all channels that no call has used for so long, 0 for all that no call is using. What is in them comes back to the account
// after the chain's delay, with a later [Payer.Tend] of this account by whichever program.
func (p *Payer) CloseIdle(ctx context.Context, idle time.Duration) error {
	var errs []error
	for _, u := range p.all() {
		u.mu.Lock()
		channel := u.Channel
		if u.Held > 0 || u.job != nil || channel == 0 || p.cfg.Now().Sub(time.Unix(u.UsedAt, 0)) < idle {
			u.mu.Unlock()
			continue
		}
		u.forget()
		u.known = u.Stopped != ""
		u.mu.Unlock()
		errs = append(errs, u.save())
		if _, err := p.cfg.Tx.Submit(ctx, &paymenttypes.MsgRequestWithdrawal{Signer: p.cfg.Tx.Address().String(), Channel: channel}); err != nil {
			errs = append(errs, fmt.Errorf("channel %d to %s: %w", channel, u.payee, err))
		}
	}
	return errors.Join(errs...)
}
