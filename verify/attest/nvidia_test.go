package attest_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/verify/attest"
)

// service is a stand-in for NVIDIA's: it signs tokens as the claims' guide describes them, under a root of ours.
type service struct {
	vendor
	kid   string
	ueids [2]string
}

const issuer = "https://nras.example"

func newService(t testing.TB) *service {
	return &service{vendor: newVendor(t, p384), kid: "nv-eat-kid-1", ueids: [2]string{"642960189298007511250958030500749152730221142468", "1"}}
}

// how a token is made.
type how struct {
	x5c    bool // the chain in the header
	alg    jose.SignatureAlgorithm
	signer any // key to sign with; nil: the service's
	kid    string
	chain  [][]byte
}

func (s *service) token(t testing.TB, claims map[string]any, h how) string {
	t.Helper()
	if h.alg == "" {
		h.alg = jose.ES384
	}
	if h.signer == nil {
		h.signer = s.signer.key
	}
	if h.kid == "" {
		h.kid = s.kid
	}
	o := (&jose.SignerOptions{}).WithHeader("kid", h.kid).WithType("JWT")
	if h.x5c {
		if h.chain == nil {
			h.chain = s.signer.chain
		}
		var chain []string
		for _, c := range h.chain {
			chain = append(chain, base64.StdEncoding.EncodeToString(c))
		}
		o = o.WithHeader("x5c", chain)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: h.alg, Key: h.signer}, o)
	require.NoError(t, err)
	raw, err := json.Marshal(claims)
	require.NoError(t, err)
	signed, err := signer.Sign(raw)
	require.NoError(t, err)
	out, err := signed.CompactSerialize()
	require.NoError(t, err)
	return out
}

// made is a bundle in the making; a test changes a part of it.
type made struct {
	overall map[string]any
	devices map[string]map[string]any
	how     how            // of every token
	outer   *how           // of the overall token, if another
	inner   map[string]how // of one device's token, if another
	jwks    bool           // ship the service's keys
	after   func(tokens map[string]string)
}

func (s *service) evidence(t testing.TB, nonce [32]byte, change func(*made)) attest.Evidence {
	t.Helper()
	common := map[string]any{"iss": issuer, "iat": now.Unix() - 5, "nbf": now.Unix() - 5, "exp": now.Unix() + 3600, "eat_nonce": hex.EncodeToString(nonce[:])}
	m := made{jwks: true, inner: map[string]how{}, devices: map[string]map[string]any{}}
	m.overall = maps.Clone(common)
	m.overall["x-nvidia-ver"], m.overall["x-nvidia-overall-att-result"], m.overall["sub"] = "3.0", true, "NVIDIA-PLATFORM-ATTESTATION"
	for i, name := range []string{"GPU-0", "GPU-1"} {
		d := maps.Clone(common)
		maps.Copy(d, map[string]any{
			"ueid": s.ueids[i], "hwmodel": "GH100 A01 GSP BROM", "measres": "success", "dbgstat": "disabled", "secboot": true,
			"x-nvidia-device-type": "gpu", "x-nvidia-gpu-attestation-report-nonce-match": true, "oemid": "5703",
		})
		m.devices[name] = d
	}
	if change != nil {
		change(&m)
	}
	tokens, submods := map[string]string{}, map[string]any{}
	for name, claims := range m.devices {
		h := m.how
		if other, ok := m.inner[name]; ok {
			h = other
		}
		tokens[name] = s.token(t, claims, h)
		sum := sha256.Sum256([]byte(tokens[name]))
		submods[name] = []any{"DIGEST", []any{"SHA-256", hex.EncodeToString(sum[:])}}
	}
	if _, set := m.overall["submods"]; !set {
		m.overall["submods"] = submods
	}
	outer := m.how
	if m.outer != nil {
		outer = *m.outer
	}
	top := s.token(t, m.overall, outer)
	if m.after != nil {
		m.after(tokens)
	}
	doc := map[string]any{"eat": []any{[]string{"JWT", top}, tokens}}
	if m.jwks {
		doc["jwks"] = s.jwks(t)
	}
	raw, err := json.Marshal(doc)
	require.NoError(t, err)
	return attest.Evidence{Kind: attest.KindNVIDIA, Document: raw}
}

func (s *service) jwks(t testing.TB) jose.JSONWebKeySet {
	var certs []*x509.Certificate
	for _, der := range s.signer.chain {
		c, err := x509.ParseCertificate(der)
		require.NoError(t, err)
		certs = append(certs, c)
	}
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.signer.key.Public(), KeyID: s.kid, Use: "sig", Algorithm: "ES384", Certificates: certs}}}
}

func TestNVIDIAAcceptsEachWayToCertifyAKey(t *testing.T) {
	s, b := newService(t), binding()
	bare := s.jwks(t)
	bare.Keys[0].Certificates = nil
	for _, c := range []struct {
		name   string
		v      attest.NVIDIA
		change func(*made)
	}{
		{"keys-in-the-document", attest.NVIDIA{Roots: s.pool()}, nil},
		{"chain-in-the-tokens", attest.NVIDIA{Roots: s.pool()}, func(m *made) { m.jwks, m.how = false, how{x5c: true} }},
		{"keys-that-are-pinned", attest.NVIDIA{Keys: &bare}, func(m *made) { m.jwks = false }},
		{"pinned-whatever-else-the-token-shows", attest.NVIDIA{Keys: &bare}, func(m *made) { m.how = how{x5c: true} }},
		{"issuer-that-is-asked-for", attest.NVIDIA{Roots: s.pool(), Issuers: []string{issuer}}, nil},
		{"devices-without-nonce", attest.NVIDIA{Roots: s.pool()}, func(m *made) { delete(m.devices["GPU-1"], "eat_nonce") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := attest.Verifiers{c.v}.Verify(s.evidence(t, b.Nonce(), c.change), b, now)
			require.NoError(t, err)
			require.Equal(t, []attest.Device{{ID: s.ueids[0], Model: "GH100 A01 GSP BROM"}, {ID: s.ueids[1], Model: "GH100 A01 GSP BROM"}}, r.Devices)
			require.Equal(t, now.Unix()+3600, r.Until.Unix())
		})
	}
}

func TestNVIDIARefuses(t *testing.T) {
	s, b := newService(t), binding()
	other := newService(t)
	public, err := x509.MarshalPKIXPublicKey(s.signer.key.Public())
	require.NoError(t, err)
	set := func(name string, to any) func(*made) { return func(m *made) { m.overall[name] = to } }
	device := func(name string, to any) func(*made) { return func(m *made) { m.devices["GPU-1"][name] = to } }
	expired := issue(t, s.between, "Old signer", p384(t), until(now.Add(-time.Minute)))
	long := s.between
	for range attest.MaxChain {
		long = issue(t, long, "One more", p384(t), authority)
	}
	far := issue(t, long, "Far signer", p384(t))
	for _, c := range []struct {
		name   string
		v      attest.NVIDIA
		change func(*made)
		want   error
	}{
		{"another-root", attest.NVIDIA{Roots: other.pool()}, nil, attest.ErrChain},
		{"another-root-in-the-tokens", attest.NVIDIA{Roots: other.pool()}, func(m *made) { m.how.x5c = true }, attest.ErrChain},
		{"no-roots", attest.NVIDIA{}, nil, attest.ErrChain},
		{"no-keys", attest.NVIDIA{Roots: s.pool()}, func(m *made) { m.jwks = false }, attest.ErrChain},
		{"kid-unknown", attest.NVIDIA{Roots: s.pool()}, func(m *made) { m.how.kid = "kid-2" }, attest.ErrChain},
		{"signer-expired", attest.NVIDIA{Roots: s.pool()}, func(m *made) { m.how = how{x5c: true, signer: expired.key, chain: expired.chain} }, attest.ErrTime},
		{"chain-too-long", attest.NVIDIA{Roots: s.pool()}, func(m *made) { m.how = how{x5c: true, signer: far.key, chain: far.chain} }, attest.ErrChain},
		{"authority-signs", attest.NVIDIA{Roots: s.pool()}, func(m *made) {
			m.how = how{x5c: true, signer: s.between.key, chain: s.between.chain}
		}, attest.ErrChain},
		{"signed-by-another", attest.NVIDIA{Roots: s.pool()}, func(m *made) { m.how.signer = other.signer.key }, attest.ErrSignature},
		{"one-device-signed-by-another", attest.NVIDIA{Roots: s.pool()}, func(m *made) { m.inner["GPU-1"] = how{signer: other.signer.key} }, attest.ErrSignature},
		// The public key as the secret of a keyed hash: what a verifier that believes the header would accept.
		{"keyed-by-the-public-key", attest.NVIDIA{Roots: s.pool()}, func(m *made) { m.how = how{alg: jose.HS384, signer: public} }, attest.ErrAlgorithm},
		{"keyed-by-a-secret", attest.NVIDIA{Roots: s.pool()}, func(m *made) { m.outer = &how{alg: jose.HS256, signer: []byte(strings.Repeat("s", 32))} }, attest.ErrAlgorithm},
		{"another-curve", attest.NVIDIA{Roots: s.pool()}, func(m *made) { m.how = how{alg: jose.ES256, signer: p256(t)} }, attest.ErrAlgorithm},
		{"rsa", attest.NVIDIA{Roots: s.pool()}, func(m *made) { m.how = how{alg: jose.RS256, signer: weak(t)} }, attest.ErrAlgorithm},
		{"another-issuer", attest.NVIDIA{Roots: s.pool(), Issuers: []string{"https://nras.attestation.nvidia.com"}}, nil, attest.ErrClaims},
		{"another-nonce", attest.NVIDIA{Roots: s.pool()}, set("eat_nonce", strings.Repeat("ab", 32)), attest.ErrNonce},
		{"no-nonce", attest.NVIDIA{Roots: s.pool()}, func(m *made) { delete(m.overall, "eat_nonce") }, attest.ErrNonce},
		{"device-of-another-nonce", attest.NVIDIA{Roots: s.pool()}, device("eat_nonce", strings.Repeat("ab", 32)), attest.ErrNonce},
		{"expired", attest.NVIDIA{Roots: s.pool()}, set("exp", now.Unix()), attest.ErrTime},
		{"device-expired", attest.NVIDIA{Roots: s.pool()}, device("exp", now.Unix()-1), attest.ErrTime},
		{"not-yet-valid", attest.NVIDIA{Roots: s.pool()}, set("nbf", now.Add(2*attest.Skew).Unix()), attest.ErrTime},
		{"without-end", attest.NVIDIA{Roots: s.pool()}, func(m *made) { delete(m.overall, "exp") }, attest.ErrClaims},
		{"failed-overall", attest.NVIDIA{Roots: s.pool()}, set("x-nvidia-overall-att-result", false), attest.ErrClaims},
		{"no-verdict", attest.NVIDIA{Roots: s.pool()}, func(m *made) { delete(m.overall, "x-nvidia-overall-att-result") }, attest.ErrClaims},
		{"verdict-in-words", attest.NVIDIA{Roots: s.pool()}, set("x-nvidia-overall-att-result", "true"), attest.ErrMalformed},
		{"no-submods", attest.NVIDIA{Roots: s.pool()}, set("submods", map[string]any{}), attest.ErrClaims},
		{"measures-failed", attest.NVIDIA{Roots: s.pool()}, device("measres", "fail"), attest.ErrClaims},
		{"measures-missing", attest.NVIDIA{Roots: s.pool()}, func(m *made) { delete(m.devices["GPU-0"], "measres") }, attest.ErrClaims},
		{"debugging", attest.NVIDIA{Roots: s.pool()}, device("dbgstat", "enabled"), attest.ErrClaims},
		{"no-secure-boot", attest.NVIDIA{Roots: s.pool()}, device("secboot", nil), attest.ErrClaims},
		{"no-id", attest.NVIDIA{Roots: s.pool()}, device("ueid", ""), attest.ErrClaims},
		{"a-switch", attest.NVIDIA{Roots: s.pool()}, device("x-nvidia-device-type", "nvswitch"), attest.ErrClaims},
		{"report-of-another-nonce", attest.NVIDIA{Roots: s.pool()}, device("x-nvidia-gpu-attestation-report-nonce-match", false), attest.ErrClaims},
		{"one-device-twice", attest.NVIDIA{Roots: s.pool()}, device("ueid", s.ueids[0]), attest.ErrClaims},
		{"device-hidden", attest.NVIDIA{Roots: s.pool()}, func(m *made) { m.after = func(tokens map[string]string) { delete(tokens, "GPU-1") } }, attest.ErrClaims},
		// A genuine token of another machine for the same nonce cannot be put in the place of one that the overall token names.
		{"device-put-in", attest.NVIDIA{Roots: s.pool()}, func(m *made) {
			m.after = func(tokens map[string]string) { tokens["GPU-1"] = tokens["GPU-0"] }
		}, attest.ErrSignature},
		{"device-renamed", attest.NVIDIA{Roots: s.pool()}, func(m *made) {
			m.after = func(tokens map[string]string) { tokens["GPU-9"] = tokens["GPU-1"]; delete(tokens, "GPU-1") }
		}, attest.ErrMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := attest.Verifiers{c.v}.Verify(s.evidence(t, b.Nonce(), c.change), b, now)
			require.ErrorIs(t, err, c.want)
		})
	}

	t.Run("unsigned", func(t *testing.T) {
		var d attest.NVIDIADocument
		require.NoError(t, json.Unmarshal(s.evidence(t, b.Nonce(), nil).Document, &d))
		var first []string
		require.NoError(t, json.Unmarshal(d.EAT[0], &first))
		parts := strings.Split(first[1], ".")
		header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"` + s.kid + `"}`))
		for _, signature := range []string{"", parts[2]} {
			raw, err := json.Marshal([]string{"JWT", header + "." + parts[1] + "." + signature})
			require.NoError(t, err)
			forged := attest.NVIDIADocument{EAT: []json.RawMessage{raw, d.EAT[1]}, JWKS: d.JWKS}
			document, err := json.Marshal(forged)
			require.NoError(t, err)
			_, err = attest.NVIDIA{Roots: s.pool()}.Verify(document, b.Nonce(), now)
			require.ErrorIs(t, err, attest.ErrAlgorithm)
		}
	})
	t.Run("cut-off-anywhere", func(t *testing.T) {
		whole := s.evidence(t, b.Nonce(), nil).Document
		for n := 0; n < len(whole); n += 37 {
			_, err := attest.NVIDIA{Roots: s.pool()}.Verify(whole[:n], b.Nonce(), now)
			require.ErrorIs(t, err, attest.ErrMalformed, n)
		}
	})
	t.Run("replayed", func(t *testing.T) {
		e := s.evidence(t, b.Nonce(), nil)
		again := b
		again.Challenge[0]++
		_, err := attest.Verifiers{attest.NVIDIA{Roots: s.pool()}}.Verify(e, again, now)
		require.ErrorIs(t, err, attest.ErrNonce)
	})
}

func TestNewVerifiers(t *testing.T) {
	s, v, b := newService(t), newVendor(t, p384), binding()
	keys := s.jwks(t)
	keys.Keys[0].Certificates = nil
	jwks, err := json.Marshal(keys)
	require.NoError(t, err)
	devices, services := v.root.pem(), s.root.pem()
	all, err := attest.NewVerifiers(attest.Sources{DeviceRoots: devices, ServiceKeys: jwks})
	require.NoError(t, err)
	require.Equal(t, []string{attest.KindX509, attest.KindNVIDIA}, all.Kinds())
	_, err = all.Verify(plain(t, v.signer, said(b.Nonce())), b, now)
	require.NoError(t, err)
	_, err = all.Verify(s.evidence(t, b.Nonce(), func(m *made) { m.jwks = false }), b, now)
	require.NoError(t, err)

	for _, c := range []struct {
		name    string
		sources attest.Sources
		kinds   []string
	}{
		{"devices", attest.Sources{DeviceRoots: devices}, []string{attest.KindX509}},
		{"service", attest.Sources{ServiceRoots: services}, []string{attest.KindNVIDIA}},
		{"service-keys", attest.Sources{ServiceKeys: jwks}, []string{attest.KindNVIDIA}},
	} {
		t.Run(c.name, func(t *testing.T) {
			only, err := attest.NewVerifiers(c.sources)
			require.NoError(t, err)
			require.Equal(t, c.kinds, only.Kinds())
		})
	}

	secret, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: []byte(strings.Repeat("s", 32)), KeyID: "k"}}})
	require.NoError(t, err)
	private, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.signer.key, KeyID: "k"}}})
	require.NoError(t, err)
	for name, sources := range map[string]attest.Sources{
		"none":              {},
		"bad-roots":         {DeviceRoots: []byte("x"), ServiceKeys: jwks},
		"bad-service-roots": {DeviceRoots: devices, ServiceRoots: []byte("x")},
		"bad-keys":          {DeviceRoots: devices, ServiceKeys: []byte("x")},
		"no-keys":           {ServiceKeys: []byte(`{"keys":[]}`)},
		"shared-secret":     {ServiceKeys: secret},
		"private-key":       {ServiceKeys: private},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := attest.NewVerifiers(sources)
			require.ErrorIs(t, err, attest.ErrRoots)
		})
	}
}

// TestADeviceIsNoService: who bought a device holds a key below the vendor's roots, and signs no tokens about other devices with it.
func TestADeviceIsNoService(t *testing.T) {
	v, s, b := newVendor(t, p384), newService(t), binding()
	sources := attest.Sources{DeviceRoots: v.root.pem(), ServiceRoots: s.root.pem()}
	verifiers, err := attest.NewVerifiers(sources)
	require.NoError(t, err)
	forger := service{vendor: v, kid: s.kid, ueids: [2]string{"somebody's", "somebody else's"}}
	for name, change := range map[string]func(*made){
		"keys-in-the-document": nil,
		"chain-in-the-tokens":  func(m *made) { m.jwks, m.how = false, how{x5c: true} },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := verifiers.Verify(forger.evidence(t, b.Nonce(), change), b, now)
			require.ErrorIs(t, err, attest.ErrChain)
			_, err = verifiers.Verify(s.evidence(t, b.Nonce(), change), b, now)
			require.NoError(t, err)
		})
	}
	t.Run("the-other-way", func(t *testing.T) {
		device := issue(t, s.between, "GPU-7", p384(t))
		_, err := verifiers.Verify(plain(t, device, said(b.Nonce())), b, now)
		require.ErrorIs(t, err, attest.ErrChain)
	})
}
