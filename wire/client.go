package wire

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Defaults of [ClientOptions] whose field is zero.
const (
	DefaultTimeout     = 60 * time.Second
	DefaultDialTimeout = 5 * time.Second
	DefaultMaxReply    = 8 << 20
	DefaultLife        = 60 * time.Second
)

// ClientOptions are a client's bounds. ChainID is required.
type ClientOptions struct {
	ChainID     string
	Timeout     time.Duration // of a whole call, connection to last byte; 0: DefaultTimeout
	DialTimeout time.Duration // of the connection and the TLS handshake, each; 0: DefaultDialTimeout
	MaxReply    int64         // bytes of a reply's body; 0: DefaultMaxReply
	Life        time.Duration // from a request's time to its expiry; 0: DefaultLife

	// AllowPrivate lets calls go to loopback and private addresses: for local networks only.
	AllowPrivate bool
	// IdlePerHost is how many idle connections to one miner are kept; 0: 4. Who calls much wants about as many as calls at once.
	IdlePerHost int
	// FreshConnections opens a connection per call. Calls that share one are seen to come from one caller, so an
	// examiner that rotates its accounts wants it; so does anyone who does not want their sessions linked.
	FreshConnections bool
	// Proxy, if set, carries all calls (http, https or socks5): miners then see its address and not the caller's. It resolves names itself,
	// so that only literal addresses and local names can be judged here; choose one that cannot reach a network of yours.
	Proxy *url.URL
	// Now is the clock that dates requests; nil: time.Now.
	Now func() time.Time
}

// Client sends signed requests and believes only replies with a receipt. Safe for concurrent use.
type Client struct {
	opts ClientOptions
	http *http.Client
}

// NewClient makes a client. Close it to drop its idle connections.
func NewClient(o ClientOptions) (*Client, error) {
	if o.ChainID == "" {
		return nil, fmt.Errorf("%w: client options need a ChainID", ErrCall)
	}
	o.Timeout, o.DialTimeout = orDefault(o.Timeout, DefaultTimeout), orDefault(o.DialTimeout, DefaultDialTimeout)
	o.Life = orDefault(o.Life, DefaultLife)
	if o.MaxReply <= 0 {
		o.MaxReply = DefaultMaxReply
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	d := &net.Dialer{Timeout: o.DialTimeout}
	// No proxy from the environment: it would be dialled in the target's place and the guard would judge the wrong address.
	var proxy func(*http.Request) (*url.URL, error)
	if o.Proxy != nil {
		proxy = http.ProxyURL(o.Proxy)
	} else if !o.AllowPrivate {
		d.Control = guardDial
	}
	return &Client{opts: o, http: &http.Client{
		Transport: &http.Transport{
			Proxy:                  proxy,
			DialContext:            d.DialContext,
			TLSHandshakeTimeout:    o.DialTimeout,
			ForceAttemptHTTP2:      true,
			DisableCompression:     true, // hashes are of the bytes carried
			DisableKeepAlives:      o.FreshConnections,
			MaxIdleConnsPerHost:    cmp.Or(o.IdlePerHost, 4),
			MaxIdleConns:           max(256, 4*o.IdlePerHost),
			IdleConnTimeout:        90 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		},
		// A redirect would carry a signed request to a recipient that it was not signed for.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Close drops idle connections. Calls under way go on.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Call is one request to one miner.
type Call struct {
	Session     *Session
	Endpoint    string        // the axon's URL
	To          string        // bech32 hotkey of the miner
	ServiceKey  ServicePublic // that the chain binds to it
	Netuid      uint16
	Method      string // "": POST
	Path        string // the task's route, with query if any
	ContentType string // "": application/json
	Accept      string // "": application/json, of a stream text/event-stream
	Body        []byte
	Tag         Tag // zero: random
	// Voucher is what pays for the call, as [Voucher.String] spells it; "" for none.
	Voucher string

	// OnData, if set, is given each piece of a 2xx body as it arrives, before its receipt is known. It must not keep the slice.
	// An error from it ends the call. [Client.Stream] does not use it.
	OnData func([]byte) error
	// Opener, of a call whose body was sealed, has [Client.Stream] open the events and their end. [Client.Do] does not use it.
	Opener *ResponseOpener
}

// Reply is what came back over HTTP, whatever its status.
type Reply struct {
	Status    int
	Header    http.Header
	Body      []byte
	Request   *Request      // what was signed; its Hash and Tag are in the receipt
	Receipt   *Receipt      // verified; nil where none came, or where it did not verify
	Charge    *Charge       // what the miner says that it cost; nil where it says nothing. Nobody signs it: reckon it again from the receipt
	FirstByte time.Duration // from before the connection to the reply's headers
	Latency   time.Duration // from before the connection to the last byte of the body
}

// Do sends the call and verifies the reply. A 2xx reply without a valid receipt is an error; a reply of any other status is an
// [*APIError]. The reply is not nil whenever there was one, also beside an error. Other errors: [ErrCall], [ErrTarget],
// [ErrReplyTooLarge], [ErrNoReceipt], [ErrReceipt], [ErrReceiptSignature], [ErrReceiptMismatch], [ErrCharge], and net/http's own. The body of
// a 402 that asks for a voucher is for [ParsePaymentRequired].
func (c *Client) Do(ctx context.Context, call Call) (*Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	reply, resp, start, err := c.send(ctx, call, "application/json")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return reply, c.take(reply, resp, call, start)
}

// send signs the call and sends it. The reply that it returns has no body yet.
func (c *Client) send(ctx context.Context, call Call, accept string) (*Reply, *http.Response, time.Time, error) {
	refuse := func(err error) (*Reply, *http.Response, time.Time, error) { return nil, nil, time.Time{}, err }
	u, err := c.target(call.Endpoint, call.Path)
	if err != nil {
		return refuse(err)
	}
	if call.Session == nil || call.To == "" || call.ServiceKey == (ServicePublic{}) {
		return refuse(fmt.Errorf("%w: needs Session, To and ServiceKey", ErrCall))
	}
	req, err := http.NewRequestWithContext(ctx, cmp.Or(call.Method, http.MethodPost), u.String(), bytes.NewReader(call.Body))
	if err != nil {
		return refuse(fmt.Errorf("%w: %w", ErrCall, err))
	}
	req.Header.Set("Content-Type", cmp.Or(call.ContentType, "application/json"))
	req.Header.Set("Accept", cmp.Or(call.Accept, accept))
	req.Header.Set("User-Agent", "agon/"+Version)
	if call.Voucher != "" {
		req.Header.Set(HeaderVoucher, call.Voucher)
	}
	if call.Tag == (Tag{}) {
		call.Tag = RandomTag()
	}
	now := c.opts.Now()
	signed, err := Sign(req, call.Body, c.opts.ChainID, call.Session, Header{Tag: call.Tag, Time: now, Expiry: now.Add(c.opts.Life), To: call.To})
	if err != nil {
		return refuse(err)
	}
	start := time.Now()
	resp, err := c.http.Do(req)
	if err != nil {
		return refuse(fmt.Errorf("call miner %s: %w", call.To, err))
	}
	return &Reply{Status: resp.StatusCode, Header: resp.Header, Request: signed, FirstByte: time.Since(start)}, resp, start, nil
}

// take reads a whole body and verifies the receipt in the header.
func (c *Client) take(reply *Reply, resp *http.Response, call Call, start time.Time) (err error) {
	onData := call.OnData
	if !reply.ok() {
		onData = nil
	}
	reply.Body, err = readBody(resp.Body, c.opts.MaxReply, onData)
	reply.Latency = time.Since(start)
	if err != nil {
		return fmt.Errorf("read reply of miner %s: %w", call.To, err)
	}
	err = reply.takeReceipt(resp, call, c.opts.ChainID)
	switch {
	case !reply.ok():
		// What the error says matters more than whether it was signed for.
		return ParseAPIError(reply.Status, reply.Body)
	case err != nil:
		return fmt.Errorf("reply of miner %s: %w", call.To, err)
	}
	if reply.Charge, err = ParseCharge(resp.Header); err != nil {
		return fmt.Errorf("reply of miner %s: %w", call.To, err)
	}
	return nil
}

func (r *Reply) ok() bool { return r.Status >= 200 && r.Status < 300 }

func (r *Reply) takeReceipt(resp *http.Response, call Call, chainID string) error {
	v := resp.Header.Values(HeaderReceipt)
	if len(v) == 0 {
		return ErrNoReceipt
	}
	if len(v) > 1 {
		return fmt.Errorf("%w: given %d times, want once", ErrReceipt, len(v))
	}
	rec, err := ParseReceipt(v[0])
	if err != nil {
		return err
	}
	if err := rec.Verify(call.ServiceKey); err != nil {
		return err
	}
	if err := rec.Matches(r.Request, chainID, call.Netuid, r.Status, r.Body); err != nil {
		return err
	}
	r.Receipt = &rec
	return nil
}

// Matches says whether the receipt is about this request and this reply. It checks no signature.
func (r *Receipt) Matches(req *Request, chainID string, netuid uint16, status int, body []byte) error {
	return r.matches(req, chainID, netuid, status, BodyHash(body))
}

func (r *Receipt) matches(req *Request, chainID string, netuid uint16, status int, response Hash) error {
	for _, f := range []struct {
		name string
		ok   bool
	}{
		{"chain id", r.ChainIDHash == ChainIDHash(chainID)},
		{"netuid", r.Netuid == netuid},
		{"request hash", r.RequestHash == req.Hash},
		{"question hash", r.QuestionHash == req.QuestionHash},
		{"tag", r.Tag == req.Tag},
		{"status", int(r.Status) == status},
		{"response hash", r.ResponseHash == response},
	} {
		if !f.ok {
			return fmt.Errorf("%w: %s differs", ErrReceiptMismatch, f.name)
		}
	}
	return nil
}

func readBody(r io.Reader, limit int64, onData func([]byte) error) ([]byte, error) {
	var out bytes.Buffer
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		if int64(out.Len()+n) > limit {
			return out.Bytes(), fmt.Errorf("%w: more than %d bytes", ErrReplyTooLarge, limit)
		}
		out.Write(buf[:n])
		if n > 0 && onData != nil {
			if err := onData(buf[:n]); err != nil {
				return out.Bytes(), err
			}
		}
		if errors.Is(err, io.EOF) {
			return out.Bytes(), nil
		}
		if err != nil {
			return out.Bytes(), err
		}
	}
}
