package gateway_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway"
	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/wire"
)

// asker is a validator as a gateway sees it.
type asker struct {
	t       *testing.T
	session *wire.Session
	key     wire.SealingKey
}

func newAsker(t *testing.T, n byte) asker {
	t.Helper()
	account, sign, err := wire.LocalAccount(seed(n))
	require.NoError(t, err)
	s, err := wire.NewSession(testChain, account, sign, wire.ScopeCall, chatNet, time.Now().Add(-time.Minute), time.Now().Add(time.Hour))
	require.NoError(t, err)
	return asker{t, s, wire.NewSealingKey()}
}

// request asks for all samples of the chat.
func (a asker) request(url, to string) *http.Request {
	a.t.Helper()
	public, err := a.key.Public()
	require.NoError(a.t, err)
	body, err := json.Marshal(wire.SampleQuery{Netuid: chatNet, SealTo: public[:]})
	require.NoError(a.t, err)
	r, err := http.NewRequestWithContext(a.t.Context(), http.MethodPost, url+wire.SamplesPath, bytes.NewReader(body))
	require.NoError(a.t, err)
	_, err = wire.Sign(r, body, testChain, a.session, wire.Header{Tag: wire.RandomTag(), Time: time.Now(), Expiry: time.Now().Add(time.Minute), To: to})
	require.NoError(a.t, err)
	return r
}

// send returns the status, and what was sent unopened.
func (a asker) send(s *stand, r *http.Request) (int, []byte) {
	a.t.Helper()
	resp, err := s.http.Do(r)
	require.NoError(a.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(a.t, err)
	return resp.StatusCode, raw
}

func (a asker) samples(s *stand) []wire.KeptSample {
	a.t.Helper()
	status, raw := a.send(s, a.request(s.url, addressOf(a.t, 250).String()))
	require.Equal(a.t, http.StatusOK, status, string(raw))
	plain, _, err := wire.OpenRequest(a.key, wire.SealBinding(testChain, a.session.Address, http.MethodPost, wire.SamplesPath), raw)
	require.NoError(a.t, err)
	var page wire.SamplePage
	require.NoError(a.t, json.Unmarshal(plain, &page))
	return page.Samples
}

func (s *stand) sampleFiles() int {
	entries, err := os.ReadDir(filepath.Join(s.home, "samples"))
	if os.IsNotExist(err) {
		return 0
	}
	require.NoError(s.t, err)
	return len(entries)
}

func consenting(t *testing.T, m *market, change func(*gateway.Config)) *stand {
	return open(t, m, func(o *gateway.Options) {
		o.Config.SampleValidators, o.Config.SampleShare, o.Config.RefreshEvery = addressOf(t, 60).String()+", "+addressOf(t, 61).String(), 1, 100*time.Millisecond
		if change != nil {
			change(&o.Config)
		}
	})
}

func TestSamplesAreOfThoseWhoAgree(t *testing.T) {
	m := newMarket()
	llama := &speaker{name: "llama@2", version: wire.Hash{7}}
	one := m.mine(t, 1, llama, wire.Price{})
	g := consenting(t, m, nil)
	ask := func(secret, text string, header ...string) {
		opts := []option.RequestOption{option.WithAPIKey(secret)}
		for i := 0; i+1 < len(header); i += 2 {
			opts = append(opts, option.WithHeader(header[i], header[i+1]))
		}
		p := hello()
		p.Messages[0].OfUser.Content.OfString.Value = text
		_, err := g.client.Chat.Completions.New(t.Context(), p, opts...)
		require.NoError(t, err)
	}
	agrees, err := g.ledger.CreateKey(t.Context(), keys.NewKey{Customer: g.key.Customer, Name: "agrees", Scope: keys.Scope{ScoreSample: true}})
	require.NoError(t, err)
	yes, no := string(agrees.Secret), g.secret

	require.Eventually(t, func() bool {
		r, _ := g.post("/v1/embeddings", `{}`, "Authorization", "Bearer "+yes)
		return r.StatusCode != http.StatusUnauthorized
	}, 10*time.Second, 10*time.Millisecond, "the gateway looks for new keys every now and then")
	ask(no, "silent")
	ask(yes, "not this one", "Agon-Sample", "0")
	require.Zero(t, g.sampleFiles(), "nobody agreed")
	ask(yes, "agreed by its key")
	ask(no, "agreed by the call", "Agon-Sample", "1")
	require.Equal(t, 2, g.sampleFiles())
	r, text := g.post("/v1/chat/completions", `{"model":"1","messages":[{"role":"user","content":"x"}]}`, "Agon-Sample", "perhaps")
	require.Equal(t, http.StatusBadRequest, r.StatusCode)
	require.Contains(t, text, "Agon-Sample")

	events := g.client.Chat.Completions.NewStreaming(t.Context(), hello(), option.WithHeader("Agon-Sample", "1"))
	for events.Next() {
	}
	require.NoError(t, events.Err())

	validator := newAsker(t, 60)
	got := validator.samples(g)
	require.Len(t, got, 3)
	service, err := wire.ServiceKeyFromSeed(seed(1))
	require.NoError(t, err)
	for i, words := range []string{"agreed by its key", "agreed by the call", "hello there"} {
		receipt, err := got[i].Verify(testChain, chatNet, service.Public())
		require.NoError(t, err)
		require.Equal(t, wire.Hash{7}, receipt.ModelVersion)
		require.Equal(t, one.hotkey, got[i].To)
		require.Equal(t, addressOf(t, 250).String(), got[i].From, "the gateway's account and not the customer's")
		require.Contains(t, string(got[i].Question), words)
	}
	require.Contains(t, string(got[2].Answer), "data: {", "of a stream, its events")
	for _, secret := range []string{"hello there", "agreed by", "w0"} {
		require.NotContains(t, g.logs.String(), secret, "no log has a word of them")
	}
}

func TestSamplesAreForThoseWhoAreNamed(t *testing.T) {
	m := newMarket()
	m.mine(t, 1, &speaker{name: "m"}, wire.Price{})
	g := consenting(t, m, nil)
	r, _ := g.post("/v1/chat/completions", `{"model":"1","messages":[{"role":"user","content":"a secret of mine"}]}`, "Agon-Sample", "1")
	require.Equal(t, http.StatusOK, r.StatusCode)
	gate := addressOf(t, 250).String()
	require.Len(t, newAsker(t, 61).samples(g), 1, "the other one that is named")

	stranger := newAsker(t, 62)
	status, raw := stranger.send(g, stranger.request(g.url, gate))
	require.Equal(t, http.StatusForbidden, status)
	require.Contains(t, string(raw), "not_a_named_validator")
	pretends := stranger.request(g.url, gate)
	pretends.Header.Set(wire.HeaderFrom, addressOf(t, 60).String())
	status, _ = stranger.send(g, pretends)
	require.Equal(t, http.StatusUnauthorized, status, "a name is not a signature")

	named := newAsker(t, 60)
	status, _ = named.send(g, named.request(g.url, addressOf(t, 1).String()))
	require.Equal(t, http.StatusMisdirectedRequest, status, "what was signed for a miner opens nothing here")
	q := named.request(g.url, gate)
	again := q.Clone(t.Context())
	again.Body, _ = q.GetBody()
	status, raw = named.send(g, q)
	require.Equal(t, http.StatusOK, status)
	require.NotContains(t, string(raw), "secret", "who carries it reads nothing")
	status, _ = named.send(g, again)
	require.Equal(t, http.StatusConflict, status)
	bad := named.request(g.url, gate)
	bad.Body, bad.GetBody, bad.ContentLength = io.NopCloser(strings.NewReader(`{"netuid":1}`)), nil, int64(len(`{"netuid":1}`))
	status, _ = named.send(g, bad)
	require.Equal(t, http.StatusUnauthorized, status)
}

func TestSamplesAreBoundedAndEnd(t *testing.T) {
	m := newMarket()
	m.mine(t, 1, &speaker{name: "m"}, wire.Price{})
	g := consenting(t, m, func(c *gateway.Config) { c.SampleKeep = 2 })
	for range 5 {
		r, _ := g.post("/v1/chat/completions", `{"model":"1","messages":[{"role":"user","content":"x"}]}`, "Agon-Sample", "1")
		require.Equal(t, http.StatusOK, r.StatusCode)
	}
	require.Equal(t, 2, g.sampleFiles())
	long := `{"model":"1","messages":[{"role":"user","content":"` + strings.Repeat("x", wire.MaxSample) + `"}]}`
	r, _ := g.post("/v1/chat/completions", long, "Agon-Sample", "1")
	require.Equal(t, http.StatusOK, r.StatusCode)
	for _, s := range newAsker(t, 60).samples(g) {
		require.Less(t, len(s.Question), wire.MaxSample, "what is too long is not kept")
	}
	g.stop()

	// With nobody named any more, what was kept goes, and nothing is kept or served.
	home := g.home
	g = open(t, m, func(o *gateway.Options) { o.Config.SampleDir = filepath.Join(home, "samples") })
	g.home = home
	require.Zero(t, g.sampleFiles())
	r, _ = g.post("/v1/chat/completions", `{"model":"1","messages":[{"role":"user","content":"x"}]}`, "Agon-Sample", "1")
	require.Equal(t, http.StatusOK, r.StatusCode)
	require.Zero(t, g.sampleFiles())
	named := newAsker(t, 60)
	status, _ := named.send(g, named.request(g.url, addressOf(t, 250).String()))
	require.Equal(t, http.StatusNotFound, status)
}
