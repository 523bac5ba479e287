package miner

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/agon-chain/agon/miner/till"
	"github.com/agon-chain/agon/wire"
)

// paymentTimeout is what a payer is told of how long its voucher may take: a request's own expiry is what counts.
const paymentTimeout = 60 * time.Second

// bookName is the file of vouchers inside the home folder.
const bookName = "vouchers.db"

// cashier asks for payment. A miner whose price is free has none.
type cashier struct {
	till      *till.Till
	price     wire.Price
	maxOutput uint32 // output tokens of a call that names no bound
	chainID   string
	hotkey    string
	netuid    uint16
	resource  wire.PaymentResource
	log       *slog.Logger
	metrics   *metrics
}

// payment is what one call pays. Nil is a call that costs nothing; its methods may be called all the same.
type payment struct {
	c       *cashier
	hold    *till.Hold
	demand  wire.Demand
	byX402  bool
	metered uint32 // output tokens sent in a stream
	covered uint32 // that what is reserved covers
}

// take reserves what the call may cost, or says how to pay. The body is in the clear. The caller must settle or release the payment.
func (c *cashier) take(r *http.Request, from string, body []byte, streams bool) (*payment, error) {
	p := &payment{c: c, demand: wire.ReadDemand(body, c.maxOutput)}
	p.demand.Stream = streams
	need, err := c.price.Reserve(p.demand, 0)
	if err != nil {
		return nil, err
	}
	var voucher string
	if voucher, p.byX402, err = wire.VoucherText(r.Header); err == nil {
		p.hold, err = c.till.Reserve(r.Context(), voucher, from, need)
	}
	if err != nil {
		return nil, c.refusal(err, need)
	}
	p.covered = p.demand.Output
	if streams {
		p.covered = min(p.covered, wire.ChunkEnd(0))
	}
	return p, nil
}

// refusal is what a caller is told where no payment could be taken.
func (c *cashier) refusal(err error, need uint64) error {
	r, ok := errors.AsType[*till.Refusal](err)
	if !ok && errors.Is(err, wire.ErrVoucher) {
		r, ok = &till.Refusal{Code: wire.ErrVoucher.Code(), Reason: err.Error()}, true
	}
	if !ok {
		return c.failure(err)
	}
	c.metrics.unpaid.WithLabelValues(r.Code).Inc()
	terms := wire.ChannelTerms{
		Netuid: c.netuid, Price: c.price, Chunk: wire.VoucherChunk, MaxOutput: c.maxOutput,
		How: "open a channel of x/payment to payTo in subnet netuid, with a voucher key of yours, and send " + wire.HeaderVoucher +
			": a voucher over spent + reserved + amount, signed by that key",
	}
	if s := r.State; s != nil {
		terms.Channel, terms.Voucher, terms.Vouched, terms.Spent, terms.Reserved, terms.Cumulative = s.Channel, s.Voucher, s.Vouched, s.Spent, s.Reserved, s.Cumulative
	}
	return wire.NewPaymentError(r.Code, r.Reason, c.chainID, need, c.resource,
		wire.PaymentOption{PayTo: c.hotkey, MaxTimeoutSeconds: int(paymentTimeout / time.Second), Extra: terms})
}

// failure is what a caller is told where taking a payment is what failed.
func (c *cashier) failure(err error) error {
	switch {
	case errors.Is(err, till.ErrUnavailable):
		return &retryError{after: 5 * time.Second, api: wire.NewAPIError(http.StatusServiceUnavailable, "chain_unavailable", "",
			"this miner cannot ask the chain for your channel now; try again later, or another miner")}
	case errors.Is(err, till.ErrFull):
		return &retryError{after: time.Second, api: wire.NewAPIError(http.StatusServiceUnavailable, "overloaded", "", "too many channels have calls under way; try again later, or another miner")}
	case errors.Is(err, till.ErrTooOften):
		return &retryError{after: time.Second, api: wire.NewAPIError(http.StatusTooManyRequests, "rate_limited", "", err.Error()+"; send fewer, for more")}
	case errors.Is(err, till.ErrBook):
		c.log.Error("no voucher can be kept, so no paid call is served", "error", flat(err))
		return &retryError{after: 5 * time.Second, api: wire.NewAPIError(http.StatusServiceUnavailable, "book_unavailable", "",
			"this miner cannot keep your voucher now; try again later, or another miner")}
	}
	return err
}

// meter counts an event of a stream before it is sent, and waits for a further voucher where what is reserved does not cover it.
func (p *payment) meter(ctx context.Context, event []byte) error {
	if p == nil {
		return nil
	}
	n := wire.MeterEvent(event)
	if n == 0 {
		return nil
	}
	after := p.metered + n
	if after < n {
		after = ^uint32(0)
	}
	if after > p.covered && p.covered < p.demand.Output {
		need, err := p.c.price.Reserve(p.demand, after-1)
		if err != nil {
			return err
		}
		if err := p.hold.Extend(ctx, need); err != nil {
			return p.c.refusal(err, need)
		}
		p.covered = min(p.demand.Output, wire.ChunkEnd(after-1))
	}
	p.metered = after
	return nil
}

// delivered are the tokens of a stream that ended early.
func (p *payment) delivered() usage {
	in, out := p.demand.Delivered(p.metered)
	return usage{in, out}
}

// settle charges for what was used. It is nil where nothing is paid.
func (p *payment) settle(u usage) *wire.Charge {
	if p == nil {
		return nil
	}
	cost, err := p.c.price.Charge(p.demand, u.PromptTokens, u.OutputTokens)
	if err != nil {
		p.c.log.Error("call could not be charged for", "error", flat(err)) // no price that is accepted comes here
		p.hold.Release()
		return nil
	}
	charge := p.hold.Settle(cost)
	p.c.metrics.paid.Inc()
	return &charge
}

// release gives back what is reserved of a call that costs nothing. After settle it does nothing.
func (p *payment) release() {
	if p != nil {
		p.hold.Release()
	}
}

// show puts the charge on a whole reply.
func (p *payment) show(charge *wire.Charge, h http.Header) {
	if charge == nil {
		return
	}
	charge.Set(h)
	if p.byX402 {
		charge.SetSettlement(h, p.c.chainID, p.hold.Payer())
	}
}
