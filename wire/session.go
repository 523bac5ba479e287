package wire

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"time"
)

const (
	domainSession      = "agon/session/v1"
	certificateVersion = 1

	// CertificateSize is the width in bytes of an encoded [Certificate].
	CertificateSize = 1 + HashSize + ed25519.PublicKeySize + 33 + 8 + 8 + 2 + 2 + 64

	// MaxSessionLife is the longest validity that any verifier accepts; a policy may ask for less.
	MaxSessionLife = 7 * 24 * time.Hour

	// AnyNetuid in a scope means every subnet.
	AnyNetuid uint16 = 0xffff
)

// Scope is what a session key may do for its account.
type Scope uint16

// The scopes. A session that may call may not spend unless it is said.
const (
	ScopeCall Scope = 1 << iota // sign requests to miners
	ScopePay                    // sign vouchers against the account's channels
)

const allScopes = ScopeCall | ScopePay

// Certificate says that an account lets a session key act for it until an expiry. No transaction is needed: whoever
// knows the account's key, by the certificate itself, can check it, and the chain says whether the account has funds.
type Certificate struct {
	ChainIDHash Hash
	SessionKey  [ed25519.PublicKeySize]byte
	Account     AccountKey
	IssuedAt    time.Time // whole seconds
	ExpiresAt   time.Time // whole seconds
	Scope       Scope
	Netuid      uint16 // AnyNetuid: every subnet
	Signature   [64]byte
}

// Session is a session key with its certificate: all that a caller needs to sign requests.
type Session struct {
	Key         SessionKey
	Certificate Certificate
	Address     string // bech32 address of the certifying account, the From of its requests
}

// NewSession makes a fresh session key and has the account certify it from issued to expires (cut to whole seconds).
func NewSession(chainID string, account AccountKey, sign AccountSigner, scope Scope, netuid uint16, issued, expires time.Time) (*Session, error) {
	key := NewSessionKey()
	c := Certificate{
		ChainIDHash: ChainIDHash(chainID),
		SessionKey:  key.Public(),
		Account:     account,
		IssuedAt:    time.Unix(issued.Unix(), 0),
		ExpiresAt:   time.Unix(expires.Unix(), 0),
		Scope:       scope,
		Netuid:      netuid,
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	sig, err := sign(c.SigningBytes())
	if err != nil {
		return nil, fmt.Errorf("account signs session: %w", err)
	}
	if len(sig) != len(c.Signature) {
		return nil, fmt.Errorf("%w: account's signer returned %d bytes, want 64 (r || s)", ErrSession, len(sig))
	}
	copy(c.Signature[:], sig)
	if !account.verify(c.SigningBytes(), c.Signature) {
		return nil, fmt.Errorf("%w: the signer does not sign for account %x", ErrSessionSignature, account[:])
	}
	addr, err := account.Address(AddressPrefix)
	if err != nil {
		return nil, err
	}
	return &Session{Key: key, Certificate: c, Address: addr}, nil
}

// SigningBytes is what the account signs: the domain, then everything of the encoding but the signature. It starts
// with a letter that no transaction's sign bytes start with, so a certificate can never be taken for a transaction.
func (c *Certificate) SigningBytes() []byte {
	return c.appendUnsigned([]byte(domainSession))
}

func (c *Certificate) appendUnsigned(b []byte) []byte {
	b = append(b, certificateVersion)
	b = append(b, c.ChainIDHash[:]...)
	b = append(b, c.SessionKey[:]...)
	b = append(b, c.Account[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(c.IssuedAt.Unix()))
	b = binary.BigEndian.AppendUint64(b, uint64(c.ExpiresAt.Unix()))
	b = binary.BigEndian.AppendUint16(b, uint16(c.Scope))
	return binary.BigEndian.AppendUint16(b, c.Netuid)
}

// Encode writes the fixed layout, [CertificateSize] bytes.
func (c *Certificate) Encode() []byte {
	return append(c.appendUnsigned(make([]byte, 0, CertificateSize)), c.Signature[:]...)
}

// String is the encoding in unpadded base64url, as the Agon-Session header carries it.
func (c *Certificate) String() string { return text.EncodeToString(c.Encode()) }

// maxUnix keeps every certificate's time in a range that all software can hold (year 9999).
const maxUnix = 253402300799

func (c *Certificate) check() error {
	if i, e := c.IssuedAt.Unix(), c.ExpiresAt.Unix(); i < 0 || e > maxUnix || e <= i {
		return fmt.Errorf("%w: validity from %d to %d, want 0 <= issued < expires <= %d", ErrSession, i, e, int64(maxUnix))
	}
	if c.Scope == 0 || c.Scope&^allScopes != 0 {
		return fmt.Errorf("%w: scope %#x, want a union of call (1) and pay (2)", ErrSession, uint16(c.Scope))
	}
	return nil
}

// DecodeCertificate reads exactly what Encode writes. It does not verify: see [Certificate.Verify].
func DecodeCertificate(b []byte) (Certificate, error) {
	if len(b) != CertificateSize {
		return Certificate{}, fmt.Errorf("%w: %d bytes, want %d", ErrSession, len(b), CertificateSize)
	}
	if b[0] != certificateVersion {
		return Certificate{}, fmt.Errorf("%w: version %d, want %d", ErrSession, b[0], certificateVersion)
	}
	var c Certificate
	b = b[1:]
	b = b[copy(c.ChainIDHash[:], b):]
	b = b[copy(c.SessionKey[:], b):]
	b = b[copy(c.Account[:], b):]
	issued, expires := binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])
	if issued > maxUnix || expires > maxUnix {
		return Certificate{}, fmt.Errorf("%w: validity from %d to %d, want at most %d", ErrSession, issued, expires, int64(maxUnix))
	}
	c.IssuedAt, c.ExpiresAt = time.Unix(int64(issued), 0), time.Unix(int64(expires), 0)
	c.Scope, c.Netuid = Scope(binary.BigEndian.Uint16(b[16:])), binary.BigEndian.Uint16(b[18:])
	copy(c.Signature[:], b[20:])
	if err := c.check(); err != nil {
		return Certificate{}, err
	}
	return c, nil
}

// ParseCertificate reads the header's spelling.
func ParseCertificate(s string) (Certificate, error) {
	var b [CertificateSize]byte
	if err := decodeText(b[:], s); err != nil {
		return Certificate{}, fmt.Errorf("%w: certificate %w", ErrSession, err)
	}
	return DecodeCertificate(b[:])
}

// SessionPolicy is what a verifier asks of a certificate.
type SessionPolicy struct {
	ChainID string
	Scope   Scope         // all of these must be granted
	Netuid  uint16        // AnyNetuid: the verifier serves all and asks none
	MaxLife time.Duration // longest validity accepted; 0 or more than MaxSessionLife means MaxSessionLife
	Skew    time.Duration // how far the issuer's clock may run ahead
}

// Verify judges the certificate at a time: chain, validity, scope and last, as the dear part, the account's signature.
func (c *Certificate) Verify(now time.Time, p SessionPolicy) error {
	if err := c.grants(now, p); err != nil {
		return err
	}
	return c.signed()
}

// signed says whether the account signed the certificate.
func (c *Certificate) signed() error {
	if !c.Account.verify(c.SigningBytes(), c.Signature) {
		return fmt.Errorf("%w: account key %x", ErrSessionSignature, c.Account[:])
	}
	return nil
}

// grants is all of Verify but the signature.
func (c *Certificate) grants(now time.Time, p SessionPolicy) error {
	if c.ChainIDHash != ChainIDHash(p.ChainID) {
		return fmt.Errorf("%w: this is %q; certify a session for it", ErrSessionChain, p.ChainID)
	}
	if c.IssuedAt.After(now.Add(p.Skew)) {
		return fmt.Errorf("%w: issued at %d, now %d, skew allowed %s", ErrSessionExpired, c.IssuedAt.Unix(), now.Unix(), p.Skew)
	}
	if !now.Before(c.ExpiresAt) {
		return fmt.Errorf("%w: expired at %d, now %d; certify a new session", ErrSessionExpired, c.ExpiresAt.Unix(), now.Unix())
	}
	limit := p.MaxLife
	if limit <= 0 || limit > MaxSessionLife {
		limit = MaxSessionLife
	}
	// Compared in seconds: a validity of centuries would overflow a Duration and look short.
	if life := c.ExpiresAt.Unix() - c.IssuedAt.Unix(); life > int64(limit/time.Second) {
		return fmt.Errorf("%w: %d s, at most %d s", ErrSessionTooLong, life, int64(limit/time.Second))
	}
	if c.Scope&p.Scope != p.Scope {
		return fmt.Errorf("%w: has scope %#x, needs %#x", ErrSessionScope, uint16(c.Scope), uint16(p.Scope))
	}
	if p.Netuid != AnyNetuid && c.Netuid != AnyNetuid && c.Netuid != p.Netuid {
		return fmt.Errorf("%w: for subnet %d, this is subnet %d", ErrSessionScope, c.Netuid, p.Netuid)
	}
	return nil
}
