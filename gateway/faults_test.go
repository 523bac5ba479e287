package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	openai "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway"
	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/wire"
)

// order names miners in the order in which they are tried.
func order(hotkeys ...string) option.RequestOption {
	return option.WithJSONSet("provider", map[string]any{"order": hotkeys})
}

func TestAnotherMinerAnswersBeforeTheFirstByteAndNoneAfter(t *testing.T) {
	m := newMarket()
	broken := errors.New("out of order")
	bad := &speaker{name: "bad", before: func(context.Context, []byte) error { return broken }}
	breaks := &speaker{name: "breaks", after: func(_ context.Context, n int) error {
		if n == 2 {
			return broken
		}
		return nil
	}}
	good := &speaker{name: "good"}
	first, mid, last := m.mine(t, 1, bad, wire.Price{}), m.mine(t, 2, breaks, wire.Price{}), m.mine(t, 3, good, wire.Price{})
	g := open(t, m, nil)

	r, err := g.client.Chat.Completions.New(t.Context(), hello(), order(first.hotkey, last.hotkey))
	require.NoError(t, err)
	require.Equal(t, "good", r.Model)
	require.Equal(t, int64(1), bad.calls.Load())
	_, err = g.client.Chat.Completions.New(t.Context(), hello(), option.WithJSONSet("provider", map[string]any{"order": []string{first.hotkey}, "allow_fallbacks": false}))
	code(t, err, http.StatusInternalServerError, "internal_error")

	// Once a word has come, another miner's words would make a text that nobody said.
	before := good.calls.Load()
	events := g.client.Chat.Completions.NewStreaming(t.Context(), hello(), order(mid.hotkey, last.hotkey))
	text := ""
	for events.Next() {
		for _, c := range events.Current().Choices {
			text += c.Delta.Content
		}
	}
	require.Equal(t, "w0 w1 ", text)
	require.ErrorContains(t, events.Err(), "server failed to answer")
	require.Equal(t, before, good.calls.Load())

	t.Run("circuit", func(t *testing.T) {
		for range 3 {
			_, err = g.client.Chat.Completions.New(t.Context(), hello(), order(first.hotkey, last.hotkey))
			require.NoError(t, err)
		}
		asked := bad.calls.Load()
		for range 5 {
			_, err = g.client.Chat.Completions.New(t.Context(), hello(), order(first.hotkey, last.hotkey))
			require.NoError(t, err)
		}
		require.Equal(t, asked, bad.calls.Load(), "who failed three times in a row is left alone for a while")
		_, err = g.client.Chat.Completions.New(t.Context(), hello(), option.WithJSONSet("provider", map[string]any{"only": []string{first.hotkey}}))
		require.NotEmpty(t, code(t, err, http.StatusServiceUnavailable, "no_healthy_miner").Response.Header.Get("Retry-After"))
	})
}

func TestMinerThatDiesMidStream(t *testing.T) {
	m := newMarket()
	var victim atomic.Pointer[net.TCPConn]
	s := &speaker{name: "m", after: func(ctx context.Context, n int) error {
		if n == 3 {
			time.Sleep(100 * time.Millisecond) // what was said is on its way
			victim.Load().SetLinger(0)
			victim.Load().Close()
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}}
	one := m.mine(t, 1, s, wire.Price{})
	// A wire in front of it that can be cut, as by a machine that dies.
	cut := cutter(t, one.url, &victim)
	g := open(t, m, func(o *gateway.Options) { o.Source = moved{m, one.hotkey, cut} })
	p := hello()
	p.MaxTokens = openai.Int(50)
	events := g.client.Chat.Completions.NewStreaming(t.Context(), p)
	text := ""
	for events.Next() {
		for _, c := range events.Current().Choices {
			text += c.Delta.Content
		}
	}
	require.Equal(t, "w0 w1 w2 ", text)
	require.ErrorContains(t, events.Err(), "what came is not all")
}

// moved puts a miner at another address.
type moved struct {
	directory.Source
	hotkey, url string
}

func (s moved) Read(ctx context.Context) (*directory.View, error) {
	v, err := s.Source.Read(ctx)
	if err == nil {
		for _, m := range v.Miners {
			if m.Hotkey == s.hotkey {
				m.URL = s.url
			}
		}
	}
	return v, err
}

// cutter relays connections and shows the caller's side of the latest.
func cutter(t *testing.T, to string, latest *atomic.Pointer[net.TCPConn]) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			latest.Store(in.(*net.TCPConn))
			out, err := net.Dial("tcp", strings.TrimPrefix(to, "http://"))
			if err != nil {
				in.Close()
				continue
			}
			go func() { _, _ = io.Copy(out, in); out.Close() }()
			go func() { _, _ = io.Copy(in, out); in.Close() }()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
		if c := latest.Load(); c != nil {
			c.Close()
		}
	})
	return "http://" + l.Addr().String()
}

func TestCallerThatLeavesEndsTheMinersWork(t *testing.T) {
	m := newMarket()
	s := &speaker{name: "m", after: func(ctx context.Context, _ int) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
			return nil
		}
	}}
	m.mine(t, 1, s, wire.Price{})
	g := open(t, m, nil)
	ctx, cancel := context.WithCancel(t.Context())
	p := hello()
	p.MaxTokens = openai.Int(2000)
	events := g.client.Chat.Completions.NewStreaming(ctx, p)
	require.True(t, events.Next())
	cancel()
	require.Eventually(t, func() bool { return s.gone.Load() > 0 }, 3*time.Second, 5*time.Millisecond)
	events.Close()
}

func TestNodeAway(t *testing.T) {
	m := newMarket()
	m.mine(t, 1, &speaker{name: "m"}, wire.Price{})
	g := open(t, m, func(o *gateway.Options) { o.Config.StaleAfter = time.Second })
	m.set(func(m *market) { m.down = errDown })
	require.Eventually(t, func() bool {
		r, text := g.post("/v1/chat/completions", `{"model":"1","messages":[{"role":"user","content":"x"}]}`)
		require.Equal(t, http.StatusOK, r.StatusCode, text)
		return r.Header.Get("Agon-View-Age") != ""
	}, 3*time.Second, 20*time.Millisecond, "it serves on, and says so")
	r, err := g.http.Get(g.url + "/readyz")
	require.NoError(t, err)
	b, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	r.Body.Close()
	require.Equal(t, http.StatusOK, r.StatusCode)
	require.Contains(t, string(b), "no node answers")
	m.set(func(m *market) { m.down = nil })
	require.Eventually(t, func() bool {
		r, _ := g.post("/v1/chat/completions", `{"model":"1","messages":[{"role":"user","content":"x"}]}`)
		return r.Header.Get("Agon-View-Age") == ""
	}, 3*time.Second, 20*time.Millisecond)
	require.Equal(t, 1, strings.Count(g.logs.String(), "serving from the last view"), "what lasts is said once")
}

func TestBadInput(t *testing.T) {
	m := newMarket()
	s := &speaker{name: "m"}
	m.mine(t, 1, s, wire.Price{})
	g := open(t, m, func(o *gateway.Options) { o.Config.MaxBody = 2048 })
	const chat = "/v1/chat/completions"
	for name, tc := range map[string]struct {
		path, body string
		header     []string
		status     int
		code       string
	}{
		"not-json":         {chat, `{"model":`, nil, 400, "invalid_json"},
		"a-list":           {chat, `[]`, nil, 400, "invalid_json"},
		"twice":            {chat, `{"model":"1","model":"2"}`, nil, 400, "invalid_json"},
		"oversized":        {chat, `{"model":"1","x":"` + strings.Repeat("a", 2048) + `"}`, nil, 413, "body_too_large"},
		"wrong-type":       {chat, `{}`, []string{"Content-Type", "text/plain"}, 415, "unsupported_content_type"},
		"no-type":          {chat, `{}`, []string{"Content-Type", ""}, 415, "unsupported_content_type"},
		"compressed":       {chat, `{}`, []string{"Content-Encoding", "gzip"}, 415, "unsupported_content_encoding"},
		"stream-as-text":   {chat, `{"model":"1","stream":"yes"}`, nil, 400, "invalid_request"},
		"model-as-number":  {chat, `{"model":1}`, nil, 400, "invalid_request"},
		"no-key":           {chat, `{}`, []string{"Authorization", ""}, 401, "invalid_api_key"},
		"basic":            {chat, `{}`, []string{"Authorization", "Basic eA=="}, 401, "invalid_api_key"},
		"unknown-route":    {"/v1/images/generations", `{}`, nil, 404, "unknown_route"},
		"long-route":       {"/v1/" + strings.Repeat("x", 4000), `{}`, nil, 404, "unknown_route"},
		"get-only":         {"/v1/models", `{}`, nil, 405, "method_not_allowed"},
		"sealed-and-short": {chat, `x`, []string{"Content-Type", wire.ContentTypeSealed}, 400, "bad_sealed_body"},
		"ensemble-of-one":  {chat, `{"model":"1","agon":{"ensemble":{"of":1,"by":"vote"}}}`, nil, 400, "invalid_request"},
		"bad-tag":          {chat, `{"model":"1"}`, []string{wire.HeaderTag, "x"}, 400, "malformed_header"},
		"bad-provider":     {chat, `{"model":"1"}`, []string{"Agon-Provider", "x"}, 400, "invalid_routing"},
		"max-price":        {chat, `{"model":"1","provider":{"max_price":{"prompt":-1}}}`, nil, 400, "invalid_routing"},
	} {
		t.Run(name, func(t *testing.T) {
			r, text := g.post(tc.path, tc.body, tc.header...)
			require.Equal(t, tc.status, r.StatusCode, text)
			require.Contains(t, text, fmt.Sprintf(`"code":%q`, tc.code))
			require.Contains(t, text, `"message":"`)
			require.NotEmpty(t, r.Header.Get("X-Request-Id"))
		})
	}
	require.Zero(t, s.calls.Load())
}

// Connections that send a header byte by byte, for ever, are cut off when a header's time is over, and meanwhile callers are answered as without them.
func TestSlowLoris(t *testing.T) {
	t.Parallel()
	s := &speaker{name: "a"}
	m := newMarket()
	m.mine(t, 1, s, wire.Price{})
	g := open(t, m, nil)
	const lorises = 200
	var gone atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range lorises {
		all.Go(func() {
			c, err := net.Dial("tcp", strings.TrimPrefix(g.url, "http://"))
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			if _, err := io.WriteString(c, "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nX-A: "); err != nil {
				t.Error(err)
				return
			}
			// A byte now and then keeps it alive for a server that only looks at how long nothing came.
			for time.Since(began) < 15*time.Second {
				if _, err := io.WriteString(c, "a"); err != nil {
					gone.Add(1)
					return
				}
				time.Sleep(100 * time.Millisecond)
			}
		})
	}
	asked := 0
	for ; time.Since(began) < 2*time.Second; asked++ {
		r, text := g.post("/v1/chat/completions", `{"model":"1","messages":[{"role":"user","content":"Who is there?"}]}`)
		require.Equal(t, http.StatusOK, r.StatusCode, text)
	}
	require.Zero(t, gone.Load(), "they were all there while callers were answered")
	require.Equal(t, int64(asked), s.calls.Load())
	all.Wait()
	require.Equal(t, int64(lorises), gone.Load())
	require.Less(t, time.Since(began), 10*time.Second, "whoever sends a header for ever is cut off")
}

// What a chain says of miners' addresses is the word of strangers.
func TestHostileMiners(t *testing.T) {
	var reached atomic.Int64
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer inner.Close()
	redirect := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, inner.URL, http.StatusTemporaryRedirect)
	}))
	defer redirect.Close()
	flood := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 1000 {
			if _, err := w.Write(make([]byte, 10_000)); err != nil {
				return
			}
		}
	}))
	defer flood.Close()
	unsigned := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"choices":[{"message":{"content":"trust me"}}]}`)
	}))
	defer unsigned.Close()
	service, err := wire.ServiceKeyFromSeed(seed(9))
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(inner.Listener.Addr().String())
	require.NoError(t, err)
	at := func(url string) *market {
		m := newMarket()
		m.extra = []*directory.Miner{{Netuid: chatNet, UID: 1, Hotkey: addressOf(t, 9).String(), URL: url, ServiceKey: service.Public()}}
		return m
	}
	for name, tc := range map[string]struct {
		url     string
		private bool
		status  int
		code    string
	}{
		"loopback":   {inner.URL, false, 502, "miner_unreachable"},
		"metadata":   {"http://169.254.169.254:80", false, 502, "miner_unreachable"},
		"name":       {"http://localhost:" + port, false, 502, "miner_unreachable"},
		"anywhere":   {"http://0.0.0.0:" + port, false, 502, "miner_unreachable"},
		"mapped":     {"http://[::ffff:127.0.0.1]:" + port, false, 502, "miner_unreachable"},
		"translated": {"http://[64:ff9b::7f00:1]:" + port, false, 502, "miner_unreachable"},
		"number":     {"http://2130706433:" + port, false, 502, "miner_unreachable"},
		"octal":      {"http://0177.0.0.1:" + port, false, 502, "miner_unreachable"},
		"redirect":   {redirect.URL, true, 502, ""},
		"too-large":  {flood.URL, true, 502, "miner_unreachable"},
		"no-receipt": {unsigned.URL, true, 502, "receipt_invalid"},
		"nobody":     {"http://127.0.0.1:1", true, 502, "miner_unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			g := open(t, at(tc.url), func(o *gateway.Options) { o.Config.AllowPrivate, o.Config.MaxReply = tc.private, 100_000 })
			r, text := g.post("/v1/chat/completions", `{"model":"1","messages":[]}`)
			require.GreaterOrEqual(t, r.StatusCode, 500, text)
			if tc.code != "" {
				require.Equal(t, tc.status, r.StatusCode, text)
				require.Contains(t, text, tc.code)
			}
			require.NotContains(t, text, "127.0.0.1", "addresses are the operator's to know")
			require.NotContains(t, text, "trust me")
			require.Zero(t, reached.Load())
		})
	}
}

func TestPaidCallsAreChargedWhatTheyCost(t *testing.T) {
	m := newMarket()
	price := wire.Price{PerRequest: 1000, PerMillionInput: 2_000_000, PerMillionOutput: 10_000_000}
	m.mine(t, 1, &speaker{name: "m"}, price)
	g := open(t, m, nil)
	var raw *http.Response
	r, err := g.client.Chat.Completions.New(t.Context(), hello(), option.WithResponseInto(&raw))
	require.NoError(t, err, "%s", fmt.Sprint(err, g.logs))
	cost, err := price.Cost(uint32(r.Usage.PromptTokens), uint32(r.Usage.CompletionTokens))
	require.NoError(t, err)
	require.Equal(t, fmt.Sprint(cost), raw.Header.Get("Agon-Cost"))
	p := hello()
	p.MaxTokens = openai.Int(700) // three chunks
	events := g.client.Chat.Completions.NewStreaming(t.Context(), p)
	n := 0
	for events.Next() {
		n++
	}
	require.NoError(t, events.Err())
	require.GreaterOrEqual(t, n, 700)
	second, err := price.Cost(uint32(r.Usage.PromptTokens), 700)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		rows, err := g.ledger.Usage(t.Context(), keys.UsageFilter{})
		require.NoError(t, err)
		sum := uint64(0)
		for _, row := range rows {
			sum += row.Cost
		}
		return sum == cost+second
	}, 3*time.Second, 20*time.Millisecond, "the customer pays to the nagon what the miner was paid")

	t.Run("too-dear", func(t *testing.T) {
		_, err := g.client.Chat.Completions.New(t.Context(), hello(), option.WithJSONSet("provider", map[string]any{"max_price": map[string]any{"request": 999}}))
		code(t, err, http.StatusNotFound, "no_miner_allowed")
	})
	t.Run("budget", func(t *testing.T) {
		made, err := g.ledger.CreateKey(t.Context(), keys.NewKey{Customer: g.key.Customer, Name: "poor", Scope: keys.Scope{Budget: keys.Budget{Period: keys.Day, Amount: 1500}, RequestsPerMinute: 100}})
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			_, err = g.client.Models.List(t.Context(), option.WithAPIKey(string(made.Secret)))
			return err == nil
		}, 3*time.Second, 50*time.Millisecond)
		p := hello()
		p.MaxTokens = openai.Int(500)
		_, err = g.client.Chat.Completions.New(t.Context(), p, option.WithAPIKey(string(made.Secret)))
		code(t, err, http.StatusPaymentRequired, "budget_exceeded")
		p.MaxTokens = openai.Int(4)
		_, err = g.client.Chat.Completions.New(t.Context(), p, option.WithAPIKey(string(made.Secret)), option.WithResponseInto(&raw))
		require.NoError(t, err)
		require.Equal(t, "100", raw.Header.Get("X-Ratelimit-Limit-Requests"))
		require.NotEmpty(t, raw.Header.Get("X-Ratelimit-Remaining-Requests"))
	})
}

func TestEnsembles(t *testing.T) {
	m := newMarket()
	var all []*speaker
	for i := range byte(3) {
		s := &speaker{name: fmt.Sprint("m", i)}
		all = append(all, s)
		m.mine(t, i+1, s, wire.Price{})
	}
	g := open(t, m, nil)
	r, text := g.post("/v1/chat/completions", `{"model":"1","max_tokens":2,"messages":[{"role":"user","content":"x"}],"agon":{"ensemble":{"of":3,"by":"vote"}}}`)
	require.Equal(t, http.StatusOK, r.StatusCode, text)
	require.Equal(t, "3 asked, 3 answered, 3 agree", r.Header.Get("Agon-Ensemble"))
	for _, s := range all {
		require.Equal(t, int64(1), s.calls.Load())
		require.NotContains(t, string(s.last()), "ensemble")
	}
}

// A miner that does not know what the gateway adds is asked without it, and one that does not know what the caller asks for is passed by.
func TestMinersThatKnowLess(t *testing.T) {
	m := newMarket()
	plain := &speaker{name: "plain", refuses: []string{"logprobs", "tools"}}
	rich := &speaker{name: "rich"}
	a, b := m.mine(t, 1, plain, wire.Price{}), m.mine(t, 2, rich, wire.Price{})
	g := open(t, m, nil)
	r, err := g.client.Chat.Completions.New(t.Context(), hello(), order(a.hotkey, b.hotkey))
	require.NoError(t, err)
	require.Equal(t, "plain", r.Model)
	p := hello()
	p.Tools = []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(openai.FunctionDefinitionParam{Name: "weather"})}
	r, err = g.client.Chat.Completions.New(t.Context(), p, order(a.hotkey, b.hotkey))
	require.NoError(t, err)
	require.Equal(t, int64(1), rich.calls.Load())
	require.NotEmpty(t, r.Choices[0].Message.ToolCalls)
}

func TestSlowMinersAreHedged(t *testing.T) {
	m := newMarket()
	slow := &speaker{name: "slow", before: func(ctx context.Context, _ []byte) error {
		<-ctx.Done()
		return ctx.Err()
	}}
	a, b := m.mine(t, 1, slow, wire.Price{}), m.mine(t, 2, &speaker{name: "fast"}, wire.Price{})
	g := open(t, m, func(o *gateway.Options) { o.Config.HedgeAfter = 50 * time.Millisecond })
	r, err := g.client.Chat.Completions.New(t.Context(), hello(), order(a.hotkey, b.hotkey))
	require.NoError(t, err)
	require.Equal(t, "fast", r.Model)
	require.Eventually(t, func() bool { return slow.gone.Load() == 1 }, 3*time.Second, 5*time.Millisecond, "who came second need not go on")
}
