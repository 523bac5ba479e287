package wire

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const domainRequest = "agon/request/v1"

// Version is the protocol version that this package speaks.
const Version = "1"

// Headers of a signed request, and of its reply.
const (
	HeaderVersion   = "Agon-Version"   // "1"
	HeaderTag       = "Agon-Tag"       // 32 bytes, base64url
	HeaderNonce     = "Agon-Nonce"     // 16 bytes, base64url
	HeaderTime      = "Agon-Time"      // Unix milliseconds, decimal
	HeaderExpiry    = "Agon-Expiry"    // Unix milliseconds, decimal
	HeaderFrom      = "Agon-From"      // bech32 address of the paying account
	HeaderTo        = "Agon-To"        // bech32 address of the miner's hotkey
	HeaderSession   = "Agon-Session"   // Certificate, base64url
	HeaderSignature = "Agon-Signature" // 64 bytes, base64url, by the session key
	HeaderReceipt   = "Agon-Receipt"   // Receipt, base64url, on the reply; a stream has it in its last event
)

const (
	maxMethod  = 16
	maxTarget  = 4096
	maxChainID = 64
)

// Defaults of a [RequestPolicy] whose field is zero.
const (
	DefaultMaxAge    = 60 * time.Second
	DefaultMaxSkew   = 10 * time.Second
	DefaultMaxExpiry = 5 * time.Minute
)

// Header is what a caller puts on a request besides its body.
type Header struct {
	Tag    Tag
	Nonce  Nonce
	Time   time.Time // whole milliseconds
	Expiry time.Time // whole milliseconds; the miner need not begin after it
	From   string
	To     string
}

// Request is a request whose signature, freshness, recipient and session were verified.
type Request struct {
	Header
	Method       string
	Target       string      // path with query, as the request line carries it
	Account      AccountKey  // who pays; its address is From
	Session      Certificate // who signed
	Hash         Hash        // SHA-256 of the signing bytes: the receipt's RequestHash
	QuestionHash Hash        // BodyHash of the body: the receipt's QuestionHash
}

// requestBytes is what the session key signs. Every part of variable width carries its length, so two different requests
// never give the same bytes.
func requestBytes(chainID, method, target string, body Hash, h *Header) ([]byte, error) {
	for _, f := range []struct {
		name, value string
		limit       int
	}{{"chain id", chainID, maxChainID}, {"method", method, maxMethod}, {"path", target, maxTarget}, {"from", h.From, maxAddress}, {"to", h.To, maxAddress}} {
		if len(f.value) == 0 || len(f.value) > f.limit {
			return nil, fmt.Errorf("%w: %s has %d bytes, want 1 to %d", ErrHeader, f.name, len(f.value), f.limit)
		}
	}
	b := append(make([]byte, 0, 512), domainRequest...)
	b = appendShort(b, chainID)
	b = appendShort(b, method)
	b = appendShort(b, target)
	b = append(b, body[:]...)
	b = append(b, h.Tag[:]...)
	b = append(b, h.Nonce[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(h.Time.UnixMilli()))
	b = binary.BigEndian.AppendUint64(b, uint64(h.Expiry.UnixMilli()))
	b = appendShort(b, h.From)
	return appendShort(b, h.To), nil
}

// newRequest is what was signed, of somebody else's request: no more of it than a receipt is compared with.
func newRequest(chainID, method, target string, question Hash, h Header) (*Request, error) {
	b, err := requestBytes(chainID, method, target, question, &h)
	if err != nil {
		return nil, err
	}
	return &Request{Header: h, Method: method, Target: target, Hash: sha256.Sum256(b), QuestionHash: question}, nil
}

// target is the path with query as the request line carries it. The two sides must see the same bytes, so a
// proxy in between must not rewrite paths.
func target(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}

// NewNonce is a fresh random nonce.
func NewNonce() Nonce {
	var n Nonce
	rand.Read(n[:]) //nolint:errcheck // crypto/rand.Read never returns an error: it ends the program instead
	return n
}

// Sign puts the signed headers on a request whose method, URL and body are final. It fills in a Nonce and From where h
// has none and returns what the receipt will be checked against.
func Sign(r *http.Request, body []byte, chainID string, s *Session, h Header) (*Request, error) {
	if s == nil || s.Key.IsZero() {
		return nil, fmt.Errorf("%w: no session", ErrCall)
	}
	if h.Nonce == (Nonce{}) {
		h.Nonce = NewNonce()
	}
	if h.From == "" {
		h.From = s.Address
	}
	h.Time, h.Expiry = time.UnixMilli(h.Time.UnixMilli()), time.UnixMilli(h.Expiry.UnixMilli())
	out := &Request{Header: h, Method: r.Method, Target: target(r), Account: s.Certificate.Account, Session: s.Certificate, QuestionHash: BodyHash(body)}
	b, err := requestBytes(chainID, r.Method, out.Target, out.QuestionHash, &h)
	if err != nil {
		return nil, err
	}
	sig, err := s.Key.sign(b)
	if err != nil {
		return nil, err
	}
	out.Hash = sha256.Sum256(b)
	r.Header.Set(HeaderVersion, Version)
	r.Header.Set(HeaderTag, h.Tag.String())
	r.Header.Set(HeaderNonce, text.EncodeToString(h.Nonce[:]))
	r.Header.Set(HeaderTime, strconv.FormatInt(h.Time.UnixMilli(), 10))
	r.Header.Set(HeaderExpiry, strconv.FormatInt(h.Expiry.UnixMilli(), 10))
	r.Header.Set(HeaderFrom, h.From)
	r.Header.Set(HeaderTo, h.To)
	r.Header.Set(HeaderSession, s.Certificate.String())
	r.Header.Set(HeaderSignature, text.EncodeToString(sig[:]))
	return out, nil
}

// RequestPolicy is what a miner asks of a request. ChainID, To and Replay are required.
type RequestPolicy struct {
	ChainID string
	To      string // bech32 hotkey of this miner
	Netuid  uint16 // the subnet served; AnyNetuid asks no session for a subnet

	MaxAge         time.Duration // how old a request may be; 0: DefaultMaxAge
	MaxSkew        time.Duration // how far ahead the caller's clock may run; 0: DefaultMaxSkew
	MaxExpiry      time.Duration // the most that expiry may lie after time; 0: DefaultMaxExpiry
	MaxSessionLife time.Duration // 0: MaxSessionLife

	// NotBefore refuses requests signed earlier. A miner sets it to its start, since its replay cache knows nothing older.
	NotBefore time.Time
	Replay    *ReplayCache
	// Sessions, if set, spares the verification of a session's certificate on all but the first of its requests.
	Sessions *SessionCache

	// Admit, if set, judges a caller whose signatures are good: funds, rate, channel. It is asked before the nonce is remembered, because
	// accounts cost nothing to make up and those without funds must not fill the replay cache. Its error is returned as it is.
	Admit func(*Request) error
}

func orDefault(d, def time.Duration) time.Duration {
	if d <= 0 {
		return def
	}
	return d
}

// Verify judges a request at a time. Cheap checks come first and the replay cache last, so that nobody without
// a valid signature can fill it. Every error is a [*Refusal], except Admit's own and that of a policy that lacks a required field.
func Verify(r *http.Request, body []byte, now time.Time, p RequestPolicy) (*Request, error) {
	if p.ChainID == "" || p.To == "" || p.Replay == nil {
		return nil, fmt.Errorf("%w: request policy needs ChainID, To and Replay", ErrCall)
	}
	h, cert, sig, err := parseHeaders(r.Header)
	if err != nil {
		return nil, err
	}
	if err := p.fresh(&h, now); err != nil {
		return nil, err
	}
	if h.To != p.To {
		return nil, fmt.Errorf("%w: to %q, this is %q; read the miner's axon again", ErrRecipient, h.To, p.To)
	}
	addr, err := cert.Account.Address(AddressPrefix)
	if err != nil || addr != h.From {
		return nil, fmt.Errorf("%w: from %q, session certified by %q", ErrSender, h.From, addr)
	}
	out := &Request{Header: h, Method: r.Method, Target: target(r), Account: cert.Account, Session: cert, QuestionHash: BodyHash(body)}
	b, err := requestBytes(p.ChainID, r.Method, out.Target, out.QuestionHash, &h)
	if err != nil {
		return nil, err
	}
	if !ed25519.Verify(cert.SessionKey[:], b, sig[:]) {
		return nil, fmt.Errorf("%w: %s %s from %s; sign the method, path, body and headers as sent, for chain %q", ErrSignature, r.Method, target(r), h.From, p.ChainID)
	}
	if err := cert.grants(now, SessionPolicy{
		ChainID: p.ChainID, Scope: ScopeCall, Netuid: p.Netuid, MaxLife: p.MaxSessionLife, Skew: orDefault(p.MaxSkew, DefaultMaxSkew),
	}); err != nil {
		return nil, err
	}
	known := p.Sessions.has(&cert)
	if !known {
		if err := cert.signed(); err != nil {
			return nil, err
		}
	}
	out.Hash = sha256.Sum256(b)
	if p.Admit != nil {
		if err := p.Admit(out); err != nil {
			return nil, err
		}
	}
	if !known {
		p.Sessions.add(&cert) // not before Admit: accounts without funds cost nothing to make up, and would push others out
	}
	until := h.Time.Add(orDefault(p.MaxAge, DefaultMaxAge))
	if h.Expiry.Before(until) {
		until = h.Expiry
	}
	// One millisecond more: at exactly MaxAge a request still passes.
	if err := p.Replay.Add(cert.Account, h.Nonce, until.Add(time.Millisecond), now); err != nil {
		return nil, err
	}
	return out, nil
}

func (p *RequestPolicy) fresh(h *Header, now time.Time) error {
	age, skew, expiry := orDefault(p.MaxAge, DefaultMaxAge), orDefault(p.MaxSkew, DefaultMaxSkew), orDefault(p.MaxExpiry, DefaultMaxExpiry)
	t, e, n := h.Time.UnixMilli(), h.Expiry.UnixMilli(), now.UnixMilli()
	switch {
	case t > n+skew.Milliseconds():
		return fmt.Errorf("%w: %s %d, now %d, at most %s ahead; set your clock", ErrFromFuture, HeaderTime, t, n, skew)
	case t < n-age.Milliseconds():
		return fmt.Errorf("%w: %s %d, now %d, at most %s ago; sign again, or set your clock", ErrStale, HeaderTime, t, n, age)
	case !p.NotBefore.IsZero() && t < p.NotBefore.UnixMilli():
		return fmt.Errorf("%w: %s %d, serving since %d; sign again", ErrStale, HeaderTime, t, p.NotBefore.UnixMilli())
	case e <= t || e-t > expiry.Milliseconds():
		return fmt.Errorf("%w: %s %d, %s %d, want 1 ms to %s after it", ErrExpiryBounds, HeaderExpiry, e, HeaderTime, t, expiry)
	case e <= n:
		return fmt.Errorf("%w: %s %d, now %d; sign again", ErrExpired, HeaderExpiry, e, n)
	}
	return nil
}

func parseHeaders(h http.Header) (out Header, cert Certificate, sig [64]byte, err error) {
	// A header given twice could be read differently by two readers; each must stand exactly once.
	get := func(name string) string {
		v := h.Values(name)
		switch {
		case err != nil:
		case len(v) == 0 || v[0] == "":
			err = fmt.Errorf("%w: %s; sign the request", ErrMissingHeader, name)
		case len(v) > 1:
			err = fmt.Errorf("%w: %s is given %d times, want once", ErrHeader, name, len(v))
		default:
			return v[0]
		}
		return ""
	}
	raw := func(name string, dst []byte) {
		if v := get(name); err == nil {
			if e := decodeText(dst, v); e != nil {
				err = fmt.Errorf("%w: %s %w", ErrHeader, name, e)
			}
		}
	}
	ms := func(name string) (t time.Time) {
		if v := get(name); err == nil {
			n, e := strconv.ParseInt(v, 10, 64)
			if e != nil || n < 0 || n > maxUnix*1000 || strconv.FormatInt(n, 10) != v {
				err = fmt.Errorf("%w: %s is %.32q, want Unix milliseconds", ErrHeader, name, v)
			}
			t = time.UnixMilli(n)
		}
		return t
	}
	addr := func(name string) string {
		v := get(name)
		if len(v) > maxAddress {
			err = fmt.Errorf("%w: %s has %d characters, at most %d", ErrHeader, name, len(v), maxAddress)
		}
		return v
	}
	if v := get(HeaderVersion); err == nil && v != Version {
		err = fmt.Errorf("%w: %s is %.32q, want %q", ErrVersion, HeaderVersion, v, Version)
	}
	raw(HeaderTag, out.Tag[:])
	raw(HeaderNonce, out.Nonce[:])
	out.Time, out.Expiry = ms(HeaderTime), ms(HeaderExpiry)
	out.From, out.To = addr(HeaderFrom), addr(HeaderTo)
	raw(HeaderSignature, sig[:])
	if v := get(HeaderSession); err == nil {
		cert, err = ParseCertificate(v)
	}
	return out, cert, sig, err
}
