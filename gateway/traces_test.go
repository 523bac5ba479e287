package gateway_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/agon-chain/agon/gateway"
	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/wire"
)

// receiver takes spans as a collector does: OTLP over HTTP, in protobuf.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	raw   []byte
	spans []*traces.Span
	from  []string // attributes of the resource
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		var in collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &in)
		}
		if err != nil || req.Method != http.MethodPost || req.URL.Path != "/v1/traces" || req.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("no export of traces: %s %s %s: %v", req.Method, req.URL, req.Header, err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.raw = append(r.raw, body...)
		for _, rs := range in.ResourceSpans {
			for _, a := range rs.Resource.Attributes {
				r.from = append(r.from, a.Key+"="+a.Value.GetStringValue())
			}
			for _, ss := range rs.ScopeSpans {
				r.spans = append(r.spans, ss.Spans...)
			}
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(r.Close)
	return r
}

// tap relays connections and keeps what callers said on them.
func tap(t *testing.T, to string) (url string, heard func() string) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	said := &logs{}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", strings.TrimPrefix(to, "http://"))
			if err != nil {
				in.Close()
				continue
			}
			all.Go(func() { _, _ = io.Copy(io.MultiWriter(out, said), in); out.Close() })
			all.Go(func() { _, _ = io.Copy(in, out); in.Close() })
		}
	})
	t.Cleanup(func() {
		l.Close()
		all.Wait()
	})
	return "http://" + l.Addr().String(), said.String
}

// parrot is a miner that repeats the question wherever an answer has room for it.
func parrot(t *testing.T, words string) *directory.Miner {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set(wire.HeaderReceipt, words)
		w.Header().Set("Location", "http://"+strings.ReplaceAll(words, " ", "-")+"/")
		switch r.Header.Get("Accept") {
		case wire.ContentTypeStream:
			w.Header().Set("Content-Type", wire.ContentTypeStream)
			fmt.Fprintf(w, "data: %s\n\nevent: %s\ndata: %s\n\n", words, words, words)
		default:
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprintf(w, `{"error":{"message":%q,"type":%q,"param":%q,"code":%q}}`, words, words, words, words)
		}
	}))
	t.Cleanup(s.Close)
	key, err := wire.ServiceKeyFromSeed(seed(9))
	require.NoError(t, err)
	return &directory.Miner{Netuid: chatNet, UID: 9, Hotkey: addressOf(t, 9).String(), URL: s.URL, ServiceKey: key.Public()}
}

// Spans arrive at a collector: one for each call, with route, status, code and request id, and nothing of what was asked, answered or who asked. A caller's own
// trace is neither continued nor told to miners, to whom all calls shall look alike.
func TestTraces(t *testing.T) {
	const words = "the tulips are in the cellar"
	r := newReceiver(t)
	m := newMarket()
	one := m.mine(t, 1, &speaker{name: "m"}, wire.Price{PerRequest: 10})
	m.extra = []*directory.Miner{parrot(t, words)}
	url, heard := tap(t, one.url)
	g := open(t, m, func(o *gateway.Options) {
		o.Config.TracesEndpoint, o.Config.TracesShare = r.URL+"/", 1
		o.Source = moved{m, one.hotkey, url}
	})
	const callers = "4bf92f3577b34da6a3ce929d0e0e4736"
	type seen struct {
		name, code string
		status     int
	}
	want := map[string]seen{}
	call := func(path, body, name string, status int, code string, header ...string) {
		t.Helper()
		resp, text := g.post(path, body, append([]string{"Traceparent", "00-" + callers + "-00f067aa0ba902b7-01", "Tracestate", "vendor=tulips", "Baggage", "prompt=tulips"}, header...)...)
		if status == 0 { // a stream that breaks has begun with 200
			require.Equal(t, http.StatusOK, resp.StatusCode, text)
			status = http.StatusBadGateway
		} else {
			require.Equal(t, status, resp.StatusCode, text)
		}
		want[resp.Header.Get("X-Request-Id")] = seen{name, code, status}
	}
	ask := func(more string) string {
		return `{"model":"1","messages":[{"role":"user","content":"` + words + `"}]` + more + `}`
	}
	only := func(hotkey string) string { return `,"provider":{"only":["` + hotkey + `"]}` }
	good, bad := only(one.hotkey), only(m.extra[0].Hotkey)
	call("/v1/chat/completions", ask(good), "gateway.chat", 200, "")
	call("/v1/chat/completions", ask(good+`,"stream":true`), "gateway.chat", 200, "")
	call("/v1/completions", `{"model":"1","prompt":"`+words+`"`+good+`}`, "gateway.completions", 200, "")
	call("/v1/responses", `{"model":"1","input":"`+words+`"`+good+`}`, "gateway.responses", 200, "")
	call("/v1/chat/completions", ask(bad), "gateway.chat", 500, "other")
	call("/v1/chat/completions", ask(bad+`,"stream":true`), "gateway.chat", 0, "stream_truncated")
	call("/v1/chat/completions", `{"model":"1/`+words+`"}`, "gateway.chat", 404, "model_not_found")
	call("/v1/chat/completions", ask(`,"provider":{"sort":"`+words+`"}`), "gateway.chat", 400, "invalid_routing")
	call("/v1/chat/completions", ask(good), "gateway.chat", 401, "invalid_api_key", "Authorization", "Bearer "+words)
	call("/v1/"+strings.ReplaceAll(words, " ", "-"), ask(""), "gateway.unknown", 404, "unknown_route")
	g.stop()

	r.mu.Lock()
	defer r.mu.Unlock()
	got := map[string]seen{}
	ids := map[string]bool{}
	for _, s := range r.spans {
		at := map[string]any{}
		for _, a := range s.Attributes {
			at[a.Key] = a.Value.GetStringValue()
			if a.Key == "http.status" {
				at[a.Key] = int(a.Value.GetIntValue())
			}
		}
		require.Len(t, at, 3, "%v", at)
		require.Empty(t, s.Events)
		require.Empty(t, s.ParentSpanId, "a caller's trace is not continued")
		require.NotEqual(t, callers, hex.EncodeToString(s.TraceId))
		require.Empty(t, s.TraceState)
		ids[string(s.TraceId)] = true
		got[at["request_id"].(string)] = seen{s.Name, at["code"].(string), at["http.status"].(int)}
	}
	require.Equal(t, want, got)
	require.Len(t, ids, len(want), "each call is a trace of its own")
	require.Contains(t, r.from, "service.name=agon-gateway")
	require.Contains(t, r.from, "chain.id="+testChain)

	log := g.logs.String()
	require.Contains(t, log, "stream failed")
	require.Contains(t, log, "call failed")
	for place, text := range map[string]string{"spans": string(r.raw), "log": log} {
		for _, secret := range []string{words, strings.ReplaceAll(words, " ", "-"), "tulips", "w0", g.secret, "traceparent", one.hotkey} {
			if place == "log" && secret == one.hotkey {
				continue // the operator's own channels are told by miner
			}
			require.False(t, strings.Contains(text, secret), "%q is in the %s:\n%s", secret, place, text)
		}
	}
	require.Contains(t, heard(), "POST /v1/chat/completions")
	for _, header := range []string{"traceparent", "tracestate", "baggage", callers, "x-request-id", "req_"} {
		require.False(t, bytes.Contains(bytes.ToLower([]byte(heard())), []byte(header)), "the miner was told %s", header)
	}
}

// A share of calls makes a share of spans, whatever callers ask for; and without an endpoint nothing is sent.
func TestTracesShare(t *testing.T) {
	r := newReceiver(t)
	m := newMarket()
	m.mine(t, 1, &speaker{name: "m"}, wire.Price{})
	g := open(t, m, func(o *gateway.Options) { o.Config.TracesEndpoint, o.Config.TracesShare = r.URL, 0 })
	for range 20 {
		g.post("/v1/chat/completions", `{"model":"1","messages":[]}`, "Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	}
	g.stop()
	require.Empty(t, r.spans, "a caller that asks to be traced does not decide")
}
