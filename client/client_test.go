package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/wire"
)

const testChain = "agon-test-1"

func TestMain(m *testing.M) {
	// A timer that a dependency of the SDK's keyring starts when it is imported.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/desertbit/timer.timerRoutine"))
}

func seed(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

// echo is a miner that signs for what it was sent.
type echo struct {
	Miner
	service wire.ServiceKey
	sealing wire.SealingKey
	calls   atomic.Int64
	from    atomic.Value // session key of the last call
	body    atomic.Value // that it read last
	fail    atomic.Int64 // status to answer with
}

func newEcho(t *testing.T, n byte, incentive uint16, models ...Model) *echo {
	t.Helper()
	account, _, err := wire.LocalAccount(seed(n))
	require.NoError(t, err)
	hotkey, err := account.Address(wire.AddressPrefix)
	require.NoError(t, err)
	e := &echo{service: wire.NewServiceKey(), sealing: wire.NewSealingKey()}
	replay := wire.NewReplayCache(100, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.calls.Add(1)
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		received := time.Now()
		req, err := wire.Verify(r, body, received, wire.RequestPolicy{ChainID: testChain, To: hotkey, Netuid: 1, Replay: replay})
		if err != nil {
			wire.WriteError(w, err)
			return
		}
		e.from.Store(req.Session.SessionKey)
		if status := int(e.fail.Load()); status != 0 {
			wire.WriteError(w, wire.NewAPIError(status, "as_asked", "", "as asked"))
			return
		}
		var seal *wire.ResponseSealer
		if typ, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); typ == wire.ContentTypeSealed {
			body, seal, err = wire.OpenRequest(e.sealing, wire.SealBinding(testChain, hotkey, r.Method, r.URL.Path), body)
			require.NoError(t, err)
		}
		e.body.Store(string(body))
		receipt := func(h wire.Hash) *wire.Receipt {
			rec := &wire.Receipt{
				ChainIDHash: wire.ChainIDHash(testChain), Netuid: 1, RequestHash: req.Hash, QuestionHash: req.QuestionHash, Tag: req.Tag, ResponseHash: h, Status: 200,
				ReceivedAt: received, FinishedAt: time.Now(),
			}
			require.NoError(t, rec.Sign(e.service))
			return rec
		}
		var asked struct{ Stream bool }
		_ = json.Unmarshal(body, &asked)
		if asked.Stream {
			w.Header().Set("Content-Type", wire.ContentTypeStream)
			out := wire.NewStreamWriter(w, seal)
			for i := range 3 {
				require.NoError(t, out.Event(fmt.Appendf(nil, `{"n":%d}`, i)))
			}
			require.NoError(t, out.End())
			require.NoError(t, out.Finish(receipt(out.Hash())))
			return
		}
		if seal != nil {
			body, err = seal.Seal(body, true)
			require.NoError(t, err)
		}
		receipt(wire.BodyHash(body)).Set(w.Header())
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	public := e.service.Public()
	e.Miner = Miner{Netuid: 1, Models: models, Neuron: chain.Neuron{UID: uint16(n), Hotkey: hotkey, URL: server.URL, ServiceKey: public[:], Incentive: incentive}}
	return e
}

// book is a directory of miners in memory.
type book struct {
	list  []*echo
	asked int
}

func (b *book) miners(context.Context, uint16) ([]Miner, error) {
	b.asked++
	var out []Miner
	for _, e := range b.list {
		out = append(out, e.Miner)
	}
	return out, nil
}

func (b *book) sealingKey(_ context.Context, m Miner) ([]byte, error) {
	for _, e := range b.list {
		if e.Hotkey == m.Hotkey && !e.sealing.IsZero() {
			p, err := e.sealing.Public()
			return p[:], err
		}
	}
	return nil, ErrNoSealing
}

func newClient(t *testing.T, miners ...*echo) (*Client, *book) {
	t.Helper()
	b := &book{list: miners}
	c := &Client{cfg: Config{ChainID: testChain}, dir: b, now: time.Now}
	var err error
	c.sessions.account, c.sessions.sign, err = wire.LocalAccount(seed(200))
	require.NoError(t, err)
	c.wire, err = wire.NewClient(wire.ClientOptions{ChainID: testChain, AllowPrivate: true})
	require.NoError(t, err)
	t.Cleanup(c.wire.Close)
	return c, b
}

func TestBestMinerAnswersAndTheNextTakesItsPlace(t *testing.T) {
	weak, best := newEcho(t, 1, 10), newEcho(t, 2, 500)
	c, b := newClient(t, weak, best)
	a, err := c.Chat(t.Context(), "1", []byte(`{"q":1}`))
	require.NoError(t, err)
	require.Equal(t, uint16(2), a.Miner.UID)
	require.Equal(t, best.service.Public(), a.Receipt.ServiceKey)
	best.fail.Store(503)
	a, err = c.Chat(t.Context(), "1", []byte(`{"q":1}`))
	require.NoError(t, err)
	require.Equal(t, uint16(1), a.Miner.UID)
	require.Equal(t, 1, b.asked, "the list is kept for a while")

	// What is wrong with the request is wrong everywhere.
	best.fail.Store(400)
	had := weak.calls.Load()
	_, err = c.Chat(t.Context(), "1", []byte(`{"q":1}`))
	require.ErrorContains(t, err, "as_asked")
	require.Equal(t, had, weak.calls.Load())
}

func TestModelsAreNamed(t *testing.T) {
	other, llama := newEcho(t, 1, 500, Model{7, "qwen@1"}), newEcho(t, 2, 10, Model{8, "llama@1"}, Model{9, "llama@2"})
	c, _ := newClient(t, other, llama)
	for name, model := range map[string]string{"1/llama@2": "llama@2", "1/llama": "llama"} {
		_, err := c.Chat(t.Context(), name, []byte(`{"messages":[]}`))
		require.NoError(t, err)
		require.JSONEq(t, fmt.Sprintf(`{"messages":[],"model":%q}`, model), llama.body.Load().(string))
	}
	require.Zero(t, other.calls.Load())
	_, err := c.Chat(t.Context(), "1/llama@3", []byte(`{}`))
	require.ErrorIs(t, err, ErrNoMiner)
	for _, bad := range []string{"", "llama", "0/llama", "1/", "70000/llama"} {
		_, err := c.Chat(t.Context(), bad, []byte(`{}`))
		require.ErrorIs(t, err, ErrModel, bad)
	}
}

func TestSealedCallsAndStreams(t *testing.T) {
	m := newEcho(t, 1, 10)
	c, _ := newClient(t, m)
	a, err := c.Call(t.Context(), m.Miner, Request{Path: "/v1/x", Body: []byte(`{"secret":1}`), Sealed: true})
	require.NoError(t, err)
	require.Equal(t, `{"secret":1}`, string(a.Body))
	for _, sealed := range []bool{false, true} {
		var got []string
		_, err := c.Stream(t.Context(), m.Miner, Request{Path: "/v1/x", Body: []byte(`{"stream":true}`), Sealed: sealed}, func(data []byte) error {
			got = append(got, string(data))
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, []string{`{"n":0}`, `{"n":1}`, `{"n":2}`}, got)
	}
	m.sealing = wire.SealingKey{}
	_, err = c.Call(t.Context(), m.Miner, Request{Path: "/v1/x", Body: []byte(`{}`), Sealed: true})
	require.ErrorIs(t, err, ErrNoSealing)
}

func TestSessionsAreRenewed(t *testing.T) {
	m := newEcho(t, 1, 10)
	c, _ := newClient(t, m)
	ask := func() any {
		_, err := c.Call(t.Context(), m.Miner, Request{Path: "/v1/x", Body: []byte(`{}`)})
		require.NoError(t, err)
		return m.from.Load()
	}
	first := ask()
	require.Equal(t, first, ask(), "one session for many calls")
	c.sessions.renewAt = time.Now().Add(-time.Second)
	require.NotEqual(t, first, ask())
}

func TestPricedMinersNeedAPayer(t *testing.T) {
	m := newEcho(t, 1, 10)
	m.Price = wire.Price{PerRequest: 5}
	c, _ := newClient(t, m)
	_, err := c.Call(t.Context(), m.Miner, Request{Path: "/v1/x", Body: []byte(`{}`)})
	require.ErrorIs(t, err, ErrPriced)
	require.Zero(t, m.calls.Load())

	paying := &fakePayer{}
	c.payer = paying
	a, err := c.Call(t.Context(), m.Miner, Request{Path: "/v1/x", Body: []byte(`{"a":1}`), MaxCost: 9, Sealed: true, Version: 4})
	require.ErrorIs(t, err, payer.ErrBudget)
	require.Nil(t, a)
	require.Equal(t, payer.Terms{Price: m.Price, Plain: []byte(`{"a":1}`), MaxCost: 9, Version: 4}, paying.terms, "the cost is bounded by the body in the clear")
}

type fakePayer struct{ terms payer.Terms }

func (p *fakePayer) Do(_ context.Context, _ wire.Call, t payer.Terms) (*wire.Reply, payer.Paid, error) {
	p.terms = t
	return nil, payer.Paid{}, payer.ErrBudget
}

func (p *fakePayer) Stream(context.Context, wire.Call, payer.Terms, func([]byte) error) (*wire.Reply, payer.Paid, error) {
	return nil, payer.Paid{}, payer.ErrBudget
}

func TestConfigIsJudged(t *testing.T) {
	keys, err := chain.NewMemoryKeyring()
	require.NoError(t, err)
	for name, cfg := range map[string]Config{
		"nobody":       {},
		"both":         {Keyring: keys, Key: "a", Session: &wire.Session{}},
		"session-pays": {Session: &wire.Session{}, Home: "x"},
	} {
		_, err := Dial(t.Context(), cfg)
		require.ErrorIs(t, err, ErrConfig, name)
	}
}
