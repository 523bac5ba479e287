package wire_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/agon-chain/agon/wire"
)

// Axons' URLs come from the chain, where anybody writes them: to whoever calls them they are hostile input, as is all that answers there.

// ways are all by which a client calls an endpoint.
var ways = map[string]func(context.Context, *wire.Client, wire.Call) error{
	"do": func(ctx context.Context, c *wire.Client, call wire.Call) error {
		_, err := c.Do(ctx, call)
		return err
	},
	"stream": func(ctx context.Context, c *wire.Client, call wire.Call) error {
		_, err := c.Stream(ctx, call, nil)
		return err
	},
	"hardware": func(ctx context.Context, c *wire.Client, call wire.Call) error {
		_, err := c.Hardware(ctx, call.Endpoint)
		return err
	},
	"voucher": func(ctx context.Context, c *wire.Client, call wire.Call) error {
		return c.SendVoucher(ctx, call.Endpoint, "AQ")
	},
}

// hostileHosts lead into somebody's own network, in one spelling or another.
var hostileHosts = []string{
	"127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255",
	"192.0.0.170", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
	"[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[0:0:0:0:0:ffff:7f00:1]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]", "[fe80::1]", "[fe80::1%25lo]",
	"[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::1]", "[2002:a9fe:a9fe::1]", "[2001:0:7f00:1::1]", "[2001:db8::1]",
	"[100::1]", "[5f00::1]", "[3fff::1]",
	"2130706433", "017700000001", "0x7f000001", "0177.0.0.1", "127.1", "127.0.1", "0x7f.1", "0x7F.0.0.0X1", "127.0.0.1.", "1.2.3.4.5",
	"localhost", "LOCALHOST", "localhost.", "a.localhost", "metadata.google.internal", "printer.local", "gateway", "redis.",
	"\uff11\uff12\uff17.0.0.1", "a.\u24dbocalhost", "%31%32%37.0.0.1", "127\u30020\u30020\u30021",
}

// Whatever calls an endpoint, by itself or through a proxy, refuses those hosts before anything is sent to anybody.
func TestHostileHosts(t *testing.T) {
	var reached atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer srv.Close()
	proxy, err := url.Parse(srv.URL)
	require.NoError(t, err)
	for name, change := range map[string]func(*wire.ClientOptions){
		"direct": func(o *wire.ClientOptions) { o.AllowPrivate = false },
		"proxy":  func(o *wire.ClientOptions) { o.AllowPrivate, o.Proxy = false, proxy },
	} {
		c := client(t, change)
		for way, do := range ways {
			t.Run(name+"-"+way, func(t *testing.T) {
				for _, host := range hostileHosts {
					err := do(t.Context(), c, liveCall(t, "http://"+host+":"+proxy.Port()))
					require.ErrorIs(t, err, wire.ErrTarget, host)
				}
			})
		}
	}
	require.Zero(t, reached.Load())
	c := client(t, func(o *wire.ClientOptions) { o.AllowPrivate, o.Proxy = false, proxy })
	_, _ = c.Do(t.Context(), liveCall(t, "http://8.8.8.8:80"))
	require.EqualValues(t, 1, reached.Load(), "the proxy is never asked, and this test proves nothing")
}

// answerNames makes every name resolve to addrs while the test runs, one after the other, as a name does that is public to who checks it and private to who
// dials it. It returns how often a name was asked for.
func answerNames(t *testing.T, addrs func(question int64) netip.Addr) *atomic.Int64 {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	var asked atomic.Int64
	done := make(chan struct{})
	go func() { // ends with its socket
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			addr := addrs(asked.Add(1) - 1)
			m.Header = dnsmessage.Header{ID: m.ID, Response: true, RecursionAvailable: true, RecursionDesired: true}
			m.Additionals = nil
			h := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 0}
			switch {
			case q.Type == dnsmessage.TypeA && addr.Is4():
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: addr.As4()}})
			case q.Type == dnsmessage.TypeAAAA && addr.Is6():
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}})
			}
			if out, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(out, from)
			}
		}
	}()
	old := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = old
		conn.Close()
		<-done
	})
	return &asked
}

// A name is judged by the address that is dialled, whatever it resolved to before.
func TestNamesThatLeadInside(t *testing.T) {
	var reached atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer srv.Close()
	port := srv.URL[strings.LastIndex(srv.URL, ":"):]
	for _, to := range []string{"127.0.0.1", "0.0.0.0", "10.0.0.1", "169.254.169.254", "100.64.0.1", "::1", "::ffff:127.0.0.1", "fe80::1", "fd00::1", "64:ff9b::7f00:1", "2002:7f00:1::1"} {
		t.Run(strings.ReplaceAll(to, ":", "-"), func(t *testing.T) {
			asked := answerNames(t, func(int64) netip.Addr { return netip.MustParseAddr(to) })
			c := client(t, func(o *wire.ClientOptions) { o.AllowPrivate = false })
			for way, do := range ways {
				require.ErrorIs(t, do(t.Context(), c, liveCall(t, "http://rebind.example"+port)), wire.ErrTarget, way)
			}
			require.Positive(t, asked.Load())
		})
	}
	t.Run("rebinding", func(t *testing.T) {
		asked := answerNames(t, func(n int64) netip.Addr {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("169.254.169.254")}[n%3]
		})
		c := client(t, func(o *wire.ClientOptions) { o.AllowPrivate = false })
		for range 6 {
			require.ErrorIs(t, ways["do"](t.Context(), c, liveCall(t, "http://rebind.example"+port)), wire.ErrTarget)
		}
		require.Greater(t, asked.Load(), int64(6), "the name was resolved for each call")
	})
	require.Zero(t, reached.Load())
	t.Run("allowed", func(t *testing.T) {
		answerNames(t, func(int64) netip.Addr { return netip.MustParseAddr("127.0.0.1") })
		_ = ways["do"](t.Context(), client(t, nil), liveCall(t, "http://rebind.example"+port))
		require.EqualValues(t, 1, reached.Load(), "with private targets allowed the name leads there, so the refusals above were the guard's")
	})
}

// raw answers every connection with bytes, and holds it open after them where it is told to.
func raw(t testing.TB, answer func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() { // ends with its socket; a connection at a time
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			answer(c)
			c.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return "http://" + l.Addr().String()
}

// request reads until a request's header has ended.
func request(c net.Conn) {
	var got []byte
	buf := make([]byte, 4096)
	for !strings.Contains(string(got), "\r\n\r\n") {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		got = append(got, buf[:n]...)
	}
}

// Whatever answers cannot make a caller wait longer than it wants to, nor hold more than its bound.
func TestHostileServers(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	const limit = 20_000
	drip := func(c net.Conn, head, piece string) {
		_, _ = io.WriteString(c, head)
		for {
			if _, err := io.WriteString(c, piece); err != nil {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	flood := func(c net.Conn, head, piece string) {
		_, _ = io.WriteString(c, head)
		piece = strings.Repeat(piece, 1000)
		for sent := 0; sent < 64<<20; sent += len(piece) {
			if _, err := io.WriteString(c, piece); err != nil {
				return
			}
		}
	}
	const ok, stream = "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
	for name, tc := range map[string]struct {
		answer func(net.Conn)
		slow   bool // ended by the clock and by nothing else
	}{
		"silence":               {func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, true},
		"half-a-status":         {func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 2"); _, _ = io.Copy(io.Discard, c) }, true},
		"slow-header":           {func(c net.Conn) { drip(c, ok, "A") }, true},
		"slow-body":             {func(c net.Conn) { drip(c, ok+"Content-Length: 10000\r\n\r\n", "a") }, true},
		"slow-error":            {func(c net.Conn) { drip(c, "HTTP/1.1 500 No\r\nContent-Length: 10000\r\n\r\n", "a") }, true},
		"slow-events":           {func(c net.Conn) { drip(c, stream+"\r\n", ":\n\n") }, true},
		"large-header":          {func(c net.Conn) { flood(c, ok+"A: ", "a") }, false},
		"many-headers":          {func(c net.Conn) { flood(c, ok, "A: b\r\n") }, false},
		"many-early-hints":      {func(c net.Conn) { flood(c, "", "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n") }, false},
		"large-body":            {func(c net.Conn) { flood(c, ok+"\r\n", "a") }, false},
		"large-error":           {func(c net.Conn) { flood(c, "HTTP/1.1 500 No\r\n\r\n", "a") }, false},
		"large-event":           {func(c net.Conn) { flood(c, stream+"\r\ndata: ", "a") }, false},
		"many-events":           {func(c net.Conn) { flood(c, stream+"\r\n", "data: {}\n\n") }, false},
		"many-comments":         {func(c net.Conn) { flood(c, stream+"\r\n", ":\n\n") }, false},
		"large-receipt":         {func(c net.Conn) { flood(c, stream+"\r\nevent: agon.receipt\ndata: ", "a") }, false},
		"large-chunks":          {func(c net.Conn) { flood(c, ok+"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", "a") }, false},
		"negative-length":       {func(c net.Conn) { _, _ = io.WriteString(c, ok+"Content-Length: -1\r\n\r\n") }, false},
		"length-beyond-64-bits": {func(c net.Conn) { _, _ = io.WriteString(c, ok+"Content-Length: 18446744073709551616\r\n\r\n") }, false},
		"two-lengths":           {func(c net.Conn) { _, _ = io.WriteString(c, ok+"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab") }, false},
		"gzip":                  {func(c net.Conn) { flood(c, ok+"Content-Encoding: gzip\r\n\r\n\x1f\x8b", "\x00") }, false},
		"no-http":               {func(c net.Conn) { flood(c, "SSH-2.0-x\r\n", "a") }, false},
		"switches-protocol": {func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			url := raw(t, func(c net.Conn) { request(c); tc.answer(c) })
			c := client(t, func(o *wire.ClientOptions) {
				o.MaxReply, o.Timeout, o.FreshConnections = limit, 5*time.Second, true
				if tc.slow {
					o.Timeout = 60 * time.Millisecond
				}
			})
			for way, do := range ways {
				before, start := allocated(), time.Now()
				err := do(t.Context(), c, liveCall(t, url))
				require.Error(t, err, way)
				require.Less(t, time.Since(start), 4*time.Second, "%s took until its time was over: %v", way, err)
				if tc.slow {
					require.ErrorIs(t, err, context.DeadlineExceeded, way)
				}
				require.Less(t, allocated()-before, uint64(8<<20), "%s allocated more than its bounds explain", way)
			}
		})
	}
}

// allocated is how many bytes this program has taken so far, given back or not.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// Nothing that calls an endpoint follows a redirect, whatever its kind and wherever it leads.
func TestNoRedirectIsFollowed(t *testing.T) {
	var reached atomic.Int64
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer inner.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{inner.URL, "//" + inner.Listener.Addr().String(), "/elsewhere", "file:///etc/passwd", "http://169.254.169.254/"} {
			var calls atomic.Int64
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				w.Header().Set("Location", to)
				w.Header().Set("Refresh", "0; url="+to)
				w.WriteHeader(status)
			}))
			c := client(t, nil)
			for way, do := range ways {
				err := do(t.Context(), c, liveCall(t, srv.URL))
				api, ok := errors.AsType[*wire.APIError](err)
				require.True(t, ok, "%s: %v", way, err)
				require.Equal(t, status, api.Status)
			}
			srv.Close()
			require.EqualValues(t, len(ways), calls.Load(), "each way calls once")
		}
	}
	require.Zero(t, reached.Load())
}

// FuzzCheckTarget compares with a list that was written the other way round: bits of an address, and not prefixes.
func FuzzCheckTarget(f *testing.F) {
	for _, s := range []string{"8.8.8.8", "127.0.0.1", "::1", "::ffff:10.0.0.1", "2606:4700::1111", "64:ff9b::1", "2002::1", "169.254.1.1", "2001:1ff:ffff::", "2001:200::", "3fff:1000::"} {
		b, err := netip.MustParseAddr(s).MarshalBinary()
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		ip, ok := netip.AddrFromSlice(b)
		if !ok {
			return
		}
		err := wire.CheckTarget(ip)
		if err != nil {
			require.ErrorIs(t, err, wire.ErrTarget)
		}
		if ip = ip.Unmap(); ip.Is4() {
			a := ip.As4()
			inside := a[0] == 0 || a[0] == 10 || a[0] == 127 || a[0] >= 224 || a[0] == 100 && a[1]&0xc0 == 64 || a[0] == 169 && a[1] == 254 || a[0] == 172 && a[1]&0xf0 == 16 ||
				a[0] == 192 && (a[1] == 168 || a[1] == 0 && (a[2] == 0 || a[2] == 2) || a[1] == 88 && a[2] == 99) || a[0] == 198 && (a[1]&0xfe == 18 || a[1] == 51 && a[2] == 100) ||
				a[0] == 203 && a[1] == 0 && a[2] == 113
			require.Equal(t, inside, err != nil, ip)
			return
		}
		a := ip.As16()
		inside := a[0]&0xe0 != 0x20 || a[0] == 0x20 && a[1] == 2 || a[0] == 0x20 && a[1] == 1 && (a[2]&0xfe == 0 || a[2] == 0x0d && a[3] == 0xb8) || a[0] == 0x3f && a[1] == 0xff && a[2]&0xf0 == 0
		require.Equal(t, inside, err != nil, ip)
	})
}

// FuzzEndpoint: whatever an axon says that it is, a call goes to its host and to a path below its own, or nowhere. A proxy that refuses takes the place of the network.
func FuzzEndpoint(f *testing.F) {
	for _, host := range hostileHosts {
		f.Add("http://"+host+":80/a", "/v1/x?y=1")
	}
	f.Add("http://8.8.8.8:80/base/", "/v1/x")
	f.Add("http://a.example/%2e%2e/b", "/%2e%2e/x")
	f.Add("https://a.example:443", "//b.example/x")
	f.Add("HTTP://a.example:80\\@b.example", "/")
	f.Add("http://a.example:80/\xff", "/\u2028")
	var host, target string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, target = r.Host, r.URL.RequestURI()
		w.WriteHeader(http.StatusTeapot)
	}))
	f.Cleanup(proxy.Close)
	via, err := url.Parse(proxy.URL)
	require.NoError(f, err)
	c, err := wire.NewClient(wire.ClientOptions{ChainID: chainID, Proxy: via, Timeout: 5 * time.Second})
	require.NoError(f, err)
	f.Cleanup(c.Close)
	s := session(f, 5, wire.ScopeCall, netuid)
	to, key := minerAddress(f), serviceKey(f, 1).Public()
	f.Fuzz(func(t *testing.T, endpoint, route string) {
		if strings.HasPrefix(strings.ToLower(endpoint), "https:") {
			endpoint = "http:" + endpoint[6:] // which a proxy sees the path of
		}
		host, target = "", ""
		_, err := c.Do(t.Context(), wire.Call{Session: s, Endpoint: endpoint, To: to, ServiceKey: key, Netuid: netuid, Path: route})
		require.Error(t, err)
		if host == "" {
			return
		}
		u, err := url.Parse(endpoint)
		require.NoError(t, err)
		require.Equal(t, strings.TrimSuffix(u.Host, ":"), host)
		require.Equal(t, strings.TrimRight(u.EscapedPath(), "/")+route, target, "of %q", endpoint)
		name := strings.ToLower(u.Hostname())
		if ip, err := netip.ParseAddr(name); err == nil {
			require.NoError(t, wire.CheckTarget(ip))
			return
		}
		require.Contains(t, strings.TrimSuffix(name, "."), ".")
		require.NotContains(t, name, "localhost.")
	})
}

// FuzzRawReply: whatever bytes a connection brings, every way to call ends, in its bounds and with an error, and believes none of them.
func FuzzRawReply(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
	f.Add([]byte("HTTP/1.1 402 No\r\nContent-Type: application/json\r\n\r\n{\"accepts\":[{\"amount\":\"1\"}]}"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nAgon-Receipt: AQ\r\nAgon-Cost: 1\r\nAgon-Hardware: AQ\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=\xff\r\n\r\nevent: agon.receipt\ndata: {\"receipt\":\"\xff\"}\n\n"))
	f.Add([]byte("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 999 \r\n\r\n"))
	var answer []byte
	url := raw(f, func(c net.Conn) { request(c); _, _ = c.Write(answer) })
	c, err := wire.NewClient(wire.ClientOptions{ChainID: chainID, AllowPrivate: true, FreshConnections: true, MaxReply: 1000, Timeout: 5 * time.Second})
	require.NoError(f, err)
	f.Cleanup(c.Close)
	s := session(f, 5, wire.ScopeCall, netuid)
	call := wire.Call{Session: s, Endpoint: url, To: minerAddress(f), ServiceKey: serviceKey(f, 1).Public(), Netuid: netuid, Path: "/v1/x", Body: []byte("{}")}
	f.Fuzz(func(t *testing.T, b []byte) {
		answer = b
		for way, do := range ways {
			before, start := allocated(), time.Now()
			err := do(t.Context(), c, call)
			if way == "voucher" && err == nil {
				require.Contains(t, string(b), " 204")
				continue
			}
			if way == "hardware" && err == nil {
				continue // it is not verified yet
			}
			require.Error(t, err, way)
			require.Less(t, time.Since(start), 4*time.Second, way)
			require.Less(t, allocated()-before, uint64(8<<20+16*len(b)), way)
			_ = fmt.Sprint(err)
		}
	})
}
