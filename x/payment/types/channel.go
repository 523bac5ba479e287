package types

import (
	"crypto/ed25519"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/payment/split"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Party is one that gets a part of every claim.
type Party int

// The parties of a claim.
const (
	Miner Party = iota
	Model
	Subnet
	Protocol
)

// Split divides a claim by the terms: shares are rounded down, and the miner gets the rest. Errors: ErrInvalidChannel.
func (t Terms) Split(amount uint64) (Parts, error) {
	s, err := split.New(Miner,
		split.Share[Party]{Party: Model, Bps: t.ModelBps}, split.Share[Party]{Party: Subnet, Bps: t.SubnetBps}, split.Share[Party]{Party: Protocol, Bps: t.ProtocolBps})
	if err != nil {
		return Parts{}, errorsmod.Wrap(ErrInvalidChannel, err.Error())
	}
	var out Parts
	for _, p := range s.Of(amount) {
		switch p.Party {
		case Miner:
			out.Miner = p.Amount
		case Model:
			out.Model = p.Amount
		case Subnet:
			out.Subnet = p.Amount
		case Protocol:
			out.Protocol = p.Amount
		}
	}
	return out, nil
}

// Open says whether the channel has not ended.
func (c Channel) Open() bool { return c.State == ChannelState_CHANNEL_STATE_OPEN }

// Rest is what is left in the channel: nothing once it has ended.
func (c Channel) Rest() uint64 {
	if !c.Open() {
		return 0
	}
	return c.Deposit - c.Claimed
}

// SweepAt is the first height at which anyone may close the channel.
func (c Channel) SweepAt() int64 { return c.ExpiresAt + int64(c.Terms.SweepGrace) + 1 }

// Key is the one that signs vouchers.
func (c Channel) Key() (key [ed25519.PublicKeySize]byte) {
	copy(key[:], c.VoucherKey)
	return key
}

// Validate reports the first contradiction in a stored channel. Errors: ErrInvalidChannel, and ErrInvalidAddress of x/subnet.
func (c Channel) Validate() error {
	if c.Id < FirstChannelID {
		return errorsmod.Wrapf(ErrInvalidChannel, "id is %d, want at least %d", c.Id, FirstChannelID)
	}
	wrap := func(err error) error { return errorsmod.Wrapf(err, "channel %d", c.Id) }
	if _, err := subnettypes.ParseAddress("owner", c.Owner); err != nil {
		return wrap(err)
	}
	if _, err := subnettypes.ParseHotkey("payee", c.Payee); err != nil {
		return wrap(err)
	}
	if err := checkNetuid(ErrInvalidChannel, c.Netuid); err != nil {
		return wrap(err)
	}
	if err := checkVoucherKey(c.VoucherKey); err != nil {
		return wrap(err)
	}
	if c.Claimed > c.Deposit || c.Deposit == 0 || c.Deposit > MaxAmount {
		return wrap(errorsmod.Wrapf(ErrInvalidChannel, "claimed is %d of a deposit of %d, want 0 <= claimed <= deposit and a deposit of 1 to %d", c.Claimed, c.Deposit, uint64(MaxAmount)))
	}
	if c.OpenedAt < 0 || c.ExpiresAt <= c.OpenedAt || c.ClosingAt < 0 || (c.ClosingAt > 0 && c.ClosingAt <= c.OpenedAt) {
		return wrap(errorsmod.Wrapf(ErrInvalidChannel, "opened_at is %d, expires_at %d, closing_at %d: want 0 <= opened_at before each of the others, closing_at or 0",
			c.OpenedAt, c.ExpiresAt, c.ClosingAt))
	}
	switch ended := c.Cause != CloseCause_CLOSE_CAUSE_UNSPECIFIED; {
	case c.State != ChannelState_CHANNEL_STATE_OPEN && c.State != ChannelState_CHANNEL_STATE_CLOSED,
		c.Cause < CloseCause_CLOSE_CAUSE_UNSPECIFIED || c.Cause > CloseCause_CLOSE_CAUSE_SWEPT,
		c.Open() && (ended || c.ClosedAt != 0), !c.Open() && (!ended || c.ClosedAt < c.OpenedAt):
		return wrap(errorsmod.Wrapf(ErrInvalidChannel, "state is %s, cause %s, closed_at %d: want an open one without cause and height, or an ended one with both",
			c.State, c.Cause, c.ClosedAt))
	}
	return wrapNil(c.Terms.validate(c.VersionId), wrap)
}

func wrapNil(err error, wrap func(error) error) error {
	if err == nil {
		return nil
	}
	return wrap(err)
}

func (t Terms) validate(version uint64) error {
	if err := check(ErrInvalidChannel, []bound{
		{"withdraw_delay", t.WithdrawDelay, 1, MaxDelay},
		{"sweep_grace", t.SweepGrace, 1, MaxDelay},
		{"model_bps", uint64(t.ModelBps), 0, MaxShareBps},
		{"subnet_bps", uint64(t.SubnetBps), 0, MaxShareBps},
		{"protocol_bps", uint64(t.ProtocolBps), 0, MaxShareBps},
	}); err != nil {
		return err
	}
	if sum := t.MinerBps + t.ModelBps + t.SubnetBps + t.ProtocolBps; t.MinerBps > split.Whole || sum != split.Whole {
		return errorsmod.Wrapf(ErrInvalidChannel, "parts add up to %d basis points, want %d", sum, split.Whole)
	}
	if version == 0 && t.ModelBps != 0 {
		return errorsmod.Wrapf(ErrInvalidChannel, "model_bps is %d without a version, want 0", t.ModelBps)
	}
	return nil
}

func checkVoucherKey(key []byte) error {
	if len(key) != ed25519.PublicKeySize {
		return errorsmod.Wrapf(ErrInvalidChannel, "voucher_key has %d bytes, want the %d of an ed25519 public key", len(key), ed25519.PublicKeySize)
	}
	return nil
}
