package till

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/wire"
)

var ctx = context.Background()

func TestRefusals(t *testing.T) {
	b := open(t, nil)
	b.channel(1, 1000)
	for _, tc := range []struct {
		name    string
		change  func(*Channel)
		voucher string
		need    uint64
		kind    error
		code    string
		want    uint64 // what the next voucher has to say, 0 if the caller learns nothing of the channel
	}{
		{"none", nil, "", 100, PaymentRequired, "payment_required", 0},
		{"garbage", nil, "AQ", 100, wire.ErrVoucher, "bad_voucher", 0},
		{"another-chain", nil, sign(t, key(t, 1), "agon-2", 1, 500), 100, wire.ErrVoucherChain, "voucher_wrong_chain", 0},
		{"forged", nil, sign(t, key(t, 2), testChain, 1, 500), 100, wire.ErrVoucherSignature, "bad_voucher_signature", 0},
		{"no-such-channel", nil, sign(t, key(t, 9), testChain, 9, 500), 100, UnknownChannel, "unknown_channel", 0},
		{"to-another-miner", func(c *Channel) { c.Payee = "agon1other" }, b.voucher(1, 500), 100, WrongChannel, "wrong_channel", 0},
		{"in-another-subnet", func(c *Channel) { c.Netuid++ }, b.voucher(1, 500), 100, WrongChannel, "wrong_channel", 0},
		{"ended", func(c *Channel) { c.Closed = true }, b.voucher(1, 500), 100, ChannelClosed, "channel_closed", 100},
		{"closing", func(c *Channel) { c.ClosingAt = 2000 }, b.voucher(1, 500), 100, ChannelClosing, "channel_closing", 100},
		{"expired", func(c *Channel) { c.ExpiresAt = 999 }, b.voucher(1, 500), 100, ChannelExpired, "channel_expired", 100},
		{"not-enough", nil, b.voucher(1, 99), 100, InsufficientVoucher, "insufficient_voucher", 100},
		{"more-than-the-deposit", nil, b.voucher(1, math.MaxUint64), 1001, ChannelExhausted, "channel_exhausted", 1001},
		{"more-than-a-number-holds", nil, b.voucher(1, 99), math.MaxUint64, ChannelExhausted, "channel_exhausted", math.MaxUint64},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := open(t, nil)
			b.channel(1, 1000)
			if tc.change != nil {
				b.chain.change(1, tc.change)
			}
			r := b.refused(tc.voucher, alice, tc.need, tc.kind)
			require.Equal(t, tc.code, r.Code)
			require.Equal(t, tc.need, r.Need)
			if tc.want == 0 {
				require.Nil(t, r.State)
				return
			}
			require.Equal(t, tc.want, r.State.Cumulative)
		})
	}
	t.Run("last-block-of-service", func(t *testing.T) {
		b := open(t, nil)
		b.channel(1, 1000)
		b.chain.change(1, func(c *Channel) { c.ExpiresAt = 1000 })
		b.pay(1, 100, 100)
	})
}

// A till never serves what is not vouched for and deposited, and never refuses what is: against a model, call by call.
func TestServesExactlyWhatIsVouched(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		b := open(t, func(o *Options) { o.ChannelTTL = 0 })
		const deposit = 5000
		b.channel(1, deposit)
		b.pay(1, 1, 0) // from here on, this account is known
		var vouched, spent, reserved uint64 = 1, 0, 0
		type held struct {
			*Hold
			need uint64
		}
		var holds []held
		for step := range 300 {
			switch what := r.IntN(10); {
			case what < 6:
				cumulative, need := r.Uint64N(deposit+500), r.Uint64N(400)
				h, err := b.Reserve(ctx, b.voucher(1, cumulative), alice, need)
				vouched = max(vouched, cumulative)
				if spent+reserved+need <= min(vouched, deposit) {
					require.NoError(t, err, "seed %d, step %d", seed, step)
					reserved += need
					holds = append(holds, held{h, need})
					continue
				}
				refused, ok := errors.AsType[*Refusal](err)
				require.True(t, ok, "seed %d, step %d: %v", seed, step, err)
				require.Equal(t, State{Channel: 1, Voucher: b.voucher(1, vouched), Vouched: vouched, Spent: spent, Reserved: reserved, Cumulative: spent + reserved + need}, *refused.State)
			case len(holds) == 0:
			default:
				i := r.IntN(len(holds))
				h := holds[i]
				holds = append(holds[:i], holds[i+1:]...)
				reserved -= h.need
				if what < 8 {
					cost := r.Uint64N(h.need + 1)
					spent += cost
					require.Equal(t, wire.Charge{Cost: cost, Spent: spent}, h.Settle(cost))
				}
				h.Release() // after Settle it does nothing
			}
		}
		for _, h := range holds {
			h.Release()
		}
	}
}

// Of calls that race for what a voucher covers, as many win as it covers.
func TestRaceForOneReserve(t *testing.T) {
	b := open(t, nil)
	b.channel(1, 10_000)
	b.pay(1, 1000, 0)
	var won atomic.Int64
	var mu sync.Mutex
	var holds []*Hold
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			h, err := b.Reserve(ctx, b.voucher(1, 1000), alice, 100)
			if err == nil {
				won.Add(1)
				mu.Lock()
				defer mu.Unlock()
				holds = append(holds, h)
				return
			}
			if !errors.Is(err, InsufficientVoucher) {
				t.Errorf("%v", err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, int64(10), won.Load())
	for i, h := range holds {
		h.Settle(uint64(i))
	}
	require.Equal(t, State{Channel: 1, Voucher: b.voucher(1, 1000), Vouched: 1000, Spent: 45, Cumulative: 1001}, *b.state(1))
}

func TestNothingIsForgottenByARestart(t *testing.T) {
	b := open(t, nil)
	b.channel(1, 10_000)
	b.channel(2, 10_000)
	b.pay(1, 500, 300)
	b.pay(2, 50, 50)
	b.pay(1, 700, 300)
	b.refused(b.voucher(2, 90), alice, 50, InsufficientVoucher) // the call is not served, and the voucher is kept all the same
	b.reopen()
	require.Equal(t, State{Channel: 1, Voucher: b.voucher(1, 700), Vouched: 700, Spent: 600, Cumulative: 701}, *b.state(1))
	require.Equal(t, State{Channel: 2, Voucher: b.voucher(2, 90), Vouched: 90, Spent: 50, Cumulative: 91}, *b.state(2))
	require.Equal(t, uint64(700), b.pay(1, 1, 100).Spent, "credit lasts, for the account that paid it too")
	b.refused(b.voucher(1, 700), alice, 1, InsufficientVoucher)
}

// What a miner knew that lost its book is what the chain has paid: all of that was served.
func TestLostBookBeginsWithWhatWasClaimed(t *testing.T) {
	b := open(t, nil)
	b.channel(1, 10_000)
	b.chain.change(1, func(c *Channel) { c.Claimed = 400 })
	r := b.refused(b.voucher(1, 400), alice, 10, StaleVoucher)
	require.Equal(t, State{Channel: 1, Vouched: 400, Spent: 400, Cumulative: 410}, *r.State)
	require.Equal(t, uint64(410), b.pay(1, 410, 10).Spent)
}

// A voucher that somebody saw on the network serves nobody but who can sign another.
func TestSeenVoucherIsWorthNothing(t *testing.T) {
	b := open(t, nil)
	b.channel(1, 10_000)
	b.pay(1, 1000, 10)
	r := b.refused(b.voucher(1, 1000), bob, 10, StaleVoucher)
	require.Equal(t, uint64(1001), r.State.Cumulative)
	b.refused(b.voucher(1, 999), bob, 10, StaleVoucher)
	b.pay(1, 1000, 10)
	h, err := b.Reserve(ctx, b.voucher(1, 1001), bob, 10)
	require.NoError(t, err)
	h.Release()
	for i := range maxPayers {
		h, err := b.Reserve(ctx, b.voucher(1, uint64(1002+i)), fmt.Sprint("account ", i), 10)
		require.NoError(t, err)
		h.Release()
	}
	b.refused(b.voucher(1, 1000), bob, 10, StaleVoucher) // forgotten after so many
}

func TestVoucherBesideCalls(t *testing.T) {
	b := open(t, nil)
	b.channel(1, 10_000)
	require.ErrorIs(t, b.Voucher(ctx, b.voucher(1, 100)), UnknownChannel)
	require.Zero(t, b.chain.lookups(1), "the chain is asked for nobody who has not paid")
	b.pay(1, 100, 50)
	require.NoError(t, b.Voucher(ctx, b.voucher(1, 200)))
	require.NoError(t, b.Voucher(ctx, b.voucher(1, 200)), "again")
	require.ErrorIs(t, b.Voucher(ctx, b.voucher(1, 199)), StaleVoucher)
	require.ErrorIs(t, b.Voucher(ctx, sign(t, key(t, 2), testChain, 1, 300)), wire.ErrVoucherSignature)
	require.ErrorIs(t, b.Voucher(ctx, "x"), wire.ErrVoucher)
	b.reopen()
	require.Equal(t, uint64(200), b.state(1).Vouched, "a voucher that was taken is on disk")

	var last error
	for i := range uint64(raiseBurst + 2) {
		last = b.Voucher(ctx, b.voucher(1, 300+i))
	}
	require.ErrorIs(t, last, ErrTooOften)
	b.clock.pass(time.Second)
	require.NoError(t, b.Voucher(ctx, b.voucher(1, 5000)))

	b.clock.pass(time.Minute)
	b.chain.change(1, func(c *Channel) { c.ClosingAt = 5000 })
	require.ErrorIs(t, b.Voucher(ctx, b.voucher(1, 6000)), ChannelClosing, "nothing is due, so nothing is taken")
	require.Equal(t, uint64(5000), b.Till.channels[1].rec.vouched)
}

func TestStreamWaitsForItsVoucher(t *testing.T) {
	begin := func(t *testing.T, wait time.Duration) (*bench, *Hold) {
		b := open(t, func(o *Options) { o.Wait, o.ChannelTTL = wait, 0 })
		b.channel(1, 1000)
		h, err := b.Reserve(ctx, b.voucher(1, 100), alice, 100)
		require.NoError(t, err)
		t.Cleanup(h.Release)
		return b, h
	}
	t.Run("in-time", func(t *testing.T) {
		b, h := begin(t, 5*time.Second)
		done := make(chan error, 1)
		go func() { done <- h.Extend(ctx, 200) }()
		require.NoError(t, b.Voucher(ctx, b.voucher(1, 150)))
		select {
		case err := <-done:
			t.Fatalf("went on with half of what it needs: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
		require.NoError(t, b.Voucher(ctx, b.voucher(1, 200)))
		require.NoError(t, <-done)
		require.NoError(t, h.Extend(ctx, 180), "less than is held")
		require.Equal(t, wire.Charge{Cost: 190, Spent: 190}, h.Settle(190))
		b.reopen()
		require.Equal(t, uint64(190), b.state(1).Spent)
	})
	t.Run("covered-already", func(t *testing.T) {
		b, h := begin(t, time.Minute)
		require.NoError(t, b.Voucher(ctx, b.voucher(1, 300)))
		require.NoError(t, h.Extend(ctx, 300))
	})
	t.Run("too-late", func(t *testing.T) {
		_, h := begin(t, 20*time.Millisecond)
		err := h.Extend(ctx, 200)
		require.ErrorIs(t, err, PaymentRequired)
		r, _ := errors.AsType[*Refusal](err)
		require.Equal(t, uint64(100), r.Need)
		require.Equal(t, uint64(200), r.State.Cumulative)
		require.Equal(t, wire.Charge{Cost: 100, Spent: 100}, h.Settle(100), "what was delivered is charged")
	})
	t.Run("deposit-used-up", func(t *testing.T) {
		b, h := begin(t, time.Minute)
		require.NoError(t, b.Voucher(ctx, b.voucher(1, 5000)))
		require.ErrorIs(t, h.Extend(ctx, 1001), ChannelExhausted)
		b.chain.change(1, func(c *Channel) { c.Deposit = 1001 })
		b.clock.pass(2 * unknownTTL)
		require.NoError(t, h.Extend(ctx, 1001), "topped up")
	})
	t.Run("closing", func(t *testing.T) {
		b, h := begin(t, time.Minute)
		require.NoError(t, b.Voucher(ctx, b.voucher(1, 500)))
		b.chain.change(1, func(c *Channel) { c.ClosingAt = 5000 })
		b.clock.pass(time.Second)
		require.ErrorIs(t, h.Extend(ctx, 200), ChannelClosing)
	})
	t.Run("caller-gone", func(t *testing.T) {
		_, h := begin(t, time.Minute)
		gone, cancel := context.WithCancel(ctx)
		time.AfterFunc(10*time.Millisecond, cancel)
		require.ErrorIs(t, h.Extend(gone, 200), context.Canceled)
	})
}

func TestChainAway(t *testing.T) {
	b := open(t, nil)
	b.channel(1, 10_000)
	b.channel(2, 10_000)
	b.pay(1, 100, 100)

	b.chain.set(func() { b.chain.down = errDown })
	b.clock.pass(time.Minute)
	b.pay(1, 200, 100)
	require.Contains(t, b.log.String(), "served by what it said last")
	_, err := b.Reserve(ctx, b.voucher(2, 100), alice, 100)
	require.ErrorIs(t, err, ErrUnavailable, "of a channel that it never saw it cannot know")
	require.ErrorIs(t, err, errDown)

	b.clock.pass(4*time.Minute + time.Second)
	_, err = b.Reserve(ctx, b.voucher(1, 300), alice, 100)
	require.ErrorIs(t, err, ErrUnavailable, "the payer may have taken its rest back")

	b.chain.set(func() { b.chain.down = nil })
	b.clock.pass(awayPause)
	b.pay(1, 300, 100)
	require.Contains(t, b.log.String(), "can be asked for channels again")

	t.Run("who-does-not-answer-keeps-no-call-waiting", func(t *testing.T) {
		b.chain.set(func() { b.chain.hang = true })
		defer b.chain.set(func() { b.chain.hang = false })
		b.clock.pass(time.Minute)
		began := time.Now()
		b.pay(1, 400, 100) // finds out
		first := time.Since(began)
		require.GreaterOrEqual(t, first, chainTimeout)
		began = time.Now()
		for i := range uint64(20) {
			b.pay(1, 500+i, 1)
		}
		require.Less(t, time.Since(began), chainTimeout)
	})
	t.Run("what-it-says-again-counts", func(t *testing.T) {
		b.clock.pass(awayPause + time.Minute)
		b.chain.change(1, func(c *Channel) { c.ClosingAt = 3000 })
		b.refused(b.voucher(1, 2000), alice, 10, ChannelClosing)
	})
}

func TestMadeUpChannelsPushOutNobody(t *testing.T) {
	b := open(t, func(o *Options) { o.MaxChannels, o.ChannelTTL = 4, time.Hour })
	b.channel(1, 10_000)
	b.pay(1, 100, 10)
	asked := b.chain.lookups(1)
	for i := range uint64(50) {
		b.refused(b.voucher(100+i, 100), alice, 10, UnknownChannel)
	}
	b.refused(b.voucher(149, 100), alice, 10, UnknownChannel)
	require.Equal(t, 1, b.chain.lookups(149), "asked once a second at most")
	b.pay(1, 110, 10)
	require.Equal(t, asked, b.chain.lookups(1))
}

// However many channels there are, memory holds few, and the disk all.
func TestMoreChannelsThanMemory(t *testing.T) {
	b := open(t, func(o *Options) { o.MaxChannels = 4 })
	const channels = 40
	for i := range uint64(channels) {
		b.channel(i+1, 10_000)
	}
	for round := range uint64(3) {
		for i := range uint64(channels) {
			require.Equal(t, (round+1)*(i+1), b.pay(i+1, (round+1)*100, i+1).Spent)
		}
	}
	require.LessOrEqual(t, len(b.channels), 4)

	var holds []*Hold
	for i := range uint64(4) {
		h, err := b.Reserve(ctx, b.voucher(i+1, 1000), alice, 1)
		require.NoError(t, err)
		holds = append(holds, h)
	}
	_, err := b.Reserve(ctx, b.voucher(9, 1000), alice, 1)
	require.ErrorIs(t, err, ErrFull)
	holds[0].Release()
	b.pay(9, 1000, 1)
	for _, h := range holds {
		h.Release()
	}
}

// A million calls are one claim. Here it is fewer; nothing but the sum grows with them.
func TestManyCallsAreOneClaim(t *testing.T) {
	b := open(t, nil)
	b.channel(1, 1<<40)
	const calls, price = 2000, 7
	// Ten at a time, as a payer would that vouches for what is under way.
	var wg sync.WaitGroup
	for w := range uint64(10) {
		wg.Go(func() {
			for i := range uint64(calls / 10) {
				h, err := b.Reserve(ctx, b.voucher(1, (i+1)*10*price+w), alice, price)
				if errors.Is(err, InsufficientVoucher) || errors.Is(err, StaleVoucher) {
					h, err = b.Reserve(ctx, b.voucher(1, calls*price), alice, price)
				}
				if err != nil {
					t.Errorf("%v", err)
					return
				}
				h.Settle(price)
			}
		})
	}
	wg.Wait()
	b.refused(b.voucher(1, 2*calls*price), alice, 1<<41, ChannelExhausted)
	require.Equal(t, uint64(calls*price), b.Till.channels[1].rec.spent)
	require.NoError(t, b.ClaimAll(ctx))
	require.Equal(t, 1, b.chain.claims())
	require.GreaterOrEqual(t, b.chain.claimed(1), uint64(calls*price))
}

// A call's two steps, with the voucher on disk between them: how many a second, on channels that do not wait for one another.
func BenchmarkPaidCall(b *testing.B) {
	t := open(b, func(o *Options) { o.ChannelTTL = time.Hour })
	const each = 64
	channels := uint64(each * runtime.GOMAXPROCS(0))
	var next atomic.Uint64
	for i := range channels {
		t.channel(i+1, math.MaxUint64)
	}
	b.SetParallelism(each)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		id := next.Add(1)
		for cumulative := uint64(10); pb.Next(); cumulative += 10 {
			h, err := t.Reserve(ctx, t.voucher(id, cumulative), alice, 10)
			if err != nil {
				b.Error(err)
				return
			}
			h.Settle(10)
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}
