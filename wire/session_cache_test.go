package wire_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/wire"
)

// With a session remembered, everything but its account's signature is judged as before.
func TestRememberedSessionAllowsNothingElse(t *testing.T) {
	s := session(t, 5, wire.ScopeCall, netuid)
	p := policy(t)
	p.Sessions = wire.NewSessionCache(16)
	r, body, _ := signedRequest(t, s, nil)
	_, err := wire.Verify(r, body, now, p)
	require.NoError(t, err)

	_, err = wire.Verify(r, body, now, p)
	require.ErrorIs(t, err, wire.ErrReplay)

	for name, tc := range map[string]struct {
		change func(*wire.Session)
		want   error
	}{
		// The session key is the thief's own, so that the request's signature is good.
		"another-session-key":  {func(s *wire.Session) { s.Key = wire.NewSessionKey(); s.Certificate.SessionKey = s.Key.Public() }, wire.ErrSessionSignature},
		"a-longer-life":        {func(s *wire.Session) { s.Certificate.ExpiresAt = s.Certificate.ExpiresAt.Add(time.Second) }, wire.ErrSessionSignature},
		"a-wider-scope":        {func(s *wire.Session) { s.Certificate.Scope |= wire.ScopePay }, wire.ErrSessionSignature},
		"every-subnet":         {func(s *wire.Session) { s.Certificate.Netuid = wire.AnyNetuid }, wire.ErrSessionSignature},
		"signature-of-another": {func(s *wire.Session) { s.Certificate.Signature[9] ^= 1 }, wire.ErrSessionSignature},
	} {
		t.Run(name, func(t *testing.T) {
			forged := *s
			tc.change(&forged)
			for range 2 { // a refusal is not remembered as good either
				r, body, _ := signedRequest(t, &forged, nil)
				_, err := wire.Verify(r, body, now, p)
				require.ErrorIs(t, err, tc.want)
			}
		})
	}

	late := s.Certificate.ExpiresAt.Add(time.Millisecond)
	r, body, _ = signedRequest(t, s, func(h *wire.Header) { h.Time, h.Expiry = late, late.Add(time.Second) })
	_, err = wire.Verify(r, body, late, p)
	require.ErrorIs(t, err, wire.ErrSessionExpired)
	p.Netuid++
	r, body, _ = signedRequest(t, s, nil)
	_, err = wire.Verify(r, body, now, p)
	require.ErrorIs(t, err, wire.ErrSessionScope)
}

// Only admitted callers take room.
func TestSessionsAreRememberedAfterAdmission(t *testing.T) {
	s := session(t, 5, wire.ScopeCall, netuid)
	p := policy(t)
	p.Sessions = wire.NewSessionCache(16)
	poor := errors.New("no funds")
	p.Admit = func(*wire.Request) error { return poor }
	verify := func() error {
		r, body, _ := signedRequest(t, s, nil)
		_, err := wire.Verify(r, body, now, p)
		return err
	}
	require.ErrorIs(t, verify(), poor)
	require.Zero(t, p.Sessions.Len())
	p.Admit = nil
	for range 3 {
		require.NoError(t, verify())
		require.Equal(t, 1, p.Sessions.Len())
	}
}

func TestSessionCacheIsBounded(t *testing.T) {
	p := policy(t)
	p.Sessions = wire.NewSessionCache(4)
	kept := session(t, 5, wire.ScopeCall, netuid)
	ask := func(s *wire.Session) {
		r, body, _ := signedRequest(t, s, nil)
		_, err := wire.Verify(r, body, now, p)
		require.NoError(t, err)
		require.LessOrEqual(t, p.Sessions.Len(), 4)
	}
	for range 20 {
		ask(kept)
		ask(session(t, 6, wire.ScopeCall, netuid)) // each with a fresh session key
	}
}

// Signing with a key that is kept expanded gives what RFC 8032 says of its seed.
func TestKeysOfOneSeedSignAlike(t *testing.T) {
	a, b := serviceKey(t, 4), serviceKey(t, 4)
	require.True(t, a.Equal(b))
	require.False(t, a.Equal(serviceKey(t, 5)))
	require.False(t, a.Equal(wire.ServiceKey{}))
	x, y := receipt(t), receipt(t)
	require.NoError(t, x.Sign(a))
	require.NoError(t, y.Sign(b))
	require.Equal(t, x.Signature, y.Signature)
	require.NoError(t, x.Verify(b.Public()))
}

func BenchmarkVerifyRequestOfKnownSession(b *testing.B) {
	s := session(b, 5, wire.ScopeCall, netuid)
	p := policy(b)
	p.Sessions = wire.NewSessionCache(16)
	r, body, _ := signedRequest(b, s, nil)
	for b.Loop() {
		p.Replay = wire.NewReplayCache(1, 1)
		if _, err := wire.Verify(r, body, now, p); err != nil {
			b.Fatal(err)
		}
	}
}
