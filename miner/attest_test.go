package miner

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/verify/attest"
	"github.com/agon-chain/agon/wire"
)

// chip is a device of a vendor that the test is.
type chip struct {
	key   *ecdsa.PrivateKey
	cert  []byte
	roots *x509.CertPool

	mu   sync.Mutex
	fail error
	wait chan struct{} // if set, answers wait for it to be closed
	runs int
}

func newChip(t testing.TB) *chip {
	t.Helper()
	root, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	now := time.Now()
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Vendor"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, root.Public(), root)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	device := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "GPU-7"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	c := &chip{key: key, roots: x509.NewCertPool()}
	c.roots.AddCert(parsed)
	c.cert, err = x509.CreateCertificate(rand.Reader, device, parsed, key.Public(), root)
	require.NoError(t, err)
	return c
}

func (c *chip) set(change func(*chip)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(c)
}

// Attest implements Attestor.
func (c *chip) Attest(ctx context.Context, nonce [32]byte) (attest.Evidence, error) {
	c.mu.Lock()
	c.runs++
	fail, wait := c.fail, c.wait
	c.mu.Unlock()
	if wait != nil {
		select {
		case <-wait:
		case <-ctx.Done():
			return attest.Evidence{}, ctx.Err()
		}
	}
	if fail != nil {
		return attest.Evidence{}, fail
	}
	claims, err := json.Marshal(attest.X509Claims{
		Nonce: hex.EncodeToString(nonce[:]), Devices: []attest.Device{{ID: "GPU-7"}}, Issued: time.Now().Unix(), Expires: time.Now().Add(time.Hour).Unix(),
	})
	if err != nil {
		return attest.Evidence{}, err
	}
	sum := sha256.Sum256(attest.SigningBytes(claims))
	signature, err := ecdsa.SignASN1(rand.Reader, c.key, sum[:])
	if err != nil {
		return attest.Evidence{}, err
	}
	document, err := json.Marshal(attest.X509Document{Chain: [][]byte{c.cert}, Claims: claims, Signature: signature})
	return attest.Evidence{Kind: attest.KindX509, Document: document}, err
}

func (b *bench) challenge(by *wire.Session, c [32]byte) wire.Call {
	return wire.Call{
		Session: by, Endpoint: b.url, To: b.hotkey, ServiceKey: b.service.Public(), Netuid: testNetuid, Path: wire.AttestationPath, Body: wire.EncodeChallenge(c),
	}
}

// neighbour is another neuron of the subnet, which may judge.
func (b *bench) neighbour(who byte) *wire.Session { return b.neuron(who, true) }

func (b *bench) neuron(who byte, judges bool) *wire.Session {
	b.chain.set(func(f *fakeChain) {
		if f.others == nil {
			f.others = map[string]bool{}
		}
		f.others[addressOf(b.t, who).String()] = judges
	})
	return b.newSession(who)
}

func refusal(t testing.TB, err error, status int, code string) {
	t.Helper()
	var api *wire.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, status, api.Status, api)
	require.Equal(t, code, *api.Code)
}

func TestHardwareAnswersAChallenge(t *testing.T) {
	device := newChip(t)
	b := start(t, func(o *Options) { o.Attestor = device })
	reply, err := b.ask(b.challenge(b.neighbour(20), [32]byte{1, 2, 3}))
	require.NoError(t, err)
	e, err := attest.DecodeEvidence(reply.Body)
	require.NoError(t, err)
	verifiers := attest.Verifiers{attest.X509{Roots: device.roots}}
	binding := attest.Binding{ChainID: testChain, Netuid: testNetuid, Hotkey: b.hotkey, ServiceKey: b.service.Public(), Challenge: [32]byte{1, 2, 3}}
	r, err := verifiers.Verify(e, binding, time.Now())
	require.NoError(t, err)
	require.Equal(t, []attest.Device{{ID: "GPU-7"}}, r.Devices)
	binding.Challenge[0]++
	_, err = verifiers.Verify(e, binding, time.Now())
	require.ErrorIs(t, err, attest.ErrNonce)
}

func TestChallengesThatAreRefused(t *testing.T) {
	device := newChip(t)
	b := start(t, func(o *Options) { o.Attestor = device; o.Config.AttestationTimeout = 20 * time.Second })
	t.Run("by-a-caller-with-funds", func(t *testing.T) {
		_, err := b.ask(b.challenge(b.session, [32]byte{}))
		refusal(t, err, http.StatusForbidden, "not_a_neuron")
	})
	t.Run("unsigned", func(t *testing.T) {
		status, _, body := b.plain(http.MethodPost, wire.AttestationPath, strings.NewReader(string(wire.EncodeChallenge([32]byte{}))))
		require.Equal(t, http.StatusUnauthorized, status)
		require.Contains(t, string(body), "missing_header")
	})
	t.Run("malformed", func(t *testing.T) {
		call := b.challenge(b.neighbour(21), [32]byte{})
		call.Body = []byte(`{"nonce":"00"}`)
		_, err := b.ask(call)
		refusal(t, err, http.StatusBadRequest, "bad_challenge")
	})
	t.Run("too-long", func(t *testing.T) {
		call := b.challenge(b.neighbour(21), [32]byte{})
		call.Body = []byte(strings.Repeat(" ", maxChallenge+1))
		_, err := b.ask(call)
		refusal(t, err, http.StatusBadRequest, "bad_challenge")
	})
	t.Run("chain-away", func(t *testing.T) {
		by := b.neighbour(22)
		b.chain.set(func(f *fakeChain) { f.down = errors.New("no node") })
		defer b.chain.set(func(f *fakeChain) { f.down = nil })
		_, err := b.ask(b.challenge(by, [32]byte{}))
		refusal(t, err, http.StatusServiceUnavailable, "chain_unavailable")
	})
	t.Run("hardware-fails", func(t *testing.T) {
		device.set(func(c *chip) { c.fail = errors.New("secret path of the vendor's tool") })
		defer device.set(func(c *chip) { c.fail = nil })
		_, err := b.ask(b.challenge(b.neighbour(23), [32]byte{}))
		refusal(t, err, http.StatusServiceUnavailable, "attestation_failed")
		require.NotContains(t, err.Error(), "secret path")
	})
	t.Run("one-neuron-too-often", func(t *testing.T) {
		by := b.neighbour(24)
		for range attestBurst {
			_, err := b.ask(b.challenge(by, [32]byte{}))
			require.NoError(t, err)
		}
		_, err := b.ask(b.challenge(by, [32]byte{}))
		refusal(t, err, http.StatusTooManyRequests, "rate_limited")
		_, err = b.ask(b.challenge(b.neighbour(25), [32]byte{}))
		require.NoError(t, err, "another's turn is its own")
	})
	t.Run("queue-full", func(t *testing.T) {
		wait := make(chan struct{})
		device.set(func(c *chip) { c.wait = wait })
		defer device.set(func(c *chip) { c.wait = nil })
		ended := make(chan error)
		for i := range 1 + maxAttestQueue + 1 {
			by := b.neighbour(byte(30 + i))
			go func() {
				_, err := b.ask(b.challenge(by, [32]byte{}))
				ended <- err
			}()
		}
		// One is answered, maxAttestQueue wait, and the one too many is told so at once.
		refusal(t, <-ended, http.StatusServiceUnavailable, "overloaded")
		close(wait)
		for range 1 + maxAttestQueue {
			require.NoError(t, <-ended)
		}
	})
	t.Run("flood-of-strangers", func(t *testing.T) {
		var last error
		for i := range 4 * askerQueryBurst {
			if _, last = b.ask(b.challenge(b.newSession(byte(101+i)), [32]byte{})); last != nil {
				var api *wire.APIError
				require.ErrorAs(t, last, &api)
				if *api.Code == "chain_unavailable" {
					break
				}
			}
		}
		refusal(t, last, http.StatusServiceUnavailable, "chain_unavailable")
		_, err := b.ask(b.challenge(b.newSession(25), [32]byte{}))
		require.NoError(t, err, "who is known is answered all the same")
	})
}

// TestWhoJudgesNobodyKeepsNobodyWaiting: uids are cheap, and pay hangs on the answers to validators.
func TestWhoJudgesNobodyKeepsNobodyWaiting(t *testing.T) {
	wait := make(chan struct{})
	device := newChip(t)
	device.wait = wait
	b := start(t, func(o *Options) { o.Attestor = device; o.Config.AttestationTimeout = 20 * time.Second })
	asked := make(chan error)
	ask := func(by *wire.Session) {
		go func() {
			_, err := b.ask(b.challenge(by, [32]byte{}))
			asked <- err
		}()
	}
	const more = 3
	for i := range maxGuests + more {
		ask(b.neuron(byte(60+i), false))
	}
	for range more {
		refusal(t, <-asked, http.StatusServiceUnavailable, "overloaded")
	}
	ask(b.neighbour(70))
	select {
	case err := <-asked:
		require.Fail(t, "who judges is refused for those who do not", err)
	case <-time.After(300 * time.Millisecond):
	}
	close(wait)
	for range maxGuests + 1 {
		require.NoError(t, <-asked)
	}
}

func TestMinerWithoutAttestation(t *testing.T) {
	b := start(t, nil)
	_, err := b.ask(b.challenge(b.neighbour(20), [32]byte{}))
	refusal(t, err, http.StatusNotFound, "unknown_route")
}
