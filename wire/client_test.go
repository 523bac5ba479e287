package wire_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/agon-chain/agon/wire"
	"github.com/stretchr/testify/require"
)

// fakeMiner answers as a miner does; change spoils the reply before it is signed, after the signed receipt.
func fakeMiner(t *testing.T, p wire.RequestPolicy, serve func(w http.ResponseWriter, rec wire.Receipt)) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		req, err := wire.Verify(r, body, time.Now(), p)
		if err != nil {
			wire.WriteError(w, err)
			return
		}
		serve(w, wire.Receipt{
			ChainIDHash: wire.ChainIDHash(chainID), Netuid: netuid, RequestHash: req.Hash, QuestionHash: req.QuestionHash, Tag: req.Tag,
			ResponseHash: wire.BodyHash([]byte("answer")), Status: 200, ReceivedAt: time.Now(), FinishedAt: time.Now(),
		})
	}))
	t.Cleanup(srv.Close)
	return srv
}

func liveCall(t *testing.T, url string) wire.Call {
	t.Helper()
	k, sign := account(t, 5)
	s, err := wire.NewSession(chainID, k, sign, wire.ScopeCall, netuid, time.Now(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	return wire.Call{
		Session: s, Endpoint: url + "/base/", To: minerAddress(t), ServiceKey: serviceKey(t, 1).Public(), Netuid: netuid,
		Path: "/v1/langid?top=3", Body: []byte(`{"input":"x"}`), Tag: wire.Tag(seed(9)),
	}
}

func client(t *testing.T, change func(*wire.ClientOptions)) *wire.Client {
	t.Helper()
	o := wire.ClientOptions{ChainID: chainID, AllowPrivate: true, Timeout: 10 * time.Second}
	if change != nil {
		change(&o)
	}
	c, err := wire.NewClient(o)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func TestClientTakesAnswerWithReceipt(t *testing.T) {
	srv := fakeMiner(t, policy(t), func(w http.ResponseWriter, rec wire.Receipt) {
		require.NoError(t, rec.Sign(serviceKey(t, 1)))
		rec.Set(w.Header())
		_, _ = io.WriteString(w, "answer")
	})
	call := liveCall(t, srv.URL)
	reply, err := client(t, nil).Do(t.Context(), call)
	require.NoError(t, err)
	require.Equal(t, "answer", string(reply.Body))
	require.Equal(t, call.Tag, reply.Receipt.Tag)
	require.Equal(t, reply.Request.Hash, reply.Receipt.RequestHash)
	require.GreaterOrEqual(t, reply.Latency, reply.FirstByte)
}

func TestClientHandsOnPieces(t *testing.T) {
	srv := fakeMiner(t, policy(t), func(w http.ResponseWriter, rec wire.Receipt) {
		require.NoError(t, rec.Sign(serviceKey(t, 1)))
		rec.Set(w.Header())
		for _, s := range []string{"ans", "wer"} {
			_, _ = io.WriteString(w, s)
			_ = http.NewResponseController(w).Flush()
		}
	})
	call := liveCall(t, srv.URL)
	var got strings.Builder
	call.OnData = func(b []byte) error { got.Write(b); return nil }
	reply, err := client(t, nil).Do(t.Context(), call)
	require.NoError(t, err)
	require.Equal(t, "answer", got.String())
	require.NotNil(t, reply.Receipt)
	stop := errors.New("enough")
	call.OnData = func([]byte) error { return stop }
	_, err = client(t, nil).Do(t.Context(), call)
	require.ErrorIs(t, err, stop)
}

func TestClientRefusesReplies(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*wire.Receipt)
		signer byte
		text   string
		twice  bool
		none   bool
		want   error
	}{
		{name: "no-receipt", none: true, want: wire.ErrNoReceipt},
		{name: "two-receipts", twice: true, want: wire.ErrReceipt},
		{name: "other-service-key", signer: 2, want: wire.ErrReceiptMismatch},
		{name: "other-tag", change: func(r *wire.Receipt) { r.Tag = wire.RandomTag() }, want: wire.ErrReceiptMismatch},
		{name: "other-request", change: func(r *wire.Receipt) { r.RequestHash[0] ^= 1 }, want: wire.ErrReceiptMismatch},
		{name: "other-question", change: func(r *wire.Receipt) { r.QuestionHash[0] ^= 1 }, want: wire.ErrReceiptMismatch},
		{name: "other-subnet", change: func(r *wire.Receipt) { r.Netuid++ }, want: wire.ErrReceiptMismatch},
		{name: "other-status", change: func(r *wire.Receipt) { r.Status = 201 }, want: wire.ErrReceiptMismatch},
		{name: "other-body", text: "answer!", want: wire.ErrReceiptMismatch},
		{name: "too-large", text: strings.Repeat("a", 1001), want: wire.ErrReplyTooLarge},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := fakeMiner(t, policy(t), func(w http.ResponseWriter, rec wire.Receipt) {
				if tc.change != nil {
					tc.change(&rec)
				}
				require.NoError(t, rec.Sign(serviceKey(t, max(1, tc.signer))))
				if !tc.none {
					rec.Set(w.Header())
				}
				if tc.twice {
					w.Header().Add(wire.HeaderReceipt, rec.String())
				}
				if tc.text == "" {
					tc.text = "answer"
				}
				_, _ = io.WriteString(w, tc.text)
			})
			reply, err := client(t, func(o *wire.ClientOptions) { o.MaxReply = 1000 }).Do(t.Context(), liveCall(t, srv.URL))
			require.ErrorIs(t, err, tc.want)
			require.Nil(t, reply.Receipt)
			require.LessOrEqual(t, len(reply.Body), 1000)
		})
	}
}

func TestClientReadsErrors(t *testing.T) {
	p := policy(t)
	p.To = "agon1somebodyelse"
	srv := fakeMiner(t, p, nil)
	reply, err := client(t, nil).Do(t.Context(), liveCall(t, srv.URL))
	var api *wire.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, http.StatusMisdirectedRequest, api.Status)
	require.Equal(t, "wrong_recipient", *api.Code)
	require.Equal(t, api.Status, reply.Status)
}

func TestClientFollowsNoRedirect(t *testing.T) {
	var hits atomic.Int64
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer target.Close()
	srv := httptest.NewServer(http.RedirectHandler(target.URL, http.StatusTemporaryRedirect))
	defer srv.Close()
	_, err := client(t, nil).Do(t.Context(), liveCall(t, srv.URL))
	var api *wire.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, http.StatusTemporaryRedirect, api.Status)
	require.Zero(t, hits.Load())
}

func TestClientGivesUp(t *testing.T) {
	release := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer srv.Close()
	defer close(release)
	_, err := client(t, func(o *wire.ClientOptions) { o.Timeout = 50 * time.Millisecond }).Do(t.Context(), liveCall(t, srv.URL))
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestClientGuardsTargets(t *testing.T) {
	var hits atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer srv.Close()
	c := client(t, func(o *wire.ClientOptions) { o.AllowPrivate = false })
	port := srv.URL[strings.LastIndex(srv.URL, ":"):]
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"} {
		_, err := c.Do(t.Context(), liveCall(t, "http://"+host+port))
		require.ErrorIs(t, err, wire.ErrTarget, host)
	}
	require.Zero(t, hits.Load())
	for _, bad := range []string{"ftp://x", "http://", "://", "http://user:pass@host", "http://host?x=1", "http://host#f", "unix:///run/x"} {
		call := liveCall(t, "")
		call.Endpoint = bad
		_, err := c.Do(t.Context(), call)
		require.ErrorIs(t, err, wire.ErrTarget, bad)
	}
	call := liveCall(t, "http://host")
	call.Path = "v1"
	_, err := c.Do(t.Context(), call)
	require.ErrorIs(t, err, wire.ErrCall)
	call = liveCall(t, "http://host.example")
	call.ServiceKey = wire.ServicePublic{}
	_, err = c.Do(t.Context(), call)
	require.ErrorIs(t, err, wire.ErrCall)
}

func TestCheckTarget(t *testing.T) {
	for _, s := range []string{"8.8.8.8", "1.1.1.1", "2606:4700::1111", "172.32.0.1", "100.128.0.1"} {
		require.NoError(t, wire.CheckTarget(netip.MustParseAddr(s)), s)
	}
	for _, s := range []string{
		"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "198.18.0.1", "240.0.0.1",
		"::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1",
	} {
		require.ErrorIs(t, wire.CheckTarget(netip.MustParseAddr(s)), wire.ErrTarget, s)
	}
	require.ErrorIs(t, wire.CheckTarget(netip.Addr{}), wire.ErrTarget)
}
