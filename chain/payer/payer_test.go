package payer_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/wire"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
)

const (
	testChain  = "agon-test-1"
	testNetuid = 3
)

// testPrice makes every token visible in a sum: 1,000 a request, 2 a prompt token, 10 an output token.
var testPrice = wire.Price{PerRequest: 1000, PerMillionInput: 2_000_000, PerMillionOutput: 10_000_000}

func TestMain(m *testing.M) {
	params.ConfigureSDK()
	// A timer that a dependency of the SDK's keyring starts when it is imported.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/desertbit/timer.timerRoutine"))
}

func seed(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func addressOf(t testing.TB, b byte) sdk.AccAddress {
	t.Helper()
	key, _, err := wire.LocalAccount(seed(b))
	require.NoError(t, err)
	return key.AddressBytes()
}

// bench is a payer with an account on a fake chain.
type bench struct {
	t       testing.TB
	chain   *fakeChain
	cfg     payer.Config
	path    string
	key     wire.VoucherKey
	session *wire.Session
	payer   *payer.Payer
}

func newBench(t testing.TB, change func(*payer.Config)) *bench {
	t.Helper()
	b := &bench{t: t, chain: newFakeChain(), path: filepath.Join(t.TempDir(), "ledger.db")}
	account, sign, err := wire.LocalAccount(seed(1))
	require.NoError(t, err)
	b.session, err = wire.NewSession(testChain, account, sign, wire.ScopeCall|wire.ScopePay, testNetuid, time.Now().Add(-time.Minute), time.Now().Add(time.Hour))
	require.NoError(t, err)
	b.key, err = wire.VoucherKeyFromSeed(seed(2))
	require.NoError(t, err)
	client, err := wire.NewClient(wire.ClientOptions{ChainID: testChain, AllowPrivate: true, Timeout: 20 * time.Second})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	owner := b.session.Address
	b.chain.balances[owner] = 1_000_000_000
	b.cfg = payer.Config{
		ChainID: testChain, Owner: owner, Tx: &fakeQueue{chain: b.chain, address: addressOf(t, 1)}, Chain: b.chain, Wire: client, Key: b.key,
		Deposit: 100_000, Budget: 10_000_000, MaxCall: 100_000, TimeoutBlocks: 5,
	}
	if change != nil {
		change(&b.cfg)
	}
	b.start()
	t.Cleanup(b.stop)
	return b
}

func (b *bench) start() {
	b.t.Helper()
	var err error
	b.cfg.Ledger, err = payer.OpenLedger(b.path, testChain)
	require.NoError(b.t, err)
	b.payer, err = payer.New(b.cfg)
	require.NoError(b.t, err)
}

func (b *bench) stop() {
	if b.payer != nil {
		require.NoError(b.t, b.payer.Close())
		require.NoError(b.t, b.cfg.Ledger.Close())
	}
	b.payer = nil
}

// crash stops without a word to the ledger, as far as one process can: what was not written is lost.
func (b *bench) crash() {
	require.NoError(b.t, b.cfg.Ledger.Close())
	_ = b.payer.Close()
	b.payer = nil
}

func (b *bench) call(m *fakeMiner, a ask) wire.Call {
	return wire.Call{Session: b.session, Endpoint: m.server.URL, To: m.hotkey, ServiceKey: m.service.Public(), Netuid: testNetuid, Path: "/v1/call", Body: a.body()}
}

func (b *bench) do(m *fakeMiner, a ask) (payer.Paid, error) { return b.doBy(b.payer, m, a) }

func (b *bench) doBy(by *payer.Payer, m *fakeMiner, a ask) (payer.Paid, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_, paid, err := by.Do(ctx, b.call(m, a), payer.Terms{Price: testPrice})
	return paid, err
}

func (b *bench) channel(m *fakeMiner) payer.Channel {
	for _, c := range b.payer.Channels() {
		if c.Payee == m.payee() {
			return c
		}
	}
	return payer.Channel{}
}

// agrees checks that payer and miner reckon alike, and that no more is signed than was spent and one reserve.
func (b *bench) agrees(m *fakeMiner, reserve uint64) {
	b.t.Helper()
	c := b.channel(m)
	s := m.state(c.ID, b.key)
	require.Equal(b.t, c.Spent, s.Spent, "both sides reckon the same")
	require.GreaterOrEqual(b.t, c.Signed, s.Vouched, "what the miner holds was signed and is known")
	require.LessOrEqual(b.t, s.Vouched, s.Spent+reserve, "one call is at risk and no more")
	require.Zero(b.t, c.Held)
}

func TestPaysByTheReceipt(t *testing.T) {
	b := newBench(t, nil)
	m := newMiner(t, b.chain, 77, testPrice)
	a := ask{Say: 7, Prompt: 5, MaxTokens: 50}
	for i := range 5 {
		paid, err := b.do(m, a)
		require.NoError(t, err)
		require.Equal(t, uint64(1000+5*2+7*10), paid.Cost)
		require.Equal(t, uint64(i+1)*paid.Cost, paid.Spent)
		require.Equal(t, uint64(1), paid.Channel)
	}
	require.Zero(t, m.refusals.Load(), "the voucher came with the call")
	require.Equal(t, 1, b.chain.count(&paymenttypes.MsgOpenChannel{}))
	b.agrees(m, 1000+uint64(len(a.body()))*2+50*10)
}

func TestFreeMinersSeeNoVoucher(t *testing.T) {
	b := newBench(t, nil)
	m := newMiner(t, b.chain, 77, wire.Price{})
	_, paid, err := b.payer.Do(t.Context(), b.call(m, ask{Say: 3}), payer.Terms{})
	require.NoError(t, err)
	require.Equal(t, payer.Paid{}, paid)
	require.Zero(t, b.chain.count(&paymenttypes.MsgOpenChannel{}))
}

// Who knows no price learns it from the refusal, and believes it because the chain says the same.
func TestLearnsThePriceFromARefusal(t *testing.T) {
	b := newBench(t, nil)
	m := newMiner(t, b.chain, 77, testPrice)
	_, paid, err := b.payer.Do(t.Context(), b.call(m, ask{Say: 3, MaxTokens: 10}), payer.Terms{})
	require.NoError(t, err)
	require.Equal(t, testPrice, paid.Price)
	require.Equal(t, int64(1), m.refusals.Load())

	// One that asks for more than it publishes gets nothing.
	dear := testPrice
	dear.PerRequest++
	m.set(dear, nil)
	_, _, err = b.payer.Do(t.Context(), b.call(m, ask{Say: 3, MaxTokens: 10}), payer.Terms{})
	require.ErrorIs(t, err, payer.ErrUnpaid)
	api, ok := errors.AsType[*wire.APIError](err)
	require.True(t, ok, "the miner's own word stands beside it")
	require.Equal(t, http.StatusPaymentRequired, api.Status)
}

func TestDearCallsAreNotMade(t *testing.T) {
	b := newBench(t, nil)
	m := newMiner(t, b.chain, 77, testPrice)
	_, _, err := b.payer.Do(t.Context(), b.call(m, ask{Say: 3, MaxTokens: 10}), payer.Terms{Price: testPrice, MaxCost: 1100})
	require.ErrorIs(t, err, payer.ErrTooDear)
	require.Zero(t, m.calls.Load())
	require.Zero(t, b.chain.count(&paymenttypes.MsgOpenChannel{}))
}

func TestErrorsCostNothing(t *testing.T) {
	b := newBench(t, nil)
	m := newMiner(t, b.chain, 77, testPrice)
	for range 20 {
		_, err := b.do(m, ask{Fail: 503, MaxTokens: 50})
		api, ok := errors.AsType[*wire.APIError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, 503, api.Status)
	}
	c := b.channel(m)
	require.Zero(t, c.Spent)
	require.Less(t, c.Signed, uint64(2000), "twenty failures are worth the credit of one call")
}

func TestManyCallsShareAChannel(t *testing.T) {
	b := newBench(t, nil)
	m := newMiner(t, b.chain, 77, testPrice)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 10 {
				_, err := b.do(m, ask{Say: 1 + (i+j)%20, Prompt: 3, MaxTokens: 40})
				require.NoError(t, err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, 1, b.chain.count(&paymenttypes.MsgOpenChannel{}), "calls that come at once open one channel")
	require.Positive(t, b.chain.count(&paymenttypes.MsgTopUp{}), "160 calls cost more than a deposit")
	c := b.channel(m)
	s := m.state(c.ID, b.key)
	require.Equal(t, s.Spent, c.Spent)
	require.LessOrEqual(t, s.Vouched, s.Spent+16*2000, "one call at risk for each that runs at once")
}

func TestStreamsAreVouchedForByTheChunk(t *testing.T) {
	b := newBench(t, nil)
	m := newMiner(t, b.chain, 77, testPrice)
	for _, a := range []ask{
		{Say: 1000, Prompt: 5, Stream: true, Pack: 1, MaxTokens: 2000},
		{Say: 1500, Prompt: 5, Stream: true, Pack: 7},
	} {
		n := 0
		_, paid, err := b.payer.Stream(t.Context(), b.call(m, a), payer.Terms{Price: testPrice}, func([]byte) error { n++; return nil })
		require.NoError(t, err)
		require.Positive(t, n)
		require.Equal(t, uint64(1000+5*2+a.Say*10), paid.Cost)
	}
	require.Zero(t, m.refusals.Load())
	b.agrees(m, 1000+2*200+(wire.VoucherChunk+wire.VoucherChunk/8)*10)
}

// An event larger than what is left of a chunk makes a miner wait for a voucher that no event calls for.
func TestAStreamThatStandsStillIsVouchedFor(t *testing.T) {
	b := newBench(t, nil)
	m := newMiner(t, b.chain, 77, testPrice)
	_, paid, err := b.payer.Stream(t.Context(), b.call(m, ask{Say: 600, Stream: true, Pack: 300, MaxTokens: 2000}), payer.Terms{Price: testPrice}, nil)
	require.NoError(t, err)
	require.Equal(t, uint64(1000+600*10), paid.Cost)
}

func TestACutStreamIsNoQuarrel(t *testing.T) {
	b := newBench(t, nil)
	m := newMiner(t, b.chain, 77, testPrice)
	enough := errors.New("enough")
	for range 3 {
		n := 0
		_, paid, err := b.payer.Stream(t.Context(), b.call(m, ask{Say: 500, Stream: true, MaxTokens: 600, Wait: 1}), payer.Terms{Price: testPrice}, func([]byte) error {
			if n++; n == 20 {
				return enough
			}
			return nil
		})
		require.ErrorIs(t, err, enough)
		require.Zero(t, paid.Cost)
		require.GreaterOrEqual(t, paid.Doubt, uint64(1000+600*10), "it may count all that was asked for")
	}
	for range 5 {
		_, err := b.do(m, ask{Say: 3, MaxTokens: 10})
		require.NoError(t, err)
	}
	require.Empty(t, b.channel(m).Stopped)
}

func TestOverchargingEndsIt(t *testing.T) {
	for name, cheat := range map[string]func(*cheats){
		"cost":   func(c *cheats) { bump(c, 1, 1) },
		"spent":  func(c *cheats) { bump(c, 0, 5000) },
		"tokens": func(c *cheats) { c.receipt.OutputTokens = 900 },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			m := newMiner(t, b.chain, 77, testPrice)
			a := ask{Say: 3, Prompt: 2, MaxTokens: 1000}
			_, err := b.do(m, a)
			require.NoError(t, err)
			m.set(testPrice, cheat)
			reply, _, err := b.payer.Do(t.Context(), b.call(m, a), payer.Terms{Price: testPrice})
			require.ErrorIs(t, err, payer.ErrReckoning)
			require.NotNil(t, reply.Receipt, "the answer was the miner's")
			signed, calls := b.channel(m).Signed, m.calls.Load()

			// Nothing more, also after a restart, until it is forgiven.
			m.set(testPrice, nil)
			b.stop()
			b.start()
			_, err = b.do(m, a)
			require.ErrorIs(t, err, payer.ErrReckoning)
			require.Equal(t, calls, m.calls.Load())
			require.Equal(t, signed, b.channel(m).Signed)
			require.NoError(t, b.payer.Forgive(m.payee()))
			_, err = b.do(m, a)
			require.NoError(t, err)
		})
	}
}

func bump(c *cheats, cost, spent uint64) {
	if c.charge != nil {
		c.charge = &wire.Charge{Cost: c.charge.Cost + cost, Spent: c.charge.Spent + spent}
	}
}

// A miner that asks for ever more without serving gets two reserves, and no more.
func TestAskingAgainGetsNoMore(t *testing.T) {
	b := newBench(t, nil)
	asked := uint64(0)
	m := newMiner(t, b.chain, 77, testPrice)
	m.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := wire.ParseVoucher(r.Header.Get(wire.HeaderVoucher))
		require.NoError(t, err)
		asked = max(asked, v.Cumulative)
		e := wire.NewPaymentError("insufficient_voucher", "more", testChain, 1, wire.PaymentResource{}, wire.PaymentOption{PayTo: m.hotkey, Extra: wire.ChannelTerms{
			Netuid: testNetuid, Price: testPrice, Channel: v.Channel, Voucher: v.String(), Vouched: v.Cumulative, Cumulative: v.Cumulative + 1000,
		}})
		w.WriteHeader(http.StatusPaymentRequired)
		_, _ = w.Write(e.Body())
	})
	for range 30 {
		_, err := b.do(m, ask{Say: 3, MaxTokens: 10})
		require.ErrorIs(t, err, payer.ErrUnpaid)
	}
	require.Less(t, asked, uint64(3000))
}

func TestBudgetAndFunds(t *testing.T) {
	b := newBench(t, func(c *payer.Config) { c.Budget = 250_000 })
	a := ask{Say: 3, MaxTokens: 10}
	for i := byte(0); i < 2; i++ {
		_, err := b.do(newMiner(t, b.chain, 70+i, testPrice), a)
		require.NoError(t, err)
	}
	third := newMiner(t, b.chain, 80, testPrice)
	_, err := b.do(third, a)
	require.NoError(t, err, "what is left of the budget is enough for a smaller deposit")
	_, err = b.do(newMiner(t, b.chain, 81, testPrice), a)
	require.ErrorIs(t, err, payer.ErrBudget)
	var held uint64
	for _, c := range b.payer.Channels() {
		held += c.Deposit
	}
	require.LessOrEqual(t, held, uint64(250_000))

	poor := newBench(t, nil)
	poor.chain.balances[poor.cfg.Owner] = 10
	_, err = poor.do(newMiner(t, poor.chain, 77, testPrice), a)
	require.ErrorIs(t, err, payer.ErrFunds)
	require.ErrorIs(t, err, payer.ErrChannel)

	own := newBench(t, func(c *payer.Config) { c.Fund = true })
	own.chain.balances[own.cfg.Owner] = 10
	_, err = own.do(newMiner(t, own.chain, 77, testPrice), a)
	require.NoError(t, err, "the owner's wallet fills the account")
}

// After a crash the miner counts calls of which the payer knows nothing. However many calls come at once then, each is served: what the refusals of
// one another's calls hide of it, they learn at the first.
func TestCallsAtOnceAfterACrash(t *testing.T) {
	for range 3 {
		b := newBench(t, nil)
		m := newMiner(t, b.chain, 77, testPrice)
		slow := ask{Say: 30, Prompt: 3, MaxTokens: 40, Wait: 5}
		_, err := b.do(m, slow)
		require.NoError(t, err)
		var wg sync.WaitGroup
		crashing := b.payer
		for range 8 {
			wg.Go(func() { _, _ = b.doBy(crashing, m, slow) }) // cut off by the crash
		}
		require.Eventually(t, func() bool { return b.channel(m).Held > 0 }, 5*time.Second, time.Millisecond)
		time.Sleep(3 * time.Millisecond)
		b.crash()
		wg.Wait()
		b.start()
		for range 8 {
			wg.Go(func() {
				for range 5 {
					if _, err := b.do(m, slow); err != nil {
						t.Errorf("a call after the crash: %s", err)
						return
					}
				}
			})
		}
		wg.Wait()
		c := b.channel(m)
		require.LessOrEqual(t, m.state(c.ID, b.key).Vouched, c.Spent+2*8*1500, "no more is at risk than the calls that ran at once, before the crash and after it")
		b.stop()
	}
}

// Whatever becomes of an opening, there is one channel after it.
func TestUnknownOpeningsAreFound(t *testing.T) {
	for name, f := range map[string]fault{"lost": faultLost, "muted": faultMuted, "late": faultLate} {
		for _, restart := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				b := newBench(t, nil)
				m := newMiner(t, b.chain, 77, testPrice)
				once := true
				b.chain.set(func(c *fakeChain) {
					c.fault = func(msg sdk.Msg) fault {
						if _, ok := msg.(*paymenttypes.MsgOpenChannel); ok && once {
							once = false
							return f
						}
						return faultNone
					}
				})
				a := ask{Say: 3, MaxTokens: 10}
				_, err := b.do(m, a)
				require.ErrorIs(t, err, payer.ErrChannel)
				if restart {
					b.crash()
					b.start()
				}
				done := make(chan error, 1)
				go func() { _, err := b.do(m, a); done <- err }()
				if f == faultLate {
					b.chain.include()
				} else if f == faultLost {
					time.Sleep(100 * time.Millisecond)
					require.Empty(t, b.chain.openChannels(), "no second one while the first may still come")
					b.chain.mine(10)
				}
				require.NoError(t, <-done)
				require.Len(t, b.chain.openChannels(), 1)
			})
		}
	}
}

// A payer that has lost its ledger but not its key goes on with the same channel, and never below what it signed.
func TestALostLedgerIsRecovered(t *testing.T) {
	b := newBench(t, nil)
	m := newMiner(t, b.chain, 77, testPrice)
	a := ask{Say: 30, Prompt: 3, MaxTokens: 50}
	for range 5 {
		_, err := b.do(m, a)
		require.NoError(t, err)
	}
	before := b.channel(m)
	b.stop()
	b.path = filepath.Join(t.TempDir(), "new.db")
	b.start()
	paid, err := b.do(m, a)
	require.NoError(t, err)
	require.Equal(t, before.ID, paid.Channel)
	after := b.channel(m)
	require.Greater(t, after.Signed, before.Spent)
	require.Equal(t, 1, b.chain.count(&paymenttypes.MsgOpenChannel{}))
	b.agrees(m, 5000)
}

func TestIdleChannelsAreTakenBack(t *testing.T) {
	now := time.Now()
	var mu sync.Mutex
	b := newBench(t, func(c *payer.Config) {
		c.Idle = time.Hour
		c.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	})
	m := newMiner(t, b.chain, 77, testPrice)
	had := b.chain.balances[b.cfg.Owner]
	_, err := b.do(m, ask{Say: 3, MaxTokens: 10})
	require.NoError(t, err)
	require.NoError(t, b.payer.Tend(t.Context()))
	require.Len(t, b.chain.openChannels(), 1)
	mu.Lock()
	now = now.Add(time.Hour)
	mu.Unlock()
	require.NoError(t, b.payer.Tend(t.Context()))
	require.Empty(t, b.chain.openChannels())
	require.NoError(t, b.payer.Tend(t.Context()))
	require.Less(t, b.chain.balances[b.cfg.Owner], had, "not before the delay")
	b.chain.mine(b.chain.delay)
	require.NoError(t, b.payer.Tend(t.Context()))
	require.Equal(t, had, b.chain.balances[b.cfg.Owner])
	_, err = b.do(m, ask{Say: 3, MaxTokens: 10})
	require.NoError(t, err, "a later call opens another")
	require.Equal(t, uint64(2), b.channel(m).ID)
}

// A second channel to the same miner, however it came about, is noticed and taken back; channels of another key are left alone.
func TestSecondChannelsAreTakenBack(t *testing.T) {
	b := newBench(t, nil)
	m := newMiner(t, b.chain, 77, testPrice)
	_, err := b.do(m, ask{Say: 3, MaxTokens: 10})
	require.NoError(t, err)
	ours, theirs := b.key.Public(), wire.NewVoucherKey().Public()
	for _, key := range [][32]byte{ours, theirs} {
		_, err := b.cfg.Tx.Submit(t.Context(), &paymenttypes.MsgOpenChannel{Owner: b.cfg.Owner, Netuid: testNetuid, Payee: m.hotkey, VoucherKey: key[:], Deposit: 1000, Blocks: 1_000_000})
		require.NoError(t, err)
	}
	require.NoError(t, b.payer.Tend(t.Context()))
	open := b.chain.openChannels()
	require.Len(t, open, 2)
	require.Equal(t, uint64(1), open[0].Id)
	require.Equal(t, theirs[:], open[1].VoucherKey)
}

func TestALedgerIsOneProcess(t *testing.T) {
	b := newBench(t, nil)
	_, err := payer.OpenLedger(b.path, testChain)
	require.ErrorIs(t, err, payer.ErrLedgerBusy)
	b.stop()
	_, err = payer.OpenLedger(b.path, "another-chain")
	require.ErrorIs(t, err, payer.ErrLedger)
	b.start()
}
