package wire_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/wire"
)

// streaming is a miner that streams; what each test spoils stands in its fields.
type streaming struct {
	events  []string
	seal    bool
	noEnd   bool // of a sealed stream
	fail    *wire.APIError
	receipt func(*wire.Receipt)
	rewrite func(body string) string // of the whole stream, on its way
	signer  byte
}

func (s streaming) serve(t *testing.T) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		req, err := wire.Verify(r, body, time.Now(), policy(t))
		require.NoError(t, err)
		var sealer *wire.ResponseSealer
		if s.seal {
			key, _ := sealingKey(t, 3)
			_, sealer, err = wire.OpenRequest(key, binding, body)
			require.NoError(t, err)
		}
		var out strings.Builder
		sw := wire.NewStreamWriter(&out, sealer)
		for _, e := range s.events {
			require.NoError(t, sw.Event([]byte(e)))
		}
		rec := wire.Receipt{
			ChainIDHash: wire.ChainIDHash(chainID), Netuid: netuid, RequestHash: req.Hash, QuestionHash: req.QuestionHash, Tag: req.Tag,
			Status: 200, ReceivedAt: time.Now(), FinishedAt: time.Now(),
		}
		if s.fail != nil {
			require.NoError(t, sw.Fail(s.fail))
			rec.Status = uint16(s.fail.Status)
		} else if !s.noEnd {
			require.NoError(t, sw.End())
		}
		rec.ResponseHash = sw.Hash()
		require.EqualValues(t, out.Len(), sw.Size())
		require.Equal(t, wire.BodyHash([]byte(out.String())), sw.Hash())
		if s.receipt != nil {
			s.receipt(&rec)
		}
		require.NoError(t, rec.Sign(serviceKey(t, max(1, s.signer))))
		require.NoError(t, sw.Finish(&rec))
		text := out.String()
		if s.rewrite != nil {
			text = s.rewrite(text)
		}
		w.Header().Set("Content-Type", wire.ContentTypeStream)
		_, _ = io.WriteString(w, text)
	}))
}

func TestStreamIsOrderedAndReceipted(t *testing.T) {
	events := []string{`{"n":1}`, `{"n":2}`, `{"text":"a\n\n: b"}`}
	srv := streaming{events: events}.serve(t)
	defer srv.Close()
	var got []string
	call := liveCall(t, srv.URL)
	reply, err := client(t, nil).Stream(t.Context(), call, func(b []byte) error { got = append(got, string(b)); return nil })
	require.NoError(t, err)
	require.Equal(t, events, got)
	require.Equal(t, call.Tag, reply.Receipt.Tag)
	require.Equal(t, wire.BodyHash(reply.Body), reply.Receipt.ResponseHash)

	stop := errors.New("enough")
	_, err = client(t, nil).Stream(t.Context(), call, func([]byte) error { return stop })
	require.Equal(t, stop, err, "as it is")
}

func TestStreamsThatAreRefused(t *testing.T) {
	cut := func(at string) func(string) string {
		return func(s string) string { return s[:strings.Index(s, at)] }
	}
	last := func(s string) string { return s[strings.LastIndex(s, "event: agon.receipt"):] }
	for _, tc := range []struct {
		name string
		s    streaming
		want error
	}{
		{"no-receipt", streaming{rewrite: cut("event: agon.receipt")}, wire.ErrTruncated},
		{"cut-in-the-receipt", streaming{rewrite: cut(`"}` + "\n\ndata: [DONE]")}, wire.ErrTruncated},
		{"cut-in-an-event", streaming{rewrite: func(s string) string { return s[:15] }}, wire.ErrTruncated},
		{"empty", streaming{rewrite: func(string) string { return "" }}, wire.ErrTruncated},
		{"done-without-receipt", streaming{rewrite: func(s string) string { return cut("event: agon.receipt")(s) + "data: [DONE]\n\n" }}, wire.ErrNoReceipt},
		{"event-left-out", streaming{rewrite: func(s string) string { return strings.Replace(s, "data: {\"n\":1}\n\n", "", 1) }}, wire.ErrReceiptMismatch},
		{"event-changed", streaming{rewrite: func(s string) string { return strings.Replace(s, `"n":1`, `"n":7`, 1) }}, wire.ErrReceiptMismatch},
		{"comment-added", streaming{rewrite: func(s string) string { return ": ping\n\n" + s }}, wire.ErrReceiptMismatch},
		{"lines-rewritten", streaming{rewrite: func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }}, wire.ErrReceiptMismatch},
		{"order-changed", streaming{rewrite: func(s string) string {
			return "data: {\"n\":2}\n\ndata: {\"n\":1}\n\n" + last(s)
		}}, wire.ErrReceiptMismatch},
		{"other-tag", streaming{receipt: func(r *wire.Receipt) { r.Tag = wire.RandomTag() }}, wire.ErrReceiptMismatch},
		{"other-status", streaming{receipt: func(r *wire.Receipt) { r.Status = 201 }}, wire.ErrReceiptMismatch},
		{"other-key", streaming{signer: 2}, wire.ErrReceiptMismatch},
		{"receipt-is-no-json", streaming{rewrite: func(s string) string { return cut("{\"object\"")(s) + "x\n\n" }}, wire.ErrReceipt},
		{"too-large", streaming{events: []string{strings.Repeat("x", 2000)}}, wire.ErrReplyTooLarge},
		{"too-large-in-all", streaming{events: slicesOf(300, `{"n":1}`)}, wire.ErrReplyTooLarge},
		{"too-large-of-comments", streaming{rewrite: func(string) string { return strings.Repeat(": xxxxxxxx\n", 1000) }}, wire.ErrReplyTooLarge},
		{"error-with-a-good-status", streaming{fail: wire.NewAPIError(500, "internal_error", "", "no"), receipt: func(r *wire.Receipt) { r.Status = 200 }}, wire.ErrReceiptMismatch},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.s.events == nil {
				tc.s.events = []string{`{"n":1}`, `{"n":2}`}
			}
			srv := tc.s.serve(t)
			defer srv.Close()
			reply, err := client(t, func(o *wire.ClientOptions) { o.MaxReply = 1000 }).Stream(t.Context(), liveCall(t, srv.URL), nil)
			require.ErrorIs(t, err, tc.want)
			require.Nil(t, reply.Receipt)
			require.LessOrEqual(t, len(reply.Body), 1000)
		})
	}
}

func slicesOf(n int, s string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = s
	}
	return out
}

func TestStreamThatTheMinerGaveUp(t *testing.T) {
	srv := streaming{events: []string{"{}"}, fail: wire.NewAPIError(504, "timeout", "", "too slow")}.serve(t)
	defer srv.Close()
	reply, err := client(t, nil).Stream(t.Context(), liveCall(t, srv.URL), nil)
	var api *wire.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, 504, api.Status)
	require.Equal(t, "timeout", *api.Code)
	require.Equal(t, uint16(504), reply.Receipt.Status, "signed for, and not as an answer")
}

func TestSealedStream(t *testing.T) {
	events := []string{`{"secret":1}`, `{"secret":2}`}
	_, pub := sealingKey(t, 3)
	ask := func(s streaming) ([]string, *wire.Reply, error) {
		s.events, s.seal = events, true
		srv := s.serve(t)
		defer srv.Close()
		body, opener, err := wire.SealRequest(pub, binding, []byte("prompt"))
		require.NoError(t, err)
		call := liveCall(t, srv.URL)
		call.Body, call.ContentType, call.Opener = body, wire.ContentTypeSealed, opener
		var got []string
		reply, err := client(t, nil).Stream(t.Context(), call, func(b []byte) error { got = append(got, string(b)); return nil })
		return got, reply, err
	}
	got, reply, err := ask(streaming{})
	require.NoError(t, err)
	require.Equal(t, events, got)
	require.NotContains(t, string(reply.Body), "secret")
	for e := range strings.SplitSeq(strings.TrimSpace(string(reply.Body)), "\n\n") {
		raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(e, "data: "))
		require.NoError(t, err)
		require.NotContains(t, string(raw), "secret")
	}
	t.Run("reordered", func(t *testing.T) {
		_, _, err := ask(streaming{rewrite: func(s string) string {
			p := strings.SplitN(s, "\n\n", 3)
			return p[1] + "\n\n" + p[0] + "\n\n" + p[2]
		}})
		require.ErrorIs(t, err, wire.ErrSealed)
	})
	t.Run("end-left-out", func(t *testing.T) {
		// Signed for by the miner, so that only the seal shows that it is not all.
		got, _, err := ask(streaming{noEnd: true})
		require.ErrorIs(t, err, wire.ErrTruncated)
		require.Equal(t, events, got)
	})
	t.Run("given-up", func(t *testing.T) {
		got, reply, err := ask(streaming{fail: wire.NewAPIError(500, "internal_error", "", "no")})
		var api *wire.APIError
		require.ErrorAs(t, err, &api)
		require.Equal(t, events, got)
		require.NotNil(t, reply.Receipt)
	})
}

func TestStreamOfAnotherKindOfReply(t *testing.T) {
	srv := fakeMiner(t, policy(t), func(w http.ResponseWriter, rec wire.Receipt) {
		require.NoError(t, rec.Sign(serviceKey(t, 1)))
		rec.Set(w.Header())
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "answer")
	})
	reply, err := client(t, nil).Stream(t.Context(), liveCall(t, srv.URL), nil)
	require.ErrorIs(t, err, wire.ErrNoStream)
	require.NotNil(t, reply.Receipt)
	refusing := fakeMiner(t, policy(t), func(w http.ResponseWriter, _ wire.Receipt) {
		wire.WriteError(w, wire.NewAPIError(400, "model_not_served", "model", "no"))
	})
	_, err = client(t, nil).Stream(t.Context(), liveCall(t, refusing.URL), nil)
	var api *wire.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, "model_not_served", *api.Code)
}

func TestStreamThatStalls(t *testing.T) {
	release := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", wire.ContentTypeStream)
		fmt.Fprint(w, "data: {}\n\n")
		_ = http.NewResponseController(w).Flush()
		<-release
	}))
	defer srv.Close()
	defer close(release)
	n := 0
	_, err := client(t, func(o *wire.ClientOptions) { o.Timeout = 200 * time.Millisecond }).Stream(t.Context(), liveCall(t, srv.URL), func([]byte) error { n++; return nil })
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, 1, n)
}

// Whatever a miner sends, the client ends, keeps to its bound and believes nothing that is not signed.
func FuzzStreamReply(f *testing.F) {
	f.Add([]byte("data: {}\n\nevent: agon.receipt\ndata: {\"receipt\":\"AQ\"}\n\ndata: [DONE]\n\n"))
	f.Add([]byte("data: {\"error\":{\"message\":\"x\"}}\n\ndata: [DONE]\n\n"))
	f.Add([]byte(": c\r\n\r\nevent: x\n\ndata\n\n"))
	var body []byte
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", wire.ContentTypeStream)
		_, _ = w.Write(body)
	}))
	f.Cleanup(srv.Close)
	f.Fuzz(func(t *testing.T, raw []byte) {
		body = raw
		reply, err := client(t, func(o *wire.ClientOptions) { o.MaxReply = 500 }).Stream(t.Context(), liveCall(t, srv.URL), func([]byte) error { return nil })
		require.Error(t, err)
		require.NotNil(t, reply)
		require.Nil(t, reply.Receipt)
		require.LessOrEqual(t, len(reply.Body), 500)
	})
}
