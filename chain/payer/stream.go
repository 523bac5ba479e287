package payer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/agon-chain/agon/wire"
)

// vouchPause is how long a voucher that did not reach the miner waits before it is sent again.
const vouchPause = 200 * time.Millisecond

// stream sends the call, meters what comes as the miner does, and vouches for the next chunk when one has come. At no time is more vouched for than
// what has come and one chunk.
func (b *bill) stream(ctx context.Context, call wire.Call, onEvent func([]byte) error) (*wire.Reply, error) {
	chunks := b.vouchChunks(ctx, call.Endpoint)
	reply, err := b.p.cfg.Wire.Stream(ctx, call, func(data []byte) error {
		b.began = true
		b.metered += wire.MeterEvent(data)
		chunks.came(b.metered)
		if onEvent == nil {
			return nil
		}
		return onEvent(data)
	})
	if why := chunks.end(); err != nil && why != nil {
		err = errors.Join(err, why)
	}
	return reply, err
}

// chunks vouches for the chunks of one stream beside it, so that its events are not held up.
type chunks struct {
	bill     *bill
	endpoint string
	tokens   chan uint32 // that have come; the latest wins
	cancel   context.CancelFunc
	done     chan struct{}
	err      error // set before done is closed
}

// vouchChunks begins. The caller calls end once the stream is over.
func (b *bill) vouchChunks(ctx context.Context, endpoint string) *chunks {
	ctx, cancel := context.WithCancel(ctx)
	c := &chunks{bill: b, endpoint: endpoint, tokens: make(chan uint32, 1), cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(c.done)
		c.err = c.run(ctx)
	}()
	return c
}

// came says how many tokens have come. It is called from one goroutine.
func (c *chunks) came(tokens uint32) {
	if c.bill.channel == 0 {
		return
	}
	select {
	case <-c.tokens:
	default:
	}
	c.tokens <- tokens
}

// end stops and waits. The error is why the stream may have got no further voucher.
func (c *chunks) end() error {
	c.cancel()
	<-c.done
	return c.err
}

func (c *chunks) run(ctx context.Context) error {
	b := c.bill
	for {
		var came uint32
		select {
		case <-ctx.Done():
			return nil
		case came = <-c.tokens:
		}
		reserve, err := b.price.Reserve(b.demand, came)
		if err != nil {
			return err
		}
		if reserve <= b.stake.reserve {
			continue
		}
		// What the whole can cost is held since the beginning.
		voucher, _, err := b.purse.hold(ctx, stake{reserve: reserve - b.stake.reserve})
		if err != nil {
			return unlessOver(ctx, err)
		}
		b.stake.reserve = reserve
		if err := c.send(ctx, voucher); err != nil {
			return unlessOver(ctx, err)
		}
	}
}

// send gives the miner a voucher, again if it is not reached, until the stream is over.
func (c *chunks) send(ctx context.Context, voucher string) error {
	for {
		err := c.bill.p.cfg.Wire.SendVoucher(ctx, c.endpoint, voucher)
		if _, refused := errors.AsType[*wire.APIError](err); err == nil || refused {
			if err != nil {
				err = fmt.Errorf("%w: %s: %w", ErrUnpaid, c.bill.purse.payee, err)
			}
			return err
		}
		if err := sleep(ctx, vouchPause); err != nil {
			return err
		}
	}
}

// unlessOver drops an error of what was cut short because the stream is over.
func unlessOver(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
