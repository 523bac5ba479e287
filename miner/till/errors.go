package till

import (
	"errors"
	"fmt"

	"github.com/agon-chain/agon/wire"
)

// What keeps a till from working. Callers are told that it is the miner's affair, and may come again.
var (
	// ErrBook says that the book of vouchers cannot be opened, read or written.
	ErrBook = errors.New("book of vouchers")
	// ErrBookBusy says that another process has the book open.
	ErrBookBusy = errors.New("book of vouchers is in use")
	// ErrBookForeign says that the book is of another chain, miner or subnet.
	ErrBookForeign = errors.New("book of vouchers is another miner's")
	// ErrUnavailable says that the chain could not be asked for a channel.
	ErrUnavailable = errors.New("chain cannot be asked for the channel")
	// ErrFull says that as many channels as may be held in memory have calls under way.
	ErrFull = errors.New("too many channels have calls under way")
	// ErrTooOften says that a channel's voucher is raised too often.
	ErrTooOften = errors.New("vouchers of the channel come too often")

	// ErrNoChannel is the chain's answer that it has no such channel. Chain returns it.
	ErrNoChannel = errors.New("no such channel")
)

// Kind is why a call is not served for want of payment: the code that the caller is told. Codes are part of the protocol: they are added to, never
// renamed; wire/README.md lists them.
type Kind string

// The reasons.
const (
	PaymentRequired     Kind = "payment_required"
	UnknownChannel      Kind = "unknown_channel"
	WrongChannel        Kind = "wrong_channel"
	ChannelClosed       Kind = "channel_closed"
	ChannelClosing      Kind = "channel_closing"
	ChannelExpired      Kind = "channel_expired"
	ChannelExhausted    Kind = "channel_exhausted"
	InsufficientVoucher Kind = "insufficient_voucher"
	StaleVoucher        Kind = "stale_voucher"
)

// Error is the code.
func (k Kind) Error() string { return string(k) }

// Refusal is a call that is not served for want of payment. It unwraps to its Kind, or to the refusal of wire where the voucher itself is bad.
type Refusal struct {
	Code   string
	Reason string // one line for people: what is wrong and what to do
	Need   uint64 // nagon that had to be reserved
	State  *State // nil unless the caller showed a voucher of the channel
	kind   error
}

// State is how a channel stands, for its payer.
type State struct {
	Channel    uint64
	Voucher    string // the highest one held; "" if none is
	Vouched    uint64
	Spent      uint64
	Reserved   uint64
	Cumulative uint64 // what the next voucher has to say at least
}

// Error is the reason.
func (r *Refusal) Error() string { return r.Reason }

// Unwrap is the kind.
func (r *Refusal) Unwrap() error { return r.kind }

func refuse(kind Kind, need uint64, state *State, format string, args ...any) *Refusal {
	return &Refusal{Code: string(kind), Reason: fmt.Sprintf(format, args...), Need: need, State: state, kind: kind}
}

// refuseVoucher is the refusal of a voucher that wire refuses.
func refuseVoucher(err error, need uint64) *Refusal {
	return &Refusal{Code: *wire.ErrorFor(err).Code, Reason: err.Error() + "; sign it again", Need: need, kind: err}
}
