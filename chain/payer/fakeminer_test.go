package payer_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/miner/till"
	"github.com/agon-chain/agon/wire"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
)

// fakeMiner is a miner over real sockets: real signatures, receipts and a real till, and an expert that says as many tokens as it is asked for.
type fakeMiner struct {
	t       testing.TB
	hotkey  string
	service wire.ServiceKey
	till    *till.Till
	path    string
	server  *httptest.Server
	chain   *fakeChain
	replay  *wire.ReplayCache

	mu    sync.Mutex
	price wire.Price // asked for
	cheat func(*cheats)

	calls    atomic.Int64
	refusals atomic.Int64
}

// cheats are what a dishonest miner does to a reply.
type cheats struct {
	receipt *wire.Receipt
	charge  *wire.Charge
	hangUp  bool // before the reply
}

// ask is the body of a call: so many prompt tokens are counted, so many tokens are said.
type ask struct {
	Say       int  `json:"say"`
	Prompt    int  `json:"prompt"`
	Pack      int  `json:"pack,omitempty"` // tokens in an event
	Fail      int  `json:"fail,omitempty"` // status
	MaxTokens int  `json:"max_tokens,omitempty"`
	Stream    bool `json:"stream,omitempty"`
	Wait      int  `json:"wait,omitempty"` // milliseconds before the answer, and between events
}

func (a ask) body() []byte {
	b, _ := json.Marshal(a)
	return b
}

// tillChain is the chain as the till asks it.
type tillChain struct{ *fakeChain }

func (c tillChain) Channel(_ context.Context, id uint64) (till.Channel, error) {
	ch, ok := c.channel(id)
	if !ok {
		return till.Channel{}, till.ErrNoChannel
	}
	return till.Channel{
		ID: ch.Id, Owner: ch.Owner, Netuid: ch.Netuid, Payee: ch.Payee, VoucherKey: [32]byte(ch.VoucherKey), Deposit: ch.Deposit, Claimed: ch.Claimed,
		Closed: ch.State != paymenttypes.ChannelState_CHANNEL_STATE_OPEN, ExpiresAt: ch.ExpiresAt, ClosingAt: ch.ClosingAt,
	}, nil
}

func (c tillChain) Claim(context.Context, []till.Claim) ([]till.Claimed, error) {
	return nil, errors.New("not in this test")
}

func newMiner(t testing.TB, c *fakeChain, n byte, price wire.Price) *fakeMiner {
	t.Helper()
	service, err := wire.ServiceKeyFromSeed(seed(n))
	require.NoError(t, err)
	m := &fakeMiner{t: t, hotkey: addressOf(t, n).String(), service: service, chain: c, price: price, path: filepath.Join(t.TempDir(), "vouchers.db")}
	m.replay = wire.NewReplayCache(100_000, 1_000_000)
	c.set(func(c *fakeChain) { c.prices[m.payee()] = price })
	m.open()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/call", m.serve)
	mux.HandleFunc("POST "+wire.VoucherPath, m.vouch)
	m.server = httptest.NewServer(mux)
	t.Cleanup(func() {
		m.server.Close()
		require.NoError(t, m.till.Close())
	})
	return m
}

func (m *fakeMiner) open() {
	tl, err := till.Open(till.Options{
		Path: m.path, ChainID: testChain, Payee: m.hotkey, Netuid: testNetuid, Chain: tillChain{m.chain}, ClaimAbove: 1 << 60, ClaimAfter: time.Hour,
		CheckEvery: time.Hour, ChannelTTL: time.Second, MaxStale: time.Minute, Wait: 3 * time.Second, MaxChannels: 100, Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(m.t, err)
	m.till = tl
}

func (m *fakeMiner) payee() payer.Payee { return payer.Payee{Netuid: testNetuid, Hotkey: m.hotkey} }

func (m *fakeMiner) set(price wire.Price, cheat func(*cheats)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.price, m.cheat = price, cheat
}

func (m *fakeMiner) vouch(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(io.LimitReader(r.Body, 1024))
	if err == nil {
		err = m.till.Voucher(r.Context(), string(b))
	}
	if err != nil {
		m.refuse(w, err, 0)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (m *fakeMiner) refusal(err error, need uint64) error {
	refused, ok := errors.AsType[*till.Refusal](err)
	if !ok {
		return err
	}
	m.mu.Lock()
	terms := wire.ChannelTerms{Netuid: testNetuid, Price: m.price, Chunk: wire.VoucherChunk, MaxOutput: wire.DefaultMaxOutput}
	m.mu.Unlock()
	if s := refused.State; s != nil {
		terms.Channel, terms.Voucher, terms.Vouched, terms.Spent, terms.Reserved, terms.Cumulative = s.Channel, s.Voucher, s.Vouched, s.Spent, s.Reserved, s.Cumulative
	}
	return wire.NewPaymentError(refused.Code, refused.Reason, testChain, need, wire.PaymentResource{}, wire.PaymentOption{PayTo: m.hotkey, Extra: terms})
}

func (m *fakeMiner) refuse(w http.ResponseWriter, err error, need uint64) {
	m.refusals.Add(1)
	err = m.refusal(err, need)
	if p, ok := errors.AsType[*wire.PaymentError](err); ok {
		w.WriteHeader(p.API.Status)
		_, _ = w.Write(p.Body())
		return
	}
	wire.WriteError(w, err)
}

func (m *fakeMiner) serve(w http.ResponseWriter, r *http.Request) {
	m.calls.Add(1)
	received := time.Now()
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	req, err := wire.Verify(r, body, received, wire.RequestPolicy{ChainID: testChain, To: m.hotkey, Netuid: testNetuid, Replay: m.replay})
	if err != nil {
		wire.WriteError(w, err)
		return
	}
	m.mu.Lock()
	price, cheat := m.price, m.cheat
	m.mu.Unlock()
	var a ask
	_ = json.Unmarshal(body, &a)
	demand := wire.ReadDemand(body, 0)
	var hold *till.Hold
	if !price.Free() {
		need, err := price.Reserve(demand, 0)
		if err == nil {
			hold, err = m.till.Reserve(r.Context(), r.Header.Get(wire.HeaderVoucher), req.From, need)
		}
		if err != nil {
			m.refuse(w, err, need)
			return
		}
		defer hold.Release()
	}
	if a.Fail != 0 {
		wire.WriteError(w, wire.NewAPIError(a.Fail, "failed", "", "as asked"))
		return
	}
	settle := func(c *cheats) {
		if hold == nil {
			return
		}
		cost, _ := price.Charge(demand, c.receipt.PromptTokens, c.receipt.OutputTokens)
		charge := hold.Settle(cost)
		c.charge = &charge
	}
	finish := func(status int, response wire.Hash, in, out int) *cheats {
		c := &cheats{receipt: &wire.Receipt{
			ChainIDHash: wire.ChainIDHash(testChain), Netuid: testNetuid, RequestHash: req.Hash, QuestionHash: req.QuestionHash, Tag: req.Tag, ResponseHash: response,
			Status: uint16(status), PromptTokens: uint32(in), OutputTokens: uint32(out), ReceivedAt: received, FinishedAt: time.Now(),
		}}
		if cheat != nil {
			pre := *c
			cheat(&pre) // what it says of tokens comes before what it charges
			c.hangUp = pre.hangUp
		}
		settle(c)
		if cheat != nil {
			cheat(c)
		}
		require.NoError(m.t, c.receipt.Sign(m.service))
		return c
	}
	if a.Stream {
		m.stream(w, r, a, price, demand, hold, finish)
		return
	}
	time.Sleep(time.Duration(a.Wait) * time.Millisecond)
	reply := []byte(strings.Repeat("word ", a.Say))
	c := finish(http.StatusOK, wire.BodyHash(reply), a.Prompt, a.Say)
	if c.hangUp {
		panic(http.ErrAbortHandler)
	}
	c.receipt.Set(w.Header())
	if c.charge != nil {
		c.charge.Set(w.Header())
	}
	_, _ = w.Write(reply)
}

func (m *fakeMiner) stream(w http.ResponseWriter, r *http.Request, a ask, price wire.Price, demand wire.Demand, hold *till.Hold, finish func(int, wire.Hash, int, int) *cheats) {
	w.Header().Set("Content-Type", wire.ContentTypeStream)
	out := wire.NewStreamWriter(w, nil)
	pack := max(a.Pack, 1)
	metered, covered, said := uint32(0), min(demand.Output, wire.ChunkEnd(0)), 0
	var failure error
	for said < a.Say && failure == nil {
		n := min(pack, a.Say-said)
		event, _ := json.Marshal(map[string]any{"choices": []any{map[string]any{"delta": map[string]any{"content": strings.Repeat("word tok", n)}}}})
		after := metered + wire.MeterEvent(event)
		if hold != nil && after > covered && covered < demand.Output {
			need, _ := price.Reserve(demand, after-1)
			if err := hold.Extend(r.Context(), need); err != nil {
				if r.Context().Err() != nil {
					panic(http.ErrAbortHandler)
				}
				failure = m.refusal(err, need)
				break
			}
			covered = min(demand.Output, wire.ChunkEnd(after-1))
		}
		metered, said = after, said+n
		if out.Event(event) != nil {
			panic(http.ErrAbortHandler)
		}
		_ = http.NewResponseController(w).Flush()
		time.Sleep(time.Duration(a.Wait) * time.Millisecond)
	}
	status, in, tokens := http.StatusOK, a.Prompt, said
	if failure != nil {
		api := wire.ErrorFor(failure)
		status = api.Status
		i, o := demand.Delivered(metered)
		in, tokens = int(i), int(o)
		_ = out.Fail(api)
	} else {
		_ = out.End()
	}
	c := finish(status, out.Hash(), in, tokens)
	if c.hangUp {
		panic(http.ErrAbortHandler)
	}
	_ = out.FinishPaid(c.receipt, c.charge)
}

// state is what the till says of a channel, by a call that cannot be paid for.
func (m *fakeMiner) state(channel uint64, key wire.VoucherKey) till.State {
	v := wire.Voucher{ChainIDHash: wire.ChainIDHash(testChain), Channel: channel, Cumulative: 0}
	require.NoError(m.t, v.Sign(key))
	_, err := m.till.Reserve(context.Background(), v.String(), fmt.Sprint("nobody ", time.Now().UnixNano()), 1<<40)
	refused, ok := errors.AsType[*till.Refusal](err)
	require.True(m.t, ok, "%v", err)
	require.NotNil(m.t, refused.State)
	return *refused.State
}
