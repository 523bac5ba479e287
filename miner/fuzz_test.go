package miner

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/langid"
	"github.com/agon-chain/agon/task/langid/whatlang"
	"github.com/agon-chain/agon/wire"
)

// routerFor is a miner's router without a network, and what signs requests to it.
func routerFor(t testing.TB) (http.Handler, *bench) {
	t.Helper()
	f := newFakeChain()
	o := testOptions(t, f, "http://127.0.0.1:9")
	o.Config.Rate, o.Config.Burst = 1_000_000, 1_000_000
	m, err := New(o)
	require.NoError(t, err)
	m.start = m.start.Add(-time.Minute)
	expert, err := whatlang.Spec().New(context.Background(), task.ExpertConfig{})
	require.NoError(t, err)
	watch := &subnetWatch{chain: f, netuid: testNetuid}
	watch.minBalance.Store(needed)
	s, err := m.assemble(langid.Descriptor(), expert, o.Hardware(context.Background()), &fakeQueue{chain: f}, watch, "")
	require.NoError(t, err)
	b := &bench{t: t, chain: f, url: "http://127.0.0.1:9", hotkey: o.Hotkey.String(), service: o.ServiceKey, sealing: o.SealingKey}
	b.session, b.caller = b.newSession(1), addressOf(t, 1).String()
	f.balances[b.caller] = needed
	return s.router, b
}

// checkReply says what holds of every reply, whatever was asked: a 200 is signed for, all else is an error in OpenAI's shape.
func checkReply(t testing.TB, b *bench, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code == http.StatusOK {
		r, err := wire.ParseReceipt(w.Header().Get(wire.HeaderReceipt))
		require.NoError(t, err)
		require.NoError(t, r.Verify(b.service.Public()))
		require.Equal(t, wire.BodyHash(w.Body.Bytes()), r.ResponseHash)
		return
	}
	require.GreaterOrEqual(t, w.Code, 400)
	require.Less(t, w.Code, 600)
	require.NotEqual(t, http.StatusInternalServerError, w.Code, "%s", w.Body)
	var shape struct {
		Error map[string]any `json:"error"`
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &shape), "%s", w.Body)
	require.Len(t, shape.Error, 4, "%s", w.Body)
}

// FuzzRawRequest sends anything at all.
func FuzzRawRequest(f *testing.F) {
	f.Add("POST", "/v1/langid", "Agon-Version: 1\nAgon-Time: 1\nContent-Type: application/json", []byte(question))
	f.Add("GET", "/healthz/", "", []byte{})
	f.Add("POST", "/v1/langid", "Content-Type: "+wire.ContentTypeSealed, bytes.Repeat([]byte{1}, 2000))
	f.Add("PUT", "//v1/../v1/langid", "Agon-Session: "+strings.Repeat("A", 400), []byte("\xff\xfe"))
	f.Add("POST", "/v1/langid?x=%zz", "Content-Type: application/json; charset=\x00", []byte(nil))
	router, b := routerFor(f)
	f.Fuzz(func(t *testing.T, method, path, headers string, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Method, r.URL.Path, r.RequestURI = method, path, path
		for _, line := range strings.Split(headers, "\n") {
			if name, value, ok := strings.Cut(line, ": "); ok {
				r.Header.Add(name, value)
			}
		}
		w := httptest.NewRecorder()
		router.ServeHTTP(w, r)
		if path == "/healthz" && method == http.MethodGet {
			return
		}
		checkReply(t, b, w)
	})
}

// FuzzSignedBody sends any body in a request that is genuine, open or sealed: what is behind admission must hold too.
func FuzzSignedBody(f *testing.F) {
	f.Add([]byte(question), false, false)
	f.Add([]byte(question), true, true)
	f.Add([]byte(`{"text":"\ud800"}`), false, false)
	f.Add([]byte("[[[[[[[["), true, false)
	f.Add([]byte{0xff}, true, true)
	router, b := routerFor(f)
	public, err := b.sealing.Public()
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, body []byte, sealed, properly bool) {
		typ := "application/json"
		if sealed {
			typ = wire.ContentTypeSealed
			if properly {
				body, _, err = wire.SealRequest(public, wire.SealBinding(testChain, b.hotkey, http.MethodPost, langid.Route), body)
				require.NoError(t, err)
			}
		}
		r := httptest.NewRequest(http.MethodPost, langid.Route, bytes.NewReader(body))
		r.Header.Set("Content-Type", typ)
		now := time.Now()
		_, err := wire.Sign(r, body, testChain, b.session, wire.Header{Tag: wire.RandomTag(), Time: now, Expiry: now.Add(time.Millisecond * 5000), To: b.hotkey})
		require.NoError(t, err)
		w := httptest.NewRecorder()
		router.ServeHTTP(w, r)
		// Fuzzing outruns the replay cache's share of one caller.
		if w.Code == http.StatusTooManyRequests {
			return
		}
		checkReply(t, b, w)
		if w.Code != http.StatusRequestEntityTooLarge {
			require.NotEmpty(t, w.Header().Get(wire.HeaderReceipt), "a genuine request is signed for")
		}
	})
}
