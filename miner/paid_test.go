package miner

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/miner/till"
	"github.com/agon-chain/agon/wire"
)

const testDeposit = 1_000_000

var testPrice = wire.Price{PerRequest: 1000, PerMillionInput: 2_000_000, PerMillionOutput: 10_000_000}

// priced makes a miner that is paid, and keeps its vouchers in a home.
func priced(home string, more ...func(*Options)) func(*Options) {
	return func(o *Options) {
		o.Config.Home = home
		o.Config.PerRequest, o.Config.PerMillionIn, o.Config.PerMillionOut = testPrice.PerRequest, testPrice.PerMillionInput, testPrice.PerMillionOutput
		o.Config.ChannelTTL, o.Config.VoucherWait = 100*time.Millisecond, 300*time.Millisecond
		for _, m := range more {
			m(o)
		}
	}
}

func startPaid(t testing.TB, more ...func(*Options)) *bench {
	t.Helper()
	return start(t, priced(t.TempDir(), more...))
}

// channel is one of a payer's.
type channel struct {
	id    uint64
	key   wire.VoucherKey
	chain string
}

func voucherKey(t testing.TB, b byte) wire.VoucherKey {
	t.Helper()
	k, err := wire.VoucherKeyFromSeed(seed(b))
	require.NoError(t, err)
	return k
}

// open opens a channel on the fake chain.
func (b *bench) open(id uint64, change func(*till.Channel)) *channel {
	b.t.Helper()
	key := voucherKey(b.t, byte(id))
	c := &till.Channel{ID: id, Owner: addressOf(b.t, 1).String(), Netuid: testNetuid, Payee: b.hotkey, VoucherKey: key.Public(), Deposit: testDeposit, ExpiresAt: 10_000}
	if change != nil {
		change(c)
	}
	b.chain.set(func(f *fakeChain) { f.channels[id] = c })
	return &channel{id: id, key: key, chain: testChain}
}

// voucher over so much in all.
func (c *channel) voucher(t testing.TB, cumulative uint64) string {
	t.Helper()
	v := wire.Voucher{ChainIDHash: wire.ChainIDHash(c.chain), Channel: c.id, Cumulative: cumulative}
	require.NoError(t, v.Sign(c.key))
	return v.String()
}

func paying(call wire.Call, voucher string) wire.Call {
	call.Voucher = voucher
	return call
}

// terms are those of a 402.
func terms(t testing.TB, reply *wire.Reply, err error, code string) wire.PaymentOption {
	t.Helper()
	isAPI(t, err, http.StatusPaymentRequired, code)
	require.NotNil(t, reply.Receipt, "a miner signs for its terms")
	p, err := wire.ParsePaymentRequired(reply.Body)
	require.NoError(t, err)
	o, err := p.ByChannel(testChain, addressOf(t, 77).String())
	require.NoError(t, err)
	require.Equal(t, testPrice, o.Extra.Price)
	raw, err := base64.StdEncoding.DecodeString(reply.Header.Get(wire.HeaderPaymentRequired))
	require.NoError(t, err)
	var header wire.PaymentRequired
	requireJSON(t, raw, &header)
	require.Equal(t, p.Accepts, header.Accepts)
	return o
}

// Who has no channel learns from the first answer all that it takes to be served.
func TestUnpaidCallerLearnsHowToPay(t *testing.T) {
	b := startPaid(t)
	reply, err := b.ask(b.call(question))
	o := terms(t, reply, err, "payment_required")
	require.Equal(t, b.url+"/v1/langid", o.Resource)
	require.Zero(t, o.Extra.Channel)
	need, err := testPrice.Reserve(wire.ReadDemand([]byte(question), 0), 0)
	require.NoError(t, err)
	require.Equal(t, need, o.Amount)
	require.Equal(t, uint32(wire.DefaultMaxOutput), o.Extra.MaxOutput, "langid has no bound of its own")

	c := b.open(7, nil)
	reply, err = b.ask(paying(b.call(question), c.voucher(t, o.Amount)))
	require.NoError(t, err)
	require.Equal(t, &wire.Charge{Cost: 1000, Spent: 1000}, reply.Charge, "langid counts no tokens")
	require.Equal(t, uint16(200), reply.Receipt.Status)

	t.Run("by-x402", func(t *testing.T) {
		r := b.signed(question, wire.Header{})
		payload, err := json.Marshal(map[string]any{"x402Version": 2, "accepted": o, "payload": map[string]string{"voucher": c.voucher(t, o.Amount+1000)}})
		require.NoError(t, err)
		r.Header.Set(wire.HeaderPaymentSignature, base64.StdEncoding.EncodeToString(payload))
		status, header, body := b.send(r)
		require.Equal(t, 200, status, "%s", body)
		raw, err := base64.StdEncoding.DecodeString(header.Get(wire.HeaderPaymentResponse))
		require.NoError(t, err)
		require.JSONEq(t, fmt.Sprintf(`{"success":true,"transaction":"","network":"agon:%s","payer":%q,"amount":"","extra":{"chargedAmount":"1000","spent":"2000"}}`,
			testChain, addressOf(t, 1).String()), string(raw))
	})
}

func TestVouchersThatAreRefused(t *testing.T) {
	b := startPaid(t)
	need, err := testPrice.Reserve(wire.ReadDemand([]byte(question), 0), 0)
	require.NoError(t, err)
	for i, tc := range []struct {
		name   string
		code   string
		chain  func(*till.Channel)
		change func(*channel)
		amount uint64
		state  bool // the answer tells how the channel stands
	}{
		{"underpaid", "insufficient_voucher", nil, nil, need - 1, true},
		{"forged", "bad_voucher_signature", nil, func(c *channel) { c.key = voucherKey(t, 200) }, need, false},
		{"wrong-chain", "voucher_wrong_chain", nil, func(c *channel) { c.chain = "agon-other-1" }, need, false},
		{"unknown", "unknown_channel", nil, func(c *channel) { c.id = 999 }, need, false},
		{"pays-another-miner", "wrong_channel", func(c *till.Channel) { c.Payee = addressOf(t, 99).String() }, nil, need, false},
		{"pays-in-another-subnet", "wrong_channel", func(c *till.Channel) { c.Netuid++ }, nil, need, false},
		{"closed", "channel_closed", func(c *till.Channel) { c.Closed = true }, nil, need, true},
		{"closing", "channel_closing", func(c *till.Channel) { c.ClosingAt = 500 }, nil, need, true},
		{"expired", "channel_expired", func(c *till.Channel) { c.ExpiresAt = 99 }, nil, need, true},
		{"small-deposit", "channel_exhausted", func(c *till.Channel) { c.Deposit = need - 1 }, nil, need, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := b.open(uint64(i+10), tc.chain)
			if tc.change != nil {
				tc.change(c)
			}
			reply, err := b.ask(paying(b.call(question), c.voucher(t, tc.amount)))
			o := terms(t, reply, err, tc.code)
			require.Equal(t, need, o.Amount)
			if !tc.state {
				require.Zero(t, o.Extra.Channel, "nobody learns of a channel that is not its own")
				require.Empty(t, o.Extra.Voucher)
				return
			}
			require.Equal(t, c.id, o.Extra.Channel)
			require.Equal(t, need, o.Extra.Cumulative)
		})
	}
	t.Run("malformed", func(t *testing.T) {
		reply, err := b.ask(paying(b.call(question), "AQ"))
		terms(t, reply, err, "bad_voucher")
	})
	t.Run("given-twice", func(t *testing.T) {
		c := b.open(40, nil)
		r := b.signed(question, wire.Header{})
		r.Header.Add(wire.HeaderVoucher, c.voucher(t, need))
		r.Header.Add(wire.HeaderVoucher, c.voucher(t, need+1))
		status, _, body := b.send(r)
		require.Equal(t, 402, status)
		require.Equal(t, "bad_voucher", *wire.ParseAPIError(status, body).Code)
	})
	t.Run("what-was-refused-costs-nothing", func(t *testing.T) {
		c := b.open(41, nil)
		reply, err := b.ask(paying(b.call(question), c.voucher(t, need-1)))
		terms(t, reply, err, "insufficient_voucher")
		reply, err = b.ask(paying(b.call(`{"text":""}`), c.voucher(t, need)))
		isAPI(t, err, 400, "invalid_request")
		require.Nil(t, reply.Charge)
		reply, err = b.ask(paying(b.call(question), c.voucher(t, need)))
		require.NoError(t, err)
		require.Equal(t, uint64(1000), reply.Charge.Spent, "the first that was answered is the first that costs")
	})
	t.Run("topped-up", func(t *testing.T) {
		c := b.open(42, func(c *till.Channel) { c.Deposit = need - 1 })
		reply, err := b.ask(paying(b.call(question), c.voucher(t, need)))
		terms(t, reply, err, "channel_exhausted")
		b.open(42, nil)
		require.Eventually(t, func() bool { _, err := b.ask(paying(b.call(question), c.voucher(t, need))); return err == nil }, 5*time.Second, 50*time.Millisecond)
	})
}

// A payer goes on with what it vouched before, and one that lost its book recovers from its own signature.
func TestCreditAndStaleVouchers(t *testing.T) {
	b := startPaid(t)
	c := b.open(3, nil)
	big := c.voucher(t, 100_000)
	for i := range uint64(3) {
		reply, err := b.ask(paying(b.call(question), big))
		require.NoError(t, err)
		require.Equal(t, (i+1)*1000, reply.Charge.Spent)
	}
	reply, err := b.ask(paying(b.call(question), c.voucher(t, 50_000)))
	require.NoError(t, err, "out of order, and covered by the credit")
	require.Equal(t, uint64(4000), reply.Charge.Spent)

	dear := b.call(`{"text":"` + strings.Repeat("x", 1000) + `"}`)
	reply, err = b.ask(paying(dear, c.voucher(t, 40_000)))
	require.NoError(t, err)
	b.chain.set(func(f *fakeChain) { f.channels[3].Deposit = 10 * testDeposit })
	for err == nil {
		reply, err = b.ask(paying(dear, c.voucher(t, 40_000)))
	}
	o := terms(t, reply, err, "stale_voucher")
	require.Equal(t, big, o.Extra.Voucher, "the payer's own signature")
	require.Equal(t, uint64(100_000), o.Extra.Vouched)
	require.Equal(t, o.Extra.Spent+o.Amount, o.Extra.Cumulative)
	_, err = b.ask(paying(dear, c.voucher(t, o.Extra.Cumulative)))
	require.NoError(t, err)

	t.Run("copied-by-another-account", func(t *testing.T) {
		c := b.open(4, nil)
		seen := c.voucher(t, 100_000)
		_, err := b.ask(paying(b.call(question), seen))
		require.NoError(t, err)
		thief := b.call(question)
		thief.Session = b.newSession(2)
		b.chain.set(func(f *fakeChain) { f.balances[addressOf(t, 2).String()] = needed })
		reply, err := b.ask(paying(thief, seen))
		o := terms(t, reply, err, "stale_voucher")
		require.Equal(t, uint64(100_001), o.Extra.Cumulative)
		_, err = b.ask(paying(thief, c.voucher(t, o.Extra.Cumulative)))
		require.NoError(t, err, "who can raise it is the payer, under whichever account")
	})
}

func TestManyCallsOnOneChannel(t *testing.T) {
	b := startPaid(t, func(o *Options) { o.Config.MaxConcurrent, o.Config.MaxQueue = 64, 256 })
	c := b.open(5, func(c *till.Channel) { c.Deposit = 1 << 50 })
	need, err := testPrice.Reserve(wire.ReadDemand([]byte(question), 0), 0)
	require.NoError(t, err)
	const callers, each = 16, 20
	var mu sync.Mutex
	var signed, done uint64
	var wg sync.WaitGroup
	errs := make(chan error, callers*each)
	for range callers {
		wg.Go(func() {
			for range each {
				// A payer that vouches for what it has spent, what is under way, and this call.
				mu.Lock()
				signed += need
				v := c.voucher(t, signed)
				mu.Unlock()
				reply, err := b.ask(paying(b.call(question), v))
				if err != nil {
					errs <- err
					continue
				}
				mu.Lock()
				done += reply.Charge.Cost
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		// Only what came out of order may be refused: the newest voucher covers all, so the credit does too.
		t.Errorf("%v", err)
	}
	reply, err := b.ask(paying(b.call(question), c.voucher(t, signed)))
	require.NoError(t, err)
	require.Equal(t, done+1000, reply.Charge.Spent, "every call was charged once")
}

// Only what the voucher covers runs at the same time, to the last call.
func TestCallsUnderWayHoldTheirReserve(t *testing.T) {
	inside, let := make(chan struct{}, 10), make(chan struct{})
	b := startPaid(t, func(o *Options) {
		o.Experts = append(o.Experts, stubSpec(func(ctx context.Context, _ []byte) ([]byte, error) {
			inside <- struct{}{}
			select {
			case <-let:
			case <-ctx.Done():
			}
			return []byte(`{}`), nil
		}))
		o.Config.Expert = "stub"
	})
	c := b.open(6, nil)
	need, err := testPrice.Reserve(wire.ReadDemand([]byte(question), 0), 0)
	require.NoError(t, err)
	v := c.voucher(t, 2*need)
	results := make(chan error, 2)
	for range 2 {
		go func() { _, err := b.ask(paying(b.call(question), v)); results <- err }()
	}
	<-inside
	<-inside
	reply, err := b.ask(paying(b.call(question), v))
	o := terms(t, reply, err, "insufficient_voucher")
	require.Equal(t, 2*need, o.Extra.Reserved)
	require.Equal(t, 3*need, o.Extra.Cumulative)
	close(let)
	require.NoError(t, errors.Join(<-results, <-results))
	_, err = b.ask(paying(b.call(question), v))
	require.NoError(t, err, "what was reserved and not spent is credit")
}

func TestSealedCallIsPaid(t *testing.T) {
	b := startPaid(t)
	c := b.open(8, nil)
	public, err := b.sealing.Public()
	require.NoError(t, err)
	call := b.call("")
	sealed, opener, err := wire.SealRequest(public, wire.SealBinding(testChain, b.hotkey, http.MethodPost, call.Path), []byte(question))
	require.NoError(t, err)
	call.Body, call.ContentType = sealed, wire.ContentTypeSealed
	reply, err := b.ask(call)
	o := terms(t, reply, err, "payment_required")
	reply, err = b.ask(paying(call, c.voucher(t, o.Amount)))
	require.NoError(t, err)
	require.Equal(t, uint64(1000), reply.Charge.Cost)
	_, _, err = opener.Open(reply.Body)
	require.NoError(t, err)
}

func TestFreeMinerAsksForNothing(t *testing.T) {
	b := start(t, nil)
	reply, err := b.ask(paying(b.call(question), "whatever"))
	require.NoError(t, err)
	require.Nil(t, reply.Charge)
	require.Empty(t, reply.Header.Get(wire.HeaderSpent))
	status, _, _ := b.plain(http.MethodPost, wire.VoucherPath, strings.NewReader("x"))
	require.Equal(t, http.StatusNotFound, status)
	require.Zero(t, b.chain.price)
}

func TestPriceIsPublishedAndKept(t *testing.T) {
	b := startPaid(t)
	price := func() (p wire.Price) { b.chain.set(func(f *fakeChain) { p = f.price }); return p }
	require.Eventually(t, func() bool { return price() == testPrice }, 5*time.Second, 10*time.Millisecond)
	b.chain.set(func(f *fakeChain) { f.price = wire.Price{PerRequest: 1} })
	require.Eventually(t, func() bool { return price() == testPrice }, 5*time.Second, 10*time.Millisecond, "what others wrote is put right")

	t.Run("free-again", func(t *testing.T) {
		b := start(t, func(o *Options) { o.Chain.(*fakeChain).price = testPrice })
		require.Eventually(t, func() bool {
			var p wire.Price
			b.chain.set(func(f *fakeChain) { p = f.price })
			return p.Free()
		}, 5*time.Second, 10*time.Millisecond)
	})
}

func TestVoucherDesk(t *testing.T) {
	b := startPaid(t)
	c := b.open(9, nil)
	send := func(v string) error { return b.client.SendVoucher(context.Background(), b.url, v) }
	isAPI(t, send(c.voucher(t, 5000)), 402, "unknown_channel")
	require.Zero(t, b.chain.lookups(9), "nobody can have the chain asked for what has not paid here")
	_, err := b.ask(paying(b.call(question), c.voucher(t, 100_000)))
	require.NoError(t, err)
	require.NoError(t, send(c.voucher(t, 100_000)), "the same again")
	require.NoError(t, send(" "+c.voucher(t, 200_000)+"\n"))
	isAPI(t, send(c.voucher(t, 150_000)), 402, "stale_voucher")
	isAPI(t, send(strings.Repeat("x", 257)), 413, "body_too_large")
	forged := *c
	forged.key = voucherKey(t, 200)
	refused := 0
	for range 2 * strikeBurst {
		err := send(forged.voucher(t, 300_000))
		api, ok := errors.AsType[*wire.APIError](err)
		require.True(t, ok, "%v", err)
		if api.Status == 402 {
			require.Equal(t, "bad_voucher_signature", *api.Code)
			refused++
			continue
		}
		isAPI(t, err, 429, "rate_limited")
	}
	require.LessOrEqual(t, refused, strikeBurst+2, "who sends bad ones is not heard for a while")
	isAPI(t, send(c.voucher(t, 250_000)), 429, "rate_limited")

	t.Run("a-stream-gets-its-voucher-all-the-same", func(t *testing.T) {
		// Many payers may share an address, behind a proxy.
		inside, let := make(chan struct{}), make(chan struct{})
		b := startPaid(t, withStub(func(context.Context, []byte) ([]byte, error) { close(inside); <-let; return []byte(`{}`), nil }))
		c := b.open(9, nil)
		done := make(chan error, 1)
		go func() { _, err := b.ask(paying(b.call(question), c.voucher(t, 100_000))); done <- err }()
		<-inside
		for i := range uint64(2 * strikeBurst) {
			_ = b.client.SendVoucher(context.Background(), b.url, (&channel{id: 999, key: c.key, chain: testChain}).voucher(t, i+1))
		}
		require.NoError(t, b.client.SendVoucher(context.Background(), b.url, c.voucher(t, 200_000)))
		close(let)
		require.NoError(t, <-done)
	})
	t.Run("late-is-not-bad", func(t *testing.T) {
		b := startPaid(t)
		c := b.open(9, nil)
		_, err := b.ask(paying(b.call(question), c.voucher(t, 100_000)))
		require.NoError(t, err)
		for range 2 * strikeBurst {
			isAPI(t, b.client.SendVoucher(context.Background(), b.url, c.voucher(t, 90_000)), 402, "stale_voucher")
		}
	})
}

// end stops the miner and waits.
func (b *bench) end() {
	b.t.Helper()
	b.stop()
	err := <-b.done
	require.NoError(b.t, err)
	b.done <- err // for the cleanup
}

// again keeps what a fake chain holds for the next miner.
func (b *bench) again(o *Options) {
	f := o.Chain.(*fakeChain)
	b.chain.set(func(old *fakeChain) {
		f.channels, f.price, f.neuron, f.grants = old.channels, old.price, old.neuron, old.grants
	})
}

func TestVouchersAreClaimedInTheEnd(t *testing.T) {
	home := t.TempDir()
	pay := func(b *bench, cumulative uint64) {
		t.Helper()
		c := &channel{id: 1, key: voucherKey(t, 1), chain: testChain}
		_, err := b.ask(paying(b.call(question), c.voucher(t, cumulative)))
		require.NoError(t, err)
	}
	b := start(t, priced(home))
	b.open(1, nil)
	pay(b, 100_000)
	b.end()
	require.Equal(t, uint64(100_000), b.chain.claimed(1), "a miner that stops may not come back")

	kept := start(t, priced(home, b.again, func(o *Options) { o.Config.ClaimOnStop = false }))
	pay(kept, 200_000)
	kept.end()
	require.Equal(t, uint64(100_000), kept.chain.claimed(1))

	// A copy of the home is claimed from while nothing serves.
	settle := func(b *bench, home string) (Settled, error) {
		o := b.miner.o
		o.Config.Home = home
		return Settlement{Config: o.Config, Chain: b.chain, Queue: &fakeQueue{chain: b.chain}, Hotkey: o.Hotkey, Signer: o.Signer, Log: o.Log}.Claim(context.Background())
	}
	moved := t.TempDir()
	_, err := settle(kept, moved)
	require.ErrorIs(t, err, ErrNoBook)
	require.NoError(t, os.CopyFS(moved, os.DirFS(home)))
	kept.chain.set(func(f *fakeChain) { f.neuron = nil })
	got, err := settle(kept, moved)
	require.NoError(t, err)
	require.Equal(t, Settled{Book: filepath.Join(moved, bookName), Paid: 100_000}, got)
	require.Equal(t, uint64(200_000), kept.chain.claimed(1))
	kept.chain.set(func(f *fakeChain) { f.channels[1].Claimed = 100_000 })

	away := start(t, priced(home, kept.again, func(o *Options) { o.Config.DrainTimeout = time.Millisecond }))
	_, err = settle(away, home)
	require.ErrorIs(t, err, till.ErrBookBusy)
	require.ErrorContains(t, err, "claims by itself")
	away.chain.set(func(f *fakeChain) { f.down = errors.New("no node") })
	began := time.Now()
	away.end()
	require.Less(t, time.Since(began), lastClaims+5*time.Second, "a chain that is away holds up no stop")

	free := start(t, func(o *Options) { o.Config.Home = home; away.again(o) })
	_, err = free.ask(free.call(question))
	require.NoError(t, err)
	free.chain.set(func(f *fakeChain) { f.channels[1].ClosingAt = 5000 })
	require.Eventually(t, func() bool { return free.chain.claimed(1) == 200_000 }, 5*time.Second, 10*time.Millisecond,
		"who asks for nothing now still claims what was vouched for before")
}

func TestPaidCallsWhileTheChainIsAway(t *testing.T) {
	b := startPaid(t)
	c := b.open(1, nil)
	_, err := b.ask(paying(b.call(question), c.voucher(t, 100_000)))
	require.NoError(t, err)
	b.open(2, nil)
	b.chain.set(func(f *fakeChain) { f.down = errors.New("no node") })
	time.Sleep(2 * b.miner.o.Config.ChannelTTL)
	reply, err := b.ask(paying(b.call(question), c.voucher(t, 200_000)))
	require.NoError(t, err, "by what the chain said last")
	require.Equal(t, uint64(2000), reply.Charge.Spent)
	unknown := channel{id: 2, key: voucherKey(t, 2), chain: testChain}
	_, err = b.ask(paying(b.call(question), unknown.voucher(t, 100_000)))
	isAPI(t, err, http.StatusServiceUnavailable, "chain_unavailable")
	b.chain.set(func(f *fakeChain) { f.down = nil })
	_, err = b.ask(paying(b.call(question), unknown.voucher(t, 100_000)))
	require.NoError(t, err)
}

func TestOversizedVouchers(t *testing.T) {
	b := startPaid(t)
	for name, tc := range map[string]struct {
		header string
		size   int
		status int
		code   string
	}{
		"voucher": {wire.HeaderVoucher, 5000, 402, "bad_voucher"},
		"x402":    {wire.HeaderPaymentSignature, 5000, 402, "bad_voucher"},
		"headers": {wire.HeaderVoucher, 64 << 10, 431, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := b.signed(question, wire.Header{})
			r.Header.Set(tc.header, strings.Repeat("A", tc.size))
			status, header, body := b.send(r)
			require.Equal(t, tc.status, status)
			if tc.code != "" {
				require.NotEmpty(t, header.Get(wire.HeaderPaymentRequired))
				require.Equal(t, tc.code, *wire.ParseAPIError(status, body).Code)
			}
		})
	}
}

// A paid call shows where the operator looks.
func TestMetricsOfPayment(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	b := startPaid(t, func(o *Options) { o.MetricsListener, o.Config.ClaimAbove = l, 1 })
	c := b.open(1, nil)
	_, err = b.ask(b.call(question))
	require.Error(t, err)
	_, err = b.ask(paying(b.call(question), c.voucher(t, 100_000)))
	require.NoError(t, err)
	require.NoError(t, b.client.SendVoucher(context.Background(), b.url, c.voucher(t, 100_500)))
	require.Eventually(t, func() bool { return b.chain.claimed(1) == 100_500 }, 5*time.Second, 10*time.Millisecond)
	private := &bench{t: t, url: "http://" + l.Addr().String()}
	lines := []string{
		`agon_miner_payment_refusals_total{code="payment_required"} 1`, `agon_miner_paid_calls_total 1`, `agon_miner_vouchers_total{code="ok"} 1`,
		`agon_miner_vouched_nagon_total 100500`, `agon_miner_spent_nagon_total 1000`, `agon_miner_claimed_nagon_total 100500`, `agon_miner_unclaimed_nagon 0`,
		`agon_miner_price_updates_total{result="published"} 1`,
	}
	require.Eventually(t, func() bool {
		_, _, body := private.plain(http.MethodGet, "/metrics", nil)
		for _, line := range lines {
			if !strings.Contains(string(body), line) {
				return false
			}
		}
		return true
	}, 5*time.Second, 20*time.Millisecond, "want %s", strings.Join(lines, "\n"))
}
