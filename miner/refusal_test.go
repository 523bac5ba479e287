package miner

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task/langid"
	"github.com/agon-chain/agon/wire"
)

const question = `{"text":"Alle Menschen sind frei und gleich an Würde und Rechten geboren."}`

func requireJSON(t testing.TB, body []byte, into any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(body, into), "%s", body)
}

func TestRefusalsHaveStatusAndShape(t *testing.T) {
	b := start(t, nil)
	for _, tc := range []struct {
		name   string
		make   func() *http.Request
		status int
		code   string
	}{
		{"bad-signature", func() *http.Request {
			r := b.signed(question, wire.Header{})
			r.Header.Set(wire.HeaderSignature, strings.Repeat("A", 86))
			return r
		}, 401, "bad_signature"},
		{"body-not-signed", func() *http.Request {
			r, other := b.signed(question, wire.Header{}), b.signed(`{"text":"other"}`, wire.Header{})
			other.Header = r.Header
			return other
		}, 401, "bad_signature"},
		{"no-signature", func() *http.Request {
			r := b.signed(question, wire.Header{})
			r.Header.Del(wire.HeaderSignature)
			return r
		}, 401, "missing_header"},
		{"twice-given-header", func() *http.Request {
			r := b.signed(question, wire.Header{})
			r.Header.Add(wire.HeaderTag, r.Header.Get(wire.HeaderTag))
			return r
		}, 400, "malformed_header"},
		{"stale", func() *http.Request { return b.signed(question, wire.Header{Time: time.Now().Add(-2 * time.Minute)}) }, 401, "stale_request"},
		{"expired", func() *http.Request {
			r := b.signed(question, wire.Header{Time: time.Now(), Expiry: time.Now().Add(20 * time.Millisecond)})
			time.Sleep(25 * time.Millisecond) // on its way
			return r
		}, 401, "expired_request"},
		{"session-forged-of-one-that-is-known", func() *http.Request {
			status, _, body := b.send(b.signed(question, wire.Header{}))
			require.Equal(t, 200, status, "%s", body)
			r := b.signed(question, wire.Header{})
			c, err := wire.ParseCertificate(r.Header.Get(wire.HeaderSession))
			require.NoError(t, err)
			c.Signature[7] ^= 1 // which the request's own signature does not cover
			r.Header.Set(wire.HeaderSession, c.String())
			return r
		}, 401, "bad_session_signature"},
		{"future", func() *http.Request { return b.signed(question, wire.Header{Time: time.Now().Add(20 * time.Second)}) }, 401, "request_from_future"},
		{"long-expiry", func() *http.Request {
			return b.signed(question, wire.Header{Time: time.Now(), Expiry: time.Now().Add(time.Hour)})
		}, 400, "expiry_out_of_bounds"},
		{"wrong-recipient", func() *http.Request { return b.signed(question, wire.Header{To: addressOf(t, 99).String()}) }, 421, "wrong_recipient"},
		{"oversize", func() *http.Request { return b.signed(strings.Repeat("x", langid.MaxRequestBytes+1), wire.Header{}) }, 413, "body_too_large"},
		{"oversize-without-length", func() *http.Request {
			r := b.signed(strings.Repeat("x", langid.MaxRequestBytes+1), wire.Header{})
			r.ContentLength = -1
			return r
		}, 413, "body_too_large"},
		{"other-content-type", func() *http.Request {
			r := b.signed(question, wire.Header{})
			r.Header.Set("Content-Type", "text/plain")
			return r
		}, 415, "unsupported_content_type"},
		{"compressed", func() *http.Request {
			r := b.signed(question, wire.Header{})
			r.Header.Set("Content-Encoding", "gzip")
			return r
		}, 415, "unsupported_content_encoding"},
		{"unknown-route", func() *http.Request {
			r := b.signed(question, wire.Header{})
			r.URL.Path = "/v1/chat/completions"
			return r
		}, 404, "unknown_route"},
		{"wrong-method", func() *http.Request {
			r := b.signed(question, wire.Header{})
			r.Method = http.MethodPut
			return r
		}, 405, "method_not_allowed"},
		{"metrics-are-private", func() *http.Request {
			r, err := http.NewRequest(http.MethodGet, b.url+"/metrics", nil)
			require.NoError(t, err)
			return r
		}, 404, "unknown_route"},
		{"bad-json", func() *http.Request { return b.signed(`{"text":`, wire.Header{}) }, 400, "invalid_request"},
		{"empty-text", func() *http.Request { return b.signed(`{"text":""}`, wire.Header{}) }, 400, "invalid_request"},
		{"unknown-field", func() *http.Request { return b.signed(`{"text":"a","model":"b"}`, wire.Header{}) }, 400, "invalid_request"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, header, body := b.send(tc.make())
			requireAPIError(t, status, header, body, tc.status, tc.code)
		})
	}
	t.Run("field-is-named", func(t *testing.T) {
		_, err := b.ask(b.call(`{"text":""}`))
		api := isAPI(t, err, 400, "invalid_request")
		require.NotNil(t, api.Param)
		require.Equal(t, "text", *api.Param)
	})
	t.Run("still-serves", func(t *testing.T) {
		reply, err := b.ask(b.call(question))
		require.NoError(t, err)
		require.Contains(t, string(reply.Body), `"deu"`)
	})
}

func TestReplay(t *testing.T) {
	b := start(t, nil)
	first := b.signed(question, wire.Header{})
	again := func() *http.Request {
		r, err := http.NewRequest(http.MethodPost, first.URL.String(), bytes.NewReader([]byte(question)))
		require.NoError(t, err)
		r.Header = first.Header.Clone()
		return r
	}
	status, _, body := b.send(again())
	require.Equal(t, 200, status, "%s", body)
	status, header, body := b.send(again())
	requireAPIError(t, status, header, body, 409, "replayed_request")

	t.Run("after-restart", func(t *testing.T) {
		time.Sleep(5 * time.Millisecond)
		restarted := start(t, nil)
		r := again()
		r.URL.Host, r.Host = strings.TrimPrefix(restarted.url, "http://"), strings.TrimPrefix(restarted.url, "http://")
		status, header, body := restarted.send(r)
		requireAPIError(t, status, header, body, 401, "stale_request")
	})

	t.Run("dated-ahead-before-restart", func(t *testing.T) {
		// A request dated as far ahead as is allowed is the latest that an earlier process can have answered.
		const skew = 300 * time.Millisecond
		ahead := b.signed(question, wire.Header{Time: time.Now().Add(skew - 20*time.Millisecond)})
		restarted := start(t, func(o *Options) { o.Config.MaxSkew = skew })
		ahead.URL.Host, ahead.Host = strings.TrimPrefix(restarted.url, "http://"), strings.TrimPrefix(restarted.url, "http://")
		status, header, body := restarted.send(ahead)
		requireAPIError(t, status, header, body, 401, "stale_request")
	})
}

func TestCallersBalance(t *testing.T) {
	b := start(t, nil)
	poor := b.call(question)
	poor.Session = b.newSession(2)
	poorAddress := addressOf(t, 2).String()

	_, err := b.ask(poor)
	api := isAPI(t, err, 402, "insufficient_balance")
	require.Equal(t, "insufficient_quota", api.Type)
	require.Contains(t, api.Message, "0.000001 AGON")

	t.Run("funded-callers-are-cached", func(t *testing.T) {
		_, err := b.ask(b.call(question))
		require.NoError(t, err)
		b.chain.set(func(f *fakeChain) { f.asked = 0 })
		for range 5 {
			_, err := b.ask(b.call(question))
			require.NoError(t, err)
		}
		require.Zero(t, b.chain.askedCount())
	})
	t.Run("fails-closed-without-chain", func(t *testing.T) {
		b.chain.set(func(f *fakeChain) { f.down = errors.New("connection refused by 10.1.2.3") })
		defer b.chain.set(func(f *fakeChain) { f.down = nil })
		stranger := b.call(question)
		stranger.Session = b.newSession(3)
		b.chain.set(func(f *fakeChain) { f.balances[addressOf(t, 3).String()] = needed })
		reply, err := b.ask(stranger)
		api := isAPI(t, err, 503, "chain_unavailable")
		require.NotEmpty(t, reply.Header.Get("Retry-After"))
		require.NotContains(t, api.Message, "10.1.2.3", "what the node said is the operator's affair")

		_, err = b.ask(b.call(question))
		require.NoError(t, err, "who is known stays served")
	})
	t.Run("funded-later", func(t *testing.T) {
		b.chain.set(func(f *fakeChain) { f.balances[poorAddress] = needed })
		require.Eventually(t, func() bool { _, err := b.ask(poor); return err == nil }, 5*time.Second, 200*time.Millisecond)
	})
	t.Run("subnet-raises-the-bar", func(t *testing.T) {
		b.chain.set(func(f *fakeChain) { f.subnet.MinCallerBalance = 10 * needed })
		require.Eventually(t, func() bool {
			_, err := b.ask(b.call(question))
			api, ok := errors.AsType[*wire.APIError](err)
			return ok && api.Status == 402
		}, 5*time.Second, 50*time.Millisecond)
	})
}

func TestPoorCallersDoNotPushOutFundedOnes(t *testing.T) {
	f := newFakeChain()
	now := time.Unix(1_800_000_000, 0)
	b, err := newBalances(f, 4, time.Minute, time.Hour, func() time.Time { return now }, newMetrics())
	require.NoError(t, err)
	f.balances["rich"] = needed
	require.NoError(t, b.check(t.Context(), "rich", needed))
	for i := range 100 {
		require.Error(t, b.check(t.Context(), "made-up-"+string(rune('a'+i)), needed))
	}
	f.asked = 0
	require.NoError(t, b.check(t.Context(), "rich", needed))
	require.Zero(t, f.asked)
	require.LessOrEqual(t, b.poor.Len(), 4)

	f.down = errors.New("down")
	now = now.Add(59 * time.Minute)
	require.NoError(t, b.check(t.Context(), "rich", needed), "stale but within its bound")
	now = now.Add(2 * time.Minute)
	isAPI(t, b.check(t.Context(), "rich", needed), 503, "chain_unavailable")
	require.NoError(t, b.check(t.Context(), "anyone", 0), "a subnet that wants no balance asks for none")
}

func TestRatePerCaller(t *testing.T) {
	b := start(t, func(o *Options) { o.Config.Rate, o.Config.Burst = 0.01, 3 })
	for range 3 {
		_, err := b.ask(b.call(question))
		require.NoError(t, err)
	}
	reply, err := b.ask(b.call(question))
	isAPI(t, err, 429, "rate_limited")
	after, err := strconv.Atoi(reply.Header.Get("Retry-After"))
	require.NoError(t, err)
	require.InDelta(t, 100, after, 30, "one request in a hundred seconds")

	other := b.call(question)
	other.Session = b.newSession(4)
	b.chain.set(func(f *fakeChain) { f.balances[addressOf(t, 4).String()] = needed })
	_, err = b.ask(other)
	require.NoError(t, err, "callers are limited on their own")
}
