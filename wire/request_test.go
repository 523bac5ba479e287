package wire_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/agon-chain/agon/wire"
	"github.com/stretchr/testify/require"
)

func TestVerifyAcceptsWhatSignSigned(t *testing.T) {
	s := session(t, 5, wire.ScopeCall, netuid)
	r, body, signed := signedRequest(t, s, nil)
	got, err := wire.Verify(r, body, now, policy(t))
	require.NoError(t, err)
	require.Equal(t, signed, got)
	require.Equal(t, s.Address, got.From)
	require.Equal(t, wire.BodyHash(body), got.QuestionHash)
}

func TestVerifyRefuses(t *testing.T) {
	ms := time.Millisecond
	for _, tc := range []struct {
		name   string
		header func(*wire.Header)
		after  func(*http.Request)
		body   string
		at     time.Duration
		policy func(*wire.RequestPolicy)
		want   error
		status int
	}{
		{name: "method-changed", after: func(r *http.Request) { r.Method = http.MethodPut }, want: wire.ErrSignature, status: 401},
		{name: "path-changed", after: func(r *http.Request) { r.URL.Path = "/v1/other" }, want: wire.ErrSignature, status: 401},
		{name: "query-changed", after: func(r *http.Request) { r.URL.RawQuery = "top=4" }, want: wire.ErrSignature, status: 401},
		{name: "body-changed", body: "{}", want: wire.ErrSignature, status: 401},
		{name: "tag-changed", after: func(r *http.Request) { r.Header.Set(wire.HeaderTag, wire.RandomTag().String()) }, want: wire.ErrSignature, status: 401},
		{name: "nonce-changed", after: func(r *http.Request) { r.Header.Set(wire.HeaderNonce, strings.Repeat("A", 22)) }, want: wire.ErrSignature, status: 401},
		{name: "expiry-changed", after: func(r *http.Request) { r.Header.Set(wire.HeaderExpiry, "1800000050000") }, want: wire.ErrSignature, status: 401},
		{name: "other-chain", policy: func(p *wire.RequestPolicy) { p.ChainID = "agon-2" }, want: wire.ErrSignature, status: 401},
		{name: "other-recipient", policy: func(p *wire.RequestPolicy) { p.To = "agon1other" }, want: wire.ErrRecipient, status: 421},
		{name: "other-sender", header: func(h *wire.Header) { h.From = minerAddress(t) }, want: wire.ErrSender, status: 401},
		{name: "session-of-other-subnet", policy: func(p *wire.RequestPolicy) { p.Netuid = 4 }, want: wire.ErrSessionScope, status: 403},
		{name: "session-too-long", policy: func(p *wire.RequestPolicy) { p.MaxSessionLife = time.Hour }, want: wire.ErrSessionTooLong, status: 401},
		{name: "oldest-allowed", at: 60 * time.Second, header: func(h *wire.Header) { h.Expiry = now.Add(2 * time.Minute) }},
		{name: "too-old", at: 60*time.Second + ms, header: func(h *wire.Header) { h.Expiry = now.Add(2 * time.Minute) }, want: wire.ErrStale, status: 401},
		{name: "furthest-ahead-allowed", at: -10 * time.Second},
		{name: "too-far-ahead", at: -10*time.Second - ms, want: wire.ErrFromFuture, status: 401},
		{name: "last-moment-before-expiry", at: time.Second - ms, header: func(h *wire.Header) { h.Expiry = now.Add(time.Second) }},
		{name: "expired", at: time.Second, header: func(h *wire.Header) { h.Expiry = now.Add(time.Second) }, want: wire.ErrExpired, status: 401},
		{name: "expiry-not-after-time", header: func(h *wire.Header) { h.Expiry = h.Time }, want: wire.ErrExpiryBounds, status: 400},
		{name: "expiry-too-far", header: func(h *wire.Header) { h.Expiry = now.Add(5*time.Minute + ms) }, want: wire.ErrExpiryBounds, status: 400},
		{name: "before-the-server-started", policy: func(p *wire.RequestPolicy) { p.NotBefore = now.Add(ms) }, want: wire.ErrStale, status: 401},
		{name: "header-missing", after: func(r *http.Request) { r.Header.Del(wire.HeaderNonce) }, want: wire.ErrMissingHeader, status: 401},
		{name: "header-twice", after: func(r *http.Request) { r.Header.Add(wire.HeaderTag, wire.RandomTag().String()) }, want: wire.ErrHeader, status: 400},
		{name: "tag-padded", after: func(r *http.Request) { r.Header.Set(wire.HeaderTag, r.Header.Get(wire.HeaderTag)+"=") }, want: wire.ErrHeader, status: 400},
		{name: "time-with-sign", after: func(r *http.Request) { r.Header.Set(wire.HeaderTime, "+1800000000123") }, want: wire.ErrHeader, status: 400},
		{name: "time-overflows", after: func(r *http.Request) { r.Header.Set(wire.HeaderTime, "99999999999999999999") }, want: wire.ErrHeader, status: 400},
		{name: "address-too-long", after: func(r *http.Request) { r.Header.Set(wire.HeaderTo, strings.Repeat("a", 91)) }, want: wire.ErrHeader, status: 400},
		{name: "path-too-long", after: func(r *http.Request) { r.URL.Path = "/" + strings.Repeat("a", 4096) }, want: wire.ErrHeader, status: 400},
		{name: "version", after: func(r *http.Request) { r.Header.Set(wire.HeaderVersion, "2") }, want: wire.ErrVersion, status: 400},
		{name: "session-garbled", after: func(r *http.Request) { r.Header.Set(wire.HeaderSession, "AAAA") }, want: wire.ErrSession, status: 401},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, body, _ := signedRequest(t, session(t, 5, wire.ScopeCall, netuid), tc.header)
			if tc.after != nil {
				tc.after(r)
			}
			if tc.body != "" {
				body = []byte(tc.body)
			}
			p := policy(t)
			if tc.policy != nil {
				tc.policy(&p)
			}
			_, err := wire.Verify(r, body, now.Add(tc.at), p)
			require.ErrorIs(t, err, tc.want)
			if tc.want != nil {
				require.Equal(t, tc.status, wire.StatusOf(err))
				require.Zero(t, p.Replay.Len(), "a refused request must not enter the replay cache")
			}
		})
	}
}

func TestVerifyRefusesReplayAsLongAsItIsFresh(t *testing.T) {
	s := session(t, 5, wire.ScopeCall, netuid)
	r, body, _ := signedRequest(t, s, func(h *wire.Header) { h.Expiry = now.Add(5 * time.Minute) })
	p := policy(t)
	_, err := wire.Verify(r, body, now, p)
	require.NoError(t, err)
	// At every moment the request is refused: by the cache while fresh, by its age from then on.
	for d := time.Duration(0); d < 65*time.Second; d += 500 * time.Millisecond {
		_, err := wire.Verify(r, body, now.Add(d), p)
		if d <= 60*time.Second {
			require.ErrorIs(t, err, wire.ErrReplay, d)
			require.Equal(t, http.StatusConflict, wire.StatusOf(err))
		} else {
			require.ErrorIs(t, err, wire.ErrStale, d)
		}
	}
}

func TestVerifyAsksAdmitBeforeItRemembers(t *testing.T) {
	r, body, signed := signedRequest(t, session(t, 5, wire.ScopeCall, netuid), nil)
	p := policy(t)
	poor := wire.NewAPIError(http.StatusPaymentRequired, "no_funds", "", "account has no funds")
	p.Admit = func(got *wire.Request) error {
		require.Equal(t, signed, got)
		return poor
	}
	_, err := wire.Verify(r, body, now, p)
	require.Same(t, poor, err)
	require.Zero(t, p.Replay.Len())
	r.Header.Set(wire.HeaderSignature, r.Header.Get(wire.HeaderSignature)[1:]+"A")
	p.Admit = func(*wire.Request) error { t.Fatal("asked about a request that is not signed"); return nil }
	_, err = wire.Verify(r, body, now, p)
	require.Error(t, err)
}

func TestVerifyUsesTheRequestLineOfAServer(t *testing.T) {
	s := session(t, 5, wire.ScopeCall, netuid)
	out, body, _ := signedRequest(t, s, nil)
	in := httptest.NewRequest(out.Method, "/v1/langid?top=3", strings.NewReader(string(body)))
	in.Header = out.Header
	_, err := wire.Verify(in, body, now, policy(t))
	require.NoError(t, err)
}

func TestVerifyWantsAPolicy(t *testing.T) {
	r, body, _ := signedRequest(t, session(t, 5, wire.ScopeCall, netuid), nil)
	_, err := wire.Verify(r, body, now, wire.RequestPolicy{ChainID: chainID})
	require.ErrorIs(t, err, wire.ErrCall)
	require.Equal(t, http.StatusInternalServerError, wire.StatusOf(err))
}

func FuzzVerifyHeaders(f *testing.F) {
	s := session(f, 5, wire.ScopeCall, netuid)
	r, body, _ := signedRequest(f, s, nil)
	h := r.Header
	f.Add(h.Get(wire.HeaderTag), h.Get(wire.HeaderNonce), h.Get(wire.HeaderTime), h.Get(wire.HeaderExpiry), h.Get(wire.HeaderFrom), h.Get(wire.HeaderSession), h.Get(wire.HeaderSignature))
	f.Add("", "\n", "-1", "0", "agon1", "A", "=")
	p := policy(f)
	f.Fuzz(func(t *testing.T, tag, nonce, tm, expiry, from, sess, sig string) {
		q := r.Clone(t.Context())
		for k, v := range map[string]string{
			wire.HeaderTag: tag, wire.HeaderNonce: nonce, wire.HeaderTime: tm, wire.HeaderExpiry: expiry,
			wire.HeaderFrom: from, wire.HeaderSession: sess, wire.HeaderSignature: sig,
		} {
			q.Header[k] = []string{v}
		}
		got, err := wire.Verify(q, body, now, p)
		if err == nil {
			require.Equal(t, h.Get(wire.HeaderTag), got.Tag.String(), "only the signed headers may pass")
			return
		}
		require.NotEqual(t, http.StatusInternalServerError, wire.StatusOf(err))
	})
}
