package wire_test

import (
	"math/big"
	"testing"
	"time"

	"github.com/agon-chain/agon/wire"
	"github.com/stretchr/testify/require"
)

func TestCertificateVerify(t *testing.T) {
	base := wire.SessionPolicy{ChainID: chainID, Scope: wire.ScopeCall, Netuid: netuid}
	for _, tc := range []struct {
		name   string
		cert   func(*wire.Certificate)
		policy func(*wire.SessionPolicy)
		at     time.Time
		want   error
	}{
		{name: "good"},
		{name: "last-second", at: time.Unix(now.Add(time.Hour).Unix(), -1)},
		{name: "expired", at: time.Unix(now.Add(time.Hour).Unix(), 0), want: wire.ErrSessionExpired},
		{name: "not-yet-issued", at: now.Add(-2 * time.Hour), want: wire.ErrSessionExpired},
		{name: "issuer-ahead-within-skew", at: now.Add(-time.Hour - 5*time.Second), policy: func(p *wire.SessionPolicy) { p.Skew = 10 * time.Second }},
		{name: "other-chain", policy: func(p *wire.SessionPolicy) { p.ChainID = "agon-2" }, want: wire.ErrSessionChain},
		{name: "too-long-for-policy", policy: func(p *wire.SessionPolicy) { p.MaxLife = time.Hour }, want: wire.ErrSessionTooLong},
		{name: "scope-lacks-pay", policy: func(p *wire.SessionPolicy) { p.Scope = wire.ScopeCall | wire.ScopePay }, want: wire.ErrSessionScope},
		{name: "other-subnet", policy: func(p *wire.SessionPolicy) { p.Netuid = netuid + 1 }, want: wire.ErrSessionScope},
		{name: "verifier-of-any-subnet", policy: func(p *wire.SessionPolicy) { p.Netuid = wire.AnyNetuid }},
		{name: "session-key-swapped", cert: func(c *wire.Certificate) { c.SessionKey[0] ^= 1 }, want: wire.ErrSessionSignature},
		{name: "expiry-stretched", cert: func(c *wire.Certificate) { c.ExpiresAt = c.ExpiresAt.Add(time.Second) }, want: wire.ErrSessionSignature},
		{name: "scope-widened", cert: func(c *wire.Certificate) { c.Scope |= wire.ScopePay }, want: wire.ErrSessionSignature},
		{name: "account-not-on-curve", cert: func(c *wire.Certificate) { c.Account = wire.AccountKey{2, 0xff, 0xff} }, want: wire.ErrSessionSignature},
		{name: "life-of-centuries", cert: func(c *wire.Certificate) { c.IssuedAt, c.ExpiresAt = time.Unix(0, 0), time.Unix(253402300799, 0) }, want: wire.ErrSessionTooLong},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, p, at := session(t, 5, wire.ScopeCall, netuid).Certificate, base, now
			if tc.cert != nil {
				tc.cert(&c)
			}
			if tc.policy != nil {
				tc.policy(&p)
			}
			if !tc.at.IsZero() {
				at = tc.at
			}
			require.ErrorIs(t, c.Verify(at, p), tc.want)
		})
	}
}

// A signature with s replaced by -s is valid ECDSA; accepting it would give a certificate two spellings.
func TestCertificateRefusesHighS(t *testing.T) {
	c := session(t, 5, wire.ScopeCall, netuid).Certificate
	n, _ := new(big.Int).SetString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16)
	new(big.Int).Sub(n, new(big.Int).SetBytes(c.Signature[32:])).FillBytes(c.Signature[32:])
	require.ErrorIs(t, c.Verify(now, wire.SessionPolicy{ChainID: chainID, Scope: wire.ScopeCall, Netuid: netuid}), wire.ErrSessionSignature)
}

func TestCertificateDecodeRefuses(t *testing.T) {
	good := session(t, 5, wire.ScopeCall, netuid).Certificate
	for name, change := range map[string]func([]byte) []byte{
		"short":         func(b []byte) []byte { return b[:len(b)-1] },
		"long":          func(b []byte) []byte { return append(b, 0) },
		"version":       func(b []byte) []byte { b[0] = 2; return b },
		"scope-zero":    func(b []byte) []byte { b[114], b[115] = 0, 0; return b },
		"scope-unknown": func(b []byte) []byte { b[115] = 4; return b },
		"year-10000":    func(b []byte) []byte { b[106] = 0x7f; return b },
		"time-negative": func(b []byte) []byte { b[98] = 0xff; return b },
		"expiry-first":  func(b []byte) []byte { copy(b[106:114], b[98:106]); return b },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := wire.DecodeCertificate(change(good.Encode()))
			require.ErrorIs(t, err, wire.ErrSession)
		})
	}
}

func TestNewSessionRefuses(t *testing.T) {
	k, _ := account(t, 5)
	_, other := account(t, 6)
	_, err := wire.NewSession(chainID, k, other, wire.ScopeCall, netuid, now, now.Add(time.Hour))
	require.ErrorIs(t, err, wire.ErrSessionSignature)
	_, err = wire.NewSession(chainID, k, other, wire.ScopeCall, netuid, now, now)
	require.ErrorIs(t, err, wire.ErrSession)
}

func FuzzDecodeCertificate(f *testing.F) {
	c := session(f, 5, wire.ScopeCall, netuid).Certificate
	f.Add(c.Encode())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := wire.DecodeCertificate(b)
		if err != nil {
			require.ErrorIs(t, err, wire.ErrSession)
			return
		}
		require.Equal(t, b, c.Encode())
		p, err := wire.ParseCertificate(c.String())
		require.NoError(t, err)
		require.Equal(t, c, p)
		_ = c.Verify(now, wire.SessionPolicy{ChainID: chainID})
	})
}
