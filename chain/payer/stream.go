package payer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/agon-chain/agon/wire"
)

const (
	// ahead is how many output tokens before the end of a chunk the next one is vouched for, so that the stream does not wait: an eighth of a chunk.
	ahead = wire.VoucherChunk / 8
	// stallTime is how long nothing has come from a stream that may wait for its voucher: its next event may be larger than what is left of the chunk, or other
	// calls that ended since may have cost more than they had reserved. Then one more chunk is vouched for, maxStalls times at most.
	stallTime = time.Second
	maxStalls = 2
	// vouchPause is how long a voucher that did not reach the miner waits before it is sent again.
	vouchPause = 200 * time.Millisecond
)

// stream sends the call, meters what comes as the miner does, and vouches for the next chunk shortly before one has come.
func (b *bill) stream(ctx context.Context, call wire.Call, onEvent func([]byte) error) (*wire.Reply, error) {
	chunks := b.vouchChunks(ctx, call)
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
	first    string      // voucher that the call was sent with
	tokens   chan uint32 // that have come; the latest wins
	cancel   context.CancelFunc
	done     chan struct{}
	err      error // set before done is closed
}

// vouchChunks begins. The caller calls end once the stream is over.
func (b *bill) vouchChunks(ctx context.Context, call wire.Call) *chunks {
	ctx, cancel := context.WithCancel(ctx)
	c := &chunks{bill: b, endpoint: call.Endpoint, first: call.Voucher, tokens: make(chan uint32, 1), cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(c.done)
		c.err = c.run(ctx)
	}()
	return c
}

// came says how many tokens have come. It is called from one goroutine.
func (c *chunks) came(tokens uint32) {
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
	var came uint32
	stalls, sent := uint32(0), ""
	for {
		stall := time.NewTimer(stallTime)
		select {
		case <-ctx.Done():
			stall.Stop()
			return nil
		case came = <-c.tokens:
			stalls = 0
		case <-stall.C:
			stalls = min(stalls+1, maxStalls)
		}
		stall.Stop()
		if b.channel == 0 {
			continue // free
		}
		reserve, err := b.price.Reserve(b.demand, came+ahead+stalls*wire.VoucherChunk)
		if err != nil {
			return err
		}
		more := sub(reserve, b.stake.reserve)
		if more == 0 && stalls == 0 {
			continue
		}
		// What the whole can cost is held since the beginning.
		voucher, _, err := b.purse.hold(ctx, stake{reserve: more})
		if err != nil {
			return unlessOver(ctx, err)
		}
		b.stake.reserve += more
		if voucher == sent || voucher == c.first {
			continue
		}
		sent = voucher
		if err := c.send(ctx, voucher); err != nil {
			return unlessOver(ctx, err)
		}
	}
}

// send gives the miner a voucher, again if it is not reached or has too much to do, until the stream is over.
func (c *chunks) send(ctx context.Context, voucher string) error {
	for {
		err := c.bill.p.cfg.Wire.SendVoucher(ctx, c.endpoint, voucher)
		if code, unpaid := apiCode(err); err == nil || (unpaid && code == codeStale) {
			return nil // another call has brought a higher one
		}
		if api, ok := errors.AsType[*wire.APIError](err); ok && api.Status != http.StatusTooManyRequests && api.Status < http.StatusInternalServerError {
			return fmt.Errorf("%w: %s: %w", ErrUnpaid, c.bill.purse.payee, err)
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
