package payer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"time"

	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/wire"
)

const (
	// retries of a call that was refused as unpaid: for what its 402 told, and once more where that was another price.
	retries = 2
	// lagRetries of a call to a miner whose node has not seen a new channel or deposit yet, and how long between them.
	lagRetries = 8
	lagPause   = 500 * time.Millisecond
)

// Do is [wire.Client.Do], paid. A 402 is answered as far as the terms allow, by opening, topping up or vouching for more, and the call sent
// again. Errors are Do's own and [ErrTooDear], [ErrBudget], [ErrFunds], [ErrChannel], [ErrReckoning], [ErrUnpaid], [ErrLedger], [ErrClosed].
//
// An answer may stand beside [ErrReckoning]: it is the miner's and whole, and was overcharged; it is the last that is paid for.
func (p *Payer) Do(ctx context.Context, call wire.Call, t Terms) (*wire.Reply, Paid, error) {
	return p.pay(ctx, call, t, func(ctx context.Context, call wire.Call, _ *bill) (*wire.Reply, error) {
		return p.cfg.Wire.Do(ctx, call)
	})
}

// Stream is [wire.Client.Stream], paid: further vouchers follow as tokens arrive. Errors are Stream's own and those of [Payer.Do]. Once an event was given to
// onEvent the call is not sent again.
func (p *Payer) Stream(ctx context.Context, call wire.Call, t Terms, onEvent func(data []byte) error) (*wire.Reply, Paid, error) {
	return p.pay(ctx, call, t, func(ctx context.Context, call wire.Call, b *bill) (*wire.Reply, error) {
		return b.stream(ctx, call, onEvent)
	})
}

func (p *Payer) pay(ctx context.Context, call wire.Call, t Terms, send func(context.Context, wire.Call, *bill) (*wire.Reply, error)) (*wire.Reply, Paid, error) {
	b, err := p.bill(call, t)
	if err != nil {
		return nil, Paid{}, err
	}
	if call.Tag == (wire.Tag{}) {
		// One tag for all attempts, as of an examiner's question.
		call.Tag = wire.RandomTag()
	}
	for tries := 0; ; tries++ {
		if call.Voucher, err = b.begin(ctx); err != nil {
			return nil, Paid{}, err
		}
		reply, err := send(ctx, call, b)
		if code, unpaid := apiCode(err); unpaid && !b.began && reply != nil {
			b.release()
			if tries < retries || (lags(code) && tries < lagRetries) {
				if why := b.answer(ctx, reply, code, err); why != nil {
					return reply, Paid{}, why
				}
				continue
			}
			return reply, Paid{}, fmt.Errorf("%w: %s, after %d vouchers: %w", ErrUnpaid, b.purse.payee, tries+1, err)
		}
		paid, err := b.end(ctx, reply, err)
		return reply, paid, err
	}
}

// bill is one call's.
type bill struct {
	p     *Payer
	purse *purse
	limit uint64 // nagon
	price wire.Price

	demand wire.Demand
	open   bool // the body names no bound of output tokens

	stake   stake  // held in the purse
	channel uint64 // 0 while nothing is held
	began   bool   // an event has come
	metered uint32 // output tokens that have come, as the miner meters them
}

func (p *Payer) bill(call wire.Call, t Terms) (*bill, error) {
	u, err := p.purse(Payee{Netuid: call.Netuid, Hotkey: call.To})
	if err != nil {
		return nil, err
	}
	b := &bill{p: p, purse: u, limit: t.MaxCost, price: t.Price}
	if b.limit == 0 {
		b.limit = p.cfg.MaxCall
	}
	plain := t.Plain
	if plain == nil {
		plain = call.Body
	}
	b.demand = wire.ReadDemand(plain, 0)
	b.open = wire.ReadDemand(plain, math.MaxUint32).Output == math.MaxUint32
	if t.Version != 0 {
		u.mu.Lock()
		u.version = t.Version
		u.mu.Unlock()
	}
	return b, b.price.Validate()
}

// begin covers the call. The voucher is "" where it is free.
func (b *bill) begin(ctx context.Context) (voucher string, err error) {
	if b.price.Free() {
		return "", nil
	}
	s, err := b.needs()
	if err != nil {
		return "", err
	}
	voucher, channel, err := b.purse.hold(ctx, s)
	if err != nil {
		return "", err
	}
	b.stake, b.channel = s, channel
	return voucher, nil
}

// needs is what the call must hold to be served. Errors: [ErrTooDear], [wire.ErrPrice].
func (b *bill) needs() (stake, error) {
	if b.open && b.demand.Stream {
		b.demand.Output = b.within() // nothing but money bounds it
	} else if b.open {
		b.demand.Output = min(b.demand.Output, b.within()) // the miner says if its own bound is higher
	}
	reserve, err := b.price.Reserve(b.demand, 0)
	if err != nil {
		return stake{}, err
	}
	most, err := b.price.Cost(b.demand.Input, b.demand.Output)
	if err != nil {
		return stake{}, err
	}
	if most > b.limit {
		return stake{}, fmt.Errorf("%w: a call to %s with %d bytes of prompt and %d output tokens can cost %d nagon, at most %d are allowed; "+
			"ask for fewer tokens, allow more, or choose another miner", ErrTooDear, b.purse.payee, b.demand.Input, b.demand.Output, most, b.limit)
	}
	return stake{reserve, most}, nil
}

// within is how many output tokens the limit pays for; where they cost nothing, as many as are taken for a body that says none.
func (b *bill) within() uint32 {
	prompt, err := b.price.Cost(b.demand.Input, 0)
	if err != nil || b.price.PerMillionOutput == 0 {
		return wire.DefaultMaxOutput
	}
	tokens, _, _ := wide.Mul64(sub(b.limit, prompt), 1_000_000).MulDiv(1, wide.From64(b.price.PerMillionOutput))
	n, ok := tokens.Uint64()
	if !ok {
		n = math.MaxUint32
	}
	return uint32(min(n, math.MaxUint32))
}

// release ends an attempt that cost nothing.
func (b *bill) release() {
	if b.channel != 0 {
		b.purse.end(func(k *book) { k.release(b.stake) })
	}
	b.stake, b.channel = stake{}, 0
}

// answer learns from a 402 what to do. Nil: try again. Any other error says why not, with the refusal in it.
func (b *bill) answer(ctx context.Context, reply *wire.Reply, code string, refusal error) error {
	unpaid := func(err error) error { return fmt.Errorf("%w: %s: %w: %w", ErrUnpaid, b.purse.payee, err, refusal) }
	terms, err := wire.ParsePaymentRequired(reply.Body)
	if err != nil {
		return unpaid(err)
	}
	o, err := terms.ByChannel(b.p.cfg.ChainID, b.purse.payee.Hotkey)
	if err != nil {
		return unpaid(err)
	}
	x := o.Extra
	if x.Netuid != b.purse.payee.Netuid {
		return unpaid(fmt.Errorf("it serves subnet %d", x.Netuid))
	}
	if x.Price != b.price {
		published, err := b.p.prices.get(ctx, b.purse.payee, 0)
		if err != nil {
			return unpaid(err)
		}
		if x.Price != published {
			return unpaid(fmt.Errorf("it asks for another price, %+v, than it publishes, %+v", x.Price, published))
		}
		b.price = published
	}
	needs, err := b.needs()
	if err == nil && b.open && !b.demand.Stream && x.MaxOutput > b.demand.Output {
		b.demand.Output, b.open = x.MaxOutput, false
		needs, err = b.needs()
	}
	if err != nil {
		return err
	}
	if lags(code) {
		if err := sleep(ctx, lagPause); err != nil {
			return err
		}
	}
	switch err := b.purse.answer(o, code, needs.reserve); {
	case errors.Is(err, ErrReckoning):
		return b.purse.stop(err)
	case err != nil:
		return unpaid(err)
	}
	return nil
}

// end settles the call with what came of it.
func (b *bill) end(ctx context.Context, reply *wire.Reply, err error) (Paid, error) {
	paid := Paid{Channel: b.channel, Price: b.price}
	if b.channel == 0 {
		return paid, err
	}
	api, isAPI := errors.AsType[*wire.APIError](err)
	switch {
	case err == nil, isAPI && b.began && api.Status == http.StatusPaymentRequired && reply.Receipt != nil:
		// A stream that ended because its reserve was used up costs what came of it.
		cost, why := b.cost(ctx, reply)
		if why == nil {
			paid.Cost = cost
			paid.Spent, why = b.purse.settle(b.stake, cost, reply.Charge)
		} else {
			paid.Doubt = b.stake.most
			b.purse.lose(b.stake)
		}
		if why != nil {
			return paid, errors.Join(b.purse.stop(why), err)
		}
		b.p.topUpSoon(b.purse)
	case isAPI && (!b.began || reply.Receipt != nil), notSent(err):
		b.purse.end(func(k *book) { k.release(b.stake) })
	default:
		// Broken off on either side, or without a receipt that is worth anything: the miner may count it.
		paid.Doubt = b.stake.most
		b.purse.lose(b.stake)
	}
	return paid, err
}

// notSent says whether a call never left.
func notSent(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return errors.Is(err, wire.ErrTarget) || errors.Is(err, wire.ErrCall) || (ok && op.Op == "dial")
}

// cost reckons a reply by its receipt and the price agreed. Errors: [ErrReckoning].
func (b *bill) cost(ctx context.Context, reply *wire.Reply) (uint64, error) {
	r := reply.Receipt
	if uint64(r.OutputTokens) > uint64(len(reply.Body)) {
		return 0, fmt.Errorf("%w: its receipt is for %d output tokens in a reply of %d bytes", ErrReckoning, r.OutputTokens, len(reply.Body))
	}
	cost, err := b.price.Charge(b.demand, r.PromptTokens, r.OutputTokens)
	if err != nil {
		return 0, err
	}
	told := reply.Charge
	if told == nil || told.Cost == cost {
		return cost, nil
	}
	if told.Cost > cost {
		// It may have changed its price since; what it publishes now decides, within what was allowed.
		published, err := b.p.prices.get(ctx, b.purse.payee, 0)
		if err != nil {
			return 0, err
		}
		now, err := published.Charge(b.demand, r.PromptTokens, r.OutputTokens)
		if err != nil {
			return 0, err
		}
		if told.Cost > now || told.Cost > b.limit {
			return 0, fmt.Errorf("%w: it counts %d nagon for %d and %d tokens, which cost %d by its receipt and price", ErrReckoning, told.Cost, r.PromptTokens, r.OutputTokens, cost)
		}
	}
	// Less than agreed is its own affair: a lower bound of tokens, or a lower price.
	return told.Cost, nil
}

// topUpSoon has a channel that runs low topped up while there is time. Its failure is for the call that needs it.
func (p *Payer) topUpSoon(u *purse) {
	u.mu.Lock()
	low := u.seen && u.low() && u.Stopped == "" && u.job == nil
	u.mu.Unlock()
	if low {
		_, _ = u.start() // closed is no failure here
	}
}
