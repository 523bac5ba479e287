package attest_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/verify/attest"
)

var now = time.Unix(1_900_000_000, 0)

// holder is a certificate with its key, and the chain that leads from it to its root, without the root.
type holder struct {
	cert  *x509.Certificate
	key   crypto.Signer
	chain [][]byte
}

func p256(t testing.TB) crypto.Signer {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return k
}

func p384(t testing.TB) crypto.Signer {
	k, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	return k
}

func ed(t testing.TB) crypto.Signer {
	_, k, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	return k
}

func weak(t testing.TB) crypto.Signer {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	return k
}

type option func(*x509.Certificate)

func serial(s string) option { return func(c *x509.Certificate) { c.Subject.SerialNumber = s } }

func usage(u x509.KeyUsage) option { return func(c *x509.Certificate) { c.KeyUsage = u } }

func until(u time.Time) option { return func(c *x509.Certificate) { c.NotAfter = u } }

func authority(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
}

// issue makes a certificate; without an issuer it signs itself.
func issue(t testing.TB, issuer *holder, name string, key crypto.Signer, options ...option) *holder {
	t.Helper()
	number, err := rand.Int(rand.Reader, big.NewInt(1<<60))
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: number, Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
	for _, o := range options {
		o(template)
	}
	by, parent := key, template
	if issuer != nil {
		by, parent = issuer.key, issuer.cert
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	h := &holder{cert: cert, key: key}
	if issuer != nil {
		h.chain = append([][]byte{der}, issuer.chain...)
	}
	return h
}

// vendor is a root, an authority below it, and a signer.
type vendor struct{ root, between, signer *holder }

func newVendor(t testing.TB, key func(testing.TB) crypto.Signer) vendor {
	root := issue(t, nil, "Vendor Root", p384(t), authority)
	between := issue(t, root, "Vendor Devices", p384(t), authority)
	return vendor{root, between, issue(t, between, "GPU-7", key(t))}
}

func (v vendor) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(v.root.cert)
	return p
}

func (h *holder) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.cert.Raw})
}

func (h *holder) sign(t testing.TB, message []byte) []byte {
	t.Helper()
	digest, hash := message, crypto.Hash(0)
	switch k := h.key.(type) {
	case *ecdsa.PrivateKey:
		if k.Curve == elliptic.P384() {
			sum := sha512.Sum384(message)
			digest, hash = sum[:], crypto.SHA384
		} else {
			sum := sha256.Sum256(message)
			digest, hash = sum[:], crypto.SHA256
		}
	case *rsa.PrivateKey:
		sum := sha256.Sum256(message)
		digest, hash = sum[:], crypto.SHA256
	}
	sig, err := h.key.Sign(rand.Reader, digest, hash)
	require.NoError(t, err)
	return sig
}

func binding() attest.Binding {
	b := attest.Binding{ChainID: "agon-test-1", Netuid: 7, Hotkey: "agon1miner"}
	copy(b.ServiceKey[:], bytes.Repeat([]byte{1}, 32))
	copy(b.Challenge[:], bytes.Repeat([]byte{2}, 32))
	return b
}

// said are claims as an honest signer makes them for a nonce.
func said(nonce [32]byte) attest.X509Claims {
	return attest.X509Claims{
		Nonce: hex.EncodeToString(nonce[:]), Devices: []attest.Device{{ID: "GPU-7", Model: "H100"}},
		Issued: now.Unix() - 10, Expires: now.Unix() + 3600,
	}
}

// plain makes evidence of the plain form.
func plain(t testing.TB, h *holder, claims attest.X509Claims) attest.Evidence {
	t.Helper()
	raw, err := json.Marshal(claims)
	require.NoError(t, err)
	return plainOf(t, attest.X509Document{Chain: h.chain, Claims: raw, Signature: h.sign(t, attest.SigningBytes(raw))})
}

func plainOf(t testing.TB, d attest.X509Document) attest.Evidence {
	t.Helper()
	raw, err := json.Marshal(d)
	require.NoError(t, err)
	return attest.Evidence{Kind: attest.KindX509, Document: raw}
}
