package miner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task/langid"
	"github.com/agon-chain/agon/wire"
)

const paidStream = `{"text":"der alte Hund","stream":true,"max_tokens":1000}`

// tokens is an event that meters as so many.
func tokens(n int) []byte {
	return fmt.Appendf(nil, `{"choices":[{"delta":{"content":%q}}]}`, strings.Repeat("x", 8*n))
}

// inEvents streams events of so many tokens, and tells the usage at the end.
func inEvents(usage string, sizes ...int) func(*Options) {
	return func(o *Options) {
		withPieces(func(_ context.Context, emit func([]byte) error) error {
			for _, n := range sizes {
				if err := emit(tokens(n)); err != nil {
					return err
				}
			}
			if usage == "" {
				return nil
			}
			return emit([]byte(`{"choices":[],"usage":` + usage + `}`))
		})(o)
		o.Tasks[0].MaxResponseBytes = 1 << 30
	}
}

// buy asks for a stream and vouches for what the next event needs, if it is to go on.
func (b *bench) buy(c *channel, body string, spent uint64, next int, goOn func(events int) bool) (*wire.Reply, int, error) {
	b.t.Helper()
	demand := wire.ReadDemand([]byte(body), 0)
	reserve := func(served int) string {
		n, err := testPrice.Reserve(demand, uint32(served))
		require.NoError(b.t, err)
		return c.voucher(b.t, spent+n)
	}
	events := 0
	reply, err := b.askStream(paying(b.call(body), reserve(0)), func([]byte) error {
		if events++; goOn(events) {
			require.NoError(b.t, b.client.SendVoucher(context.Background(), b.url, reserve((events+1)*next-1)))
		}
		return nil
	})
	return reply, events, err
}

func TestStreamIsPaidChunkByChunk(t *testing.T) {
	b := startPaid(t, inEvents(`{"prompt_tokens":5,"completion_tokens":790}`, 200, 200, 200, 200))
	c := b.open(1, nil)
	reply, events, err := b.buy(c, paidStream, 0, 200, func(events int) bool { return events < 4 })
	require.NoError(t, err)
	require.Equal(t, 5, events)
	want := uint64(1000 + 2*5 + 10*790)
	require.Equal(t, &wire.Charge{Cost: want, Spent: want}, reply.Charge, "by the receipt, and not by what was metered")
	require.Equal(t, uint32(790), reply.Receipt.OutputTokens)

	t.Run("credit-counts-for-the-next", func(t *testing.T) {
		reply, _, err := b.buy(c, paidStream, want, 200, func(events int) bool { return events < 4 })
		require.NoError(t, err)
		require.Equal(t, 2*want, reply.Charge.Spent)
	})
	t.Run("vouched-for-at-once", func(t *testing.T) {
		c := b.open(2, nil)
		reply, err := b.askStream(paying(b.call(paidStream), c.voucher(t, 50_000)), nil)
		require.NoError(t, err)
		require.Equal(t, want, reply.Charge.Spent)
	})
}

func TestStreamThatIsNotPaidFurtherEnds(t *testing.T) {
	b := startPaid(t, inEvents(`{"prompt_tokens":5,"completion_tokens":800}`, 200, 200, 200, 200))
	in := uint64(len(paidStream)+3) / 4
	c := b.open(1, nil)
	reply, events, err := b.buy(c, paidStream, 0, 200, func(int) bool { return false })
	api := isAPI(t, err, http.StatusPaymentRequired, "payment_required")
	require.Contains(t, api.Message, wire.VoucherPath)
	require.Equal(t, 1, events)
	require.Equal(t, uint16(402), reply.Receipt.Status)
	require.Equal(t, uint32(200), reply.Receipt.OutputTokens)
	require.Equal(t, uint32(in), reply.Receipt.PromptTokens)
	first := 1000 + 2*in + 10*200
	require.Equal(t, &wire.Charge{Cost: first, Spent: first}, reply.Charge, "what was delivered")

	reply, events, err = b.buy(c, paidStream, first, 200, func(events int) bool { return events == 1 })
	isAPI(t, err, http.StatusPaymentRequired, "payment_required")
	require.Equal(t, 2, events)
	require.Equal(t, first+1000+2*in+10*400, reply.Charge.Spent)

	t.Run("before-its-first-event", func(t *testing.T) {
		b := startPaid(t, inEvents("", 300))
		reply, events, err := b.buy(b.open(1, nil), paidStream, 0, 300, func(int) bool { return false })
		o := terms(t, reply, err, "payment_required")
		require.Zero(t, events)
		require.Nil(t, reply.Charge, "nothing came, and nothing is due")
		require.Equal(t, o.Extra.Cumulative, o.Amount, "what it needs to come as far as its first event")
	})
	t.Run("sealed", func(t *testing.T) {
		public, err := b.sealing.Public()
		require.NoError(t, err)
		sealed, opener, err := wire.SealRequest(public, wire.SealBinding(testChain, b.hotkey, http.MethodPost, langid.Route), []byte(paidStream))
		require.NoError(t, err)
		call := b.call("")
		call.Body, call.ContentType, call.Opener = sealed, wire.ContentTypeSealed, opener
		c := b.open(2, nil)
		need, err := testPrice.Reserve(wire.ReadDemand([]byte(paidStream), 0), 0)
		require.NoError(t, err)
		events := 0
		reply, err := b.askStream(paying(call, c.voucher(t, need)), func([]byte) error { events++; return nil })
		isAPI(t, err, http.StatusPaymentRequired, "payment_required")
		require.Equal(t, 1, events)
		require.Equal(t, first, reply.Charge.Cost, "sealed or not, the same")
	})
	t.Run("deposit-used-up", func(t *testing.T) {
		c := b.open(3, nil)
		need, err := testPrice.Reserve(wire.ReadDemand([]byte(paidStream), 0), 0)
		require.NoError(t, err)
		b.chain.set(func(f *fakeChain) { f.channels[3].Deposit = need })
		reply, err := b.askStream(paying(b.call(paidStream), c.voucher(t, 2*need)), nil)
		isAPI(t, err, http.StatusPaymentRequired, "channel_exhausted")
		require.Equal(t, first, reply.Charge.Spent)
	})
}

// spentOn is what the miner counts on a channel, as its payer learns it.
func (b *bench) spentOn(c *channel) uint64 {
	b.t.Helper()
	reply, err := b.ask(paying(b.call(question), c.voucher(b.t, 1)))
	isAPI(b.t, err, http.StatusPaymentRequired, "stale_voucher")
	o := terms(b.t, reply, err, "stale_voucher")
	return o.Extra.Spent
}

// Who breaks a stream off, or reads it too slowly to its end, has had what was sent; whom the miner fails pays nothing.
func TestStreamsThatBreakOff(t *testing.T) {
	in := uint64(len(paidStream)+3) / 4
	need, err := testPrice.Reserve(wire.ReadDemand([]byte(paidStream), 0), 0)
	require.NoError(t, err)
	t.Run("caller-leaves", func(t *testing.T) {
		sent := make(chan struct{})
		b := startPaid(t, withPieces(func(ctx context.Context, emit func([]byte) error) error {
			if err := emit(tokens(100)); err != nil {
				return err
			}
			close(sent)
			<-ctx.Done()
			return ctx.Err()
		}))
		c := b.open(1, nil)
		left := errors.New("left")
		_, err := b.askStream(paying(b.call(paidStream), c.voucher(t, need)), func([]byte) error { <-sent; return left })
		require.ErrorIs(t, err, left)
		want := 1000 + 2*in + 10*100
		require.Eventually(t, func() bool { return b.spentOn(c) == want }, 5*time.Second, 10*time.Millisecond)
	})
	t.Run("miner-fails", func(t *testing.T) {
		b := startPaid(t, withPieces(func(_ context.Context, emit func([]byte) error) error {
			return errors.Join(emit(tokens(100)), errors.New("broken"))
		}))
		c := b.open(1, nil)
		reply, err := b.askStream(paying(b.call(paidStream), c.voucher(t, need)), nil)
		isAPI(t, err, http.StatusInternalServerError, "internal_error")
		require.Nil(t, reply.Charge)
		reply, err = b.ask(paying(b.call(question), c.voucher(t, 100_000)))
		require.NoError(t, err)
		require.Equal(t, uint64(1000), reply.Charge.Spent, "the first that is charged")
	})
	t.Run("caller-reads-too-slowly", func(t *testing.T) {
		b := startPaid(t, func(o *Options) {
			withPieces(func(ctx context.Context, emit func([]byte) error) error {
				for ctx.Err() == nil {
					if err := emit(bytes.Repeat([]byte(" "), 1<<20)); err != nil {
						return err
					}
				}
				return ctx.Err()
			})(o)
			o.Tasks[0].MaxResponseBytes = 1 << 40
			o.Config.AnswerTimeout, o.Config.VoucherWait = time.Second, 100*time.Millisecond
		})
		c := b.open(1, nil)
		reply, err := b.askStream(paying(b.call(paidStream), c.voucher(t, need)), func([]byte) error { time.Sleep(300 * time.Millisecond); return nil })
		require.Error(t, err)
		require.Nil(t, reply.Receipt)
		require.Greater(t, b.spentOn(c), uint64(1000))
	})
}
