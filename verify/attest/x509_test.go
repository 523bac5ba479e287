package attest_test

import (
	"crypto"
	"crypto/x509"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/verify/attest"
)

func TestX509AcceptsItsAlgorithms(t *testing.T) {
	for name, key := range map[string]func(testing.TB) crypto.Signer{"p256": p256, "p384": p384, "ed25519": ed} {
		t.Run(name, func(t *testing.T) {
			v := newVendor(t, key)
			b := binding()
			r, err := attest.Verifiers{attest.X509{Roots: v.pool()}}.Verify(plain(t, v.signer, said(b.Nonce())), b, now)
			require.NoError(t, err)
			require.Equal(t, attest.Result{
				Kind: attest.KindX509, Devices: []attest.Device{{ID: "GPU-7", Model: "H100"}}, Until: time.Unix(now.Unix()+3600, 0),
			}, r)
		})
	}
}

func TestX509KnowsADeviceByItsSerialNumber(t *testing.T) {
	v, b := newVendor(t, p384), binding()
	c := said(b.Nonce())
	c.Devices[0].ID = "0007"
	device := issue(t, v.between, "GPU attestation key", p384(t), serial("0007"))
	r, err := attest.Verifiers{attest.X509{Roots: v.pool()}}.Verify(plain(t, device, c), b, now)
	require.NoError(t, err)
	require.Equal(t, "0007", r.Devices[0].ID)
}

func TestX509Refuses(t *testing.T) {
	v := newVendor(t, p384)
	b := binding()
	other := newVendor(t, p384)
	change := func(f func(*attest.X509Claims)) attest.Evidence {
		c := said(b.Nonce())
		f(&c)
		return plain(t, v.signer, c)
	}
	// rewritten changes the document around claims that stay as they were signed.
	rewritten := func(f func(*attest.X509Document)) attest.Evidence {
		var d attest.X509Document
		require.NoError(t, json.Unmarshal(plain(t, v.signer, said(b.Nonce())).Document, &d))
		f(&d)
		return plainOf(t, d)
	}
	long := v.between
	for range attest.MaxChain {
		long = issue(t, long, "One more", p256(t), authority)
	}
	// A chain of MaxChain certificates beside the root is one too many, though each certificate is good.
	stretched := v.between
	for range attest.MaxChain - 2 {
		stretched = issue(t, stretched, "One more", p256(t), authority)
	}
	expired := issue(t, v.between, "GPU-7", p384(t), until(now.Add(-time.Minute)))
	oldAuthority := issue(t, v.root, "Old devices", p384(t), authority, until(now.Add(-time.Minute)))
	for _, c := range []struct {
		name string
		e    attest.Evidence
		want error
	}{
		{"another-root", plain(t, other.signer, said(b.Nonce())), attest.ErrChain},
		{"chain-without-its-middle", rewritten(func(d *attest.X509Document) { d.Chain = d.Chain[:1] }), attest.ErrChain},
		{"no-chain", rewritten(func(d *attest.X509Document) { d.Chain = nil }), attest.ErrChain},
		{"chain-too-long", plain(t, issue(t, long, "GPU-7", p384(t)), said(b.Nonce())), attest.ErrChain},
		{"chain-too-long-with-its-root", plain(t, issue(t, stretched, "GPU-7", p384(t)), said(b.Nonce())), attest.ErrChain},
		{"an-authority-signs", plain(t, v.between, said(b.Nonce())), attest.ErrChain},
		{"certificate-expired", plain(t, expired, said(b.Nonce())), attest.ErrTime},
		{"authority-expired", plain(t, issue(t, oldAuthority, "GPU-7", p384(t)), said(b.Nonce())), attest.ErrTime},
		{"claims-expired", change(func(c *attest.X509Claims) { c.Expires = now.Unix() }), attest.ErrTime},
		{"claims-from-the-future", change(func(c *attest.X509Claims) { c.Issued = now.Add(attest.Skew + time.Second).Unix() }), attest.ErrTime},
		{"no-validity", change(func(c *attest.X509Claims) { c.Issued, c.Expires = 0, 0 }), attest.ErrTime},
		{"nonce-of-nobody", change(func(c *attest.X509Claims) { c.Nonce = strings.Repeat("00", 32) }), attest.ErrNonce},
		{"nonce-missing", change(func(c *attest.X509Claims) { c.Nonce = "" }), attest.ErrNonce},
		{"no-device", change(func(c *attest.X509Claims) { c.Devices = nil }), attest.ErrClaims},
		{"device-without-id", change(func(c *attest.X509Claims) { c.Devices[0].ID = "" }), attest.ErrClaims},
		{"device-id-unprintable", change(func(c *attest.X509Claims) { c.Devices[0].ID = "GPU\n7" }), attest.ErrClaims},
		{"device-id-too-long", change(func(c *attest.X509Claims) { c.Devices[0].ID = strings.Repeat("x", attest.MaxText+1) }), attest.ErrClaims},
		{"device-named-twice", change(func(c *attest.X509Claims) { c.Devices = append(c.Devices, c.Devices[0]) }), attest.ErrClaims},
		{"too-many-devices", change(func(c *attest.X509Claims) {
			c.Devices = nil
			for i := range attest.MaxDevices + 1 {
				c.Devices = append(c.Devices, attest.Device{ID: strings.Repeat("x", i+1)})
			}
		}), attest.ErrClaims},
		{"another-device", change(func(c *attest.X509Claims) { c.Devices[0].ID = "GPU-8" }), attest.ErrClaims},
		{"another-device-beside-its-own", change(func(c *attest.X509Claims) { c.Devices = append(c.Devices, attest.Device{ID: "GPU-8"}) }), attest.ErrClaims},
		{"its-other-name", plain(t, issue(t, v.between, "GPU-7", p384(t), serial("0007")), said(b.Nonce())), attest.ErrClaims},
		{"certificate-of-no-device", plain(t, issue(t, v.between, "", p384(t)), said(b.Nonce())), attest.ErrClaims},
		{"key-that-may-not-sign", plain(t, issue(t, v.between, "GPU-7", p384(t), usage(x509.KeyUsageKeyEncipherment)), said(b.Nonce())), attest.ErrChain},
		{"claims-changed", rewritten(func(d *attest.X509Document) {
			d.Claims = []byte(strings.Replace(string(d.Claims), "GPU-7", "GPU-8", 1))
		}), attest.ErrSignature},
		{"signed-without-domain", rewritten(func(d *attest.X509Document) { d.Signature = v.signer.sign(t, d.Claims) }), attest.ErrSignature},
		{"signature-missing", rewritten(func(d *attest.X509Document) { d.Signature = nil }), attest.ErrSignature},
		{"signed-by-the-neighbour", rewritten(func(d *attest.X509Document) {
			d.Signature = issue(t, v.between, "Device 8", p384(t)).sign(t, attest.SigningBytes(d.Claims))
		}), attest.ErrSignature},
		{"signed-by-rsa", plain(t, issue(t, v.between, "GPU-7", weak(t)), said(b.Nonce())), attest.ErrAlgorithm},
		{"certificate-garbled", rewritten(func(d *attest.X509Document) { d.Chain[0] = d.Chain[0][:40] }), attest.ErrMalformed},
		{"field-unknown", attest.Evidence{Kind: attest.KindX509, Document: []byte(`{"alg":"none"}`)}, attest.ErrMalformed},
		{"something-follows", attest.Evidence{Kind: attest.KindX509, Document: append(plain(t, v.signer, said(b.Nonce())).Document, "{}"...)}, attest.ErrMalformed},
		{"a-bracket-follows", attest.Evidence{Kind: attest.KindX509, Document: append(plain(t, v.signer, said(b.Nonce())).Document, '}')}, attest.ErrMalformed},
		{"another-kind", attest.Evidence{Kind: "tdx", Document: []byte(`{}`)}, attest.ErrKind},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := attest.Verifiers{attest.X509{Roots: v.pool()}}.Verify(c.e, b, now)
			require.ErrorIs(t, err, c.want)
		})
	}

	t.Run("no-roots", func(t *testing.T) {
		_, err := attest.X509{}.Verify(plain(t, v.signer, said(b.Nonce())).Document, b.Nonce(), now)
		require.ErrorIs(t, err, attest.ErrChain)
	})
	t.Run("cut-off-anywhere", func(t *testing.T) {
		whole := plain(t, v.signer, said(b.Nonce())).Document
		for n := range whole {
			_, err := attest.X509{Roots: v.pool()}.Verify(whole[:n], b.Nonce(), now)
			require.ErrorIs(t, err, attest.ErrMalformed, n)
		}
	})
}

// TestEvidenceIsForOneChallengeOfOneMiner presents one good document under every other binding.
func TestEvidenceIsForOneChallengeOfOneMiner(t *testing.T) {
	v := newVendor(t, p384)
	verifiers := attest.Verifiers{attest.X509{Roots: v.pool()}}
	b := binding()
	e := plain(t, v.signer, said(b.Nonce()))
	_, err := verifiers.Verify(e, b, now)
	require.NoError(t, err)
	for name, change := range map[string]func(*attest.Binding){
		"challenge":   func(b *attest.Binding) { b.Challenge[31]++ },
		"hotkey":      func(b *attest.Binding) { b.Hotkey += "x" },
		"service-key": func(b *attest.Binding) { b.ServiceKey[0]++ },
		"netuid":      func(b *attest.Binding) { b.Netuid++ },
		"chain":       func(b *attest.Binding) { b.ChainID = "agon-test-2" },
		// Without the length of the hotkey these would be the bytes of the first binding.
		"shifted": func(b *attest.Binding) {
			b.Hotkey, b.ServiceKey[0] = b.Hotkey[:len(b.Hotkey)-1], b.Hotkey[len(b.Hotkey)-1]
		},
	} {
		t.Run(name, func(t *testing.T) {
			other := b
			change(&other)
			_, err := verifiers.Verify(e, other, now)
			require.ErrorIs(t, err, attest.ErrNonce)
		})
	}
}

func TestParseRoots(t *testing.T) {
	v := newVendor(t, p384)
	pool, err := attest.ParseRoots(append(v.root.pem(), newVendor(t, p384).root.pem()...))
	require.NoError(t, err)
	b := binding()
	_, err = attest.X509{Roots: pool}.Verify(plain(t, v.signer, said(b.Nonce())).Document, b.Nonce(), now)
	require.NoError(t, err)
	for name, raw := range map[string][]byte{
		"nothing":          nil,
		"no-pem":           []byte("roots"),
		"a-key":            []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
		"not-an-authority": v.signer.pem(),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := attest.ParseRoots(raw)
			require.ErrorIs(t, err, attest.ErrRoots)
		})
	}
}

func TestDecodeEvidence(t *testing.T) {
	for name, raw := range map[string]string{
		"empty":          ``,
		"no-kind":        `{"document":{}}`,
		"no-document":    `{"kind":"x509"}`,
		"long-kind":      `{"kind":"` + strings.Repeat("k", attest.MaxKind+1) + `","document":{}}`,
		"field-unknown":  `{"kind":"x509","document":{},"trust":true}`,
		"too-large":      `{"kind":"x509","document":"` + strings.Repeat("x", attest.MaxDocument) + `"}`,
		"bracket-after":  `{"kind":"x509","document":{}}]`,
		"two-of-them":    `{"kind":"x509","document":{}}{"kind":"x509","document":{}}`,
		"cut-off":        `{"kind":"x509","document":{}`,
		"not-an-object":  `[]`,
		"kind-of-number": `{"kind":1,"document":{}}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := attest.DecodeEvidence([]byte(raw))
			require.ErrorIs(t, err, attest.ErrMalformed)
		})
	}
}

// FuzzVerify: whatever is presented, nothing panics, and nothing passes but what the vendor signed.
func FuzzVerify(f *testing.F) {
	v := newVendor(f, p384)
	b := binding()
	good := plain(f, v.signer, said(b.Nonce()))
	tokens := newService(f)
	goodTokens := tokens.evidence(f, b.Nonce(), nil)
	f.Add(attest.KindX509, []byte(good.Document))
	f.Add(attest.KindNVIDIA, []byte(goodTokens.Document))
	f.Add(attest.KindNVIDIA, []byte(`{"eat":[["JWT","a.b.c"],{"GPU-0":"d.e.f"}],"jwks":{"keys":[]}}`))
	verifiers := attest.Verifiers{attest.X509{Roots: v.pool()}, attest.NVIDIA{Roots: tokens.pool()}}
	f.Fuzz(func(t *testing.T, kind string, document []byte) {
		r, err := verifiers.Verify(attest.Evidence{Kind: kind, Document: document}, b, now)
		if err != nil {
			return
		}
		for _, d := range r.Devices {
			require.Contains(t, []string{"GPU-7", tokens.ueids[0], tokens.ueids[1]}, d.ID)
		}
	})
}

// FuzzDecodeEvidence: what travels as evidence is bounded, and read again from what it is written as.
func FuzzDecodeEvidence(f *testing.F) {
	f.Add([]byte(`{"kind":"x509","document":{"chain":["AA=="]}}`))
	f.Add([]byte(`{"kind":"` + strings.Repeat("k", 33) + `","document":1}`))
	f.Add([]byte("{\"kind\":\"\xff\",\"document\":null}"))
	f.Add([]byte(`{"kind":"a","kind":"b","document":[]}{}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := attest.DecodeEvidence(raw)
		if err != nil {
			require.ErrorIs(t, err, attest.ErrMalformed)
			return
		}
		require.LessOrEqual(t, len(e.Kind), attest.MaxKind)
		require.LessOrEqual(t, len(e.Document), len(raw))
		out, err := json.Marshal(e)
		require.NoError(t, err)
		again, err := attest.DecodeEvidence(out)
		if len(out) > attest.MaxDocument || len(e.Kind) > attest.MaxKind/3 {
			return // escapes and replaced bytes are longer than what they stand for
		}
		require.NoError(t, err)
		require.Equal(t, e.Kind, again.Kind)
		require.JSONEq(t, string(e.Document), string(again.Document))
	})
}
