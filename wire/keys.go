package wire

import (
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"log/slog"
)

// redacted is all that a private key ever prints.
const redacted = "[private key]"

// signing is the private half shared by the kinds of ed25519 keys. It cannot be compared with ==, which would leak by timing; Equal compares in constant time.
type signing struct {
	// key is kept as it is expanded from the seed, and all copies share it: to expand it takes as long as to sign, and crypto/ed25519 remembers more of a key that it
	// saw at the same place before. Nil where there is none.
	key ed25519.PrivateKey
}

func newSigning() signing {
	var seed [ed25519.SeedSize]byte
	rand.Read(seed[:]) //nolint:errcheck // crypto/rand.Read never returns an error: it ends the program instead
	return signing{ed25519.NewKeyFromSeed(seed[:])}
}

func signingFromSeed(seed []byte) (signing, error) {
	if len(seed) != ed25519.SeedSize {
		return signing{}, fmt.Errorf("%w: seed has %d bytes, want %d", ErrKey, len(seed), ed25519.SeedSize)
	}
	return signing{ed25519.NewKeyFromSeed(seed)}, nil
}

// IsZero says whether there is no key at all.
func (s signing) IsZero() bool { return s.key == nil }

func (s signing) public() (p [ed25519.PublicKeySize]byte) {
	if !s.IsZero() {
		copy(p[:], s.key.Public().(ed25519.PublicKey))
	}
	return p
}

func (s signing) sign(message []byte) (sig [ed25519.SignatureSize]byte, err error) {
	if s.IsZero() {
		return sig, fmt.Errorf("%w: no key was loaded", ErrKey)
	}
	copy(sig[:], ed25519.Sign(s.key, message))
	return sig, nil
}

func (s signing) equal(o signing) bool {
	return subtle.ConstantTimeCompare(s.key, o.key) == 1
}

// String, GoString, LogValue, MarshalJSON and MarshalText never show the key.
func (signing) String() string               { return redacted }
func (signing) GoString() string             { return redacted }
func (signing) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (signing) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
func (signing) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Format covers the verbs that print fields (%x, %d) past String.
func (signing) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// ServiceKey is the ed25519 key with which a miner signs receipts. The chain binds its public half to the miner's uid.
type ServiceKey struct{ signing }

// NewServiceKey makes a fresh key.
func NewServiceKey() ServiceKey { return ServiceKey{newSigning()} }

// ServiceKeyFromSeed makes the key of a 32-byte seed.
func ServiceKeyFromSeed(seed []byte) (ServiceKey, error) {
	s, err := signingFromSeed(seed)
	return ServiceKey{s}, err
}

// Public is the half that is registered on the chain; all zero when no key was loaded.
func (k ServiceKey) Public() ServicePublic { return k.public() }

// Equal compares in constant time.
func (k ServiceKey) Equal(o ServiceKey) bool { return k.equal(o.signing) }

// ServicePublic is the public half of a [ServiceKey].
type ServicePublic [ed25519.PublicKeySize]byte

// String is lower-case hexadecimal.
func (p ServicePublic) String() string { return hex.EncodeToString(p[:]) }

// ParseServicePublic reads raw bytes, as the chain keeps them.
func ParseServicePublic(b []byte) (ServicePublic, error) {
	if len(b) != ed25519.PublicKeySize {
		return ServicePublic{}, fmt.Errorf("%w: service key has %d bytes, want %d", ErrKey, len(b), ed25519.PublicKeySize)
	}
	return ServicePublic(b), nil
}

// SessionKey is the short-lived ed25519 key that signs requests for an account.
type SessionKey struct{ signing }

// NewSessionKey makes a fresh key.
func NewSessionKey() SessionKey { return SessionKey{newSigning()} }

// SessionKeyFromSeed makes the key of a 32-byte seed.
func SessionKeyFromSeed(seed []byte) (SessionKey, error) {
	s, err := signingFromSeed(seed)
	return SessionKey{s}, err
}

// Public is the half that the account certifies; all zero when no key was made.
func (k SessionKey) Public() [ed25519.PublicKeySize]byte { return k.public() }

// Equal compares in constant time.
func (k SessionKey) Equal(o SessionKey) bool { return k.equal(o.signing) }

// SealingKey opens bodies that were sealed to a miner: HPKE with ML-KEM-768 and X25519 together, so that
// breaking either alone opens nothing.
type SealingKey struct {
	secret signing // the 32-byte seed that the key pair expands from
}

// NewSealingKey makes a fresh key.
func NewSealingKey() SealingKey { return SealingKey{newSigning()} }

// SealingKeyFromSeed makes the key of a 32-byte seed.
func SealingKeyFromSeed(seed []byte) (SealingKey, error) {
	s, err := signingFromSeed(seed)
	return SealingKey{s}, err
}

// IsZero says whether there is no key at all.
func (k SealingKey) IsZero() bool { return k.secret.IsZero() }

// Equal compares in constant time.
func (k SealingKey) Equal(o SealingKey) bool { return k.secret.equal(o.secret) }

func (k SealingKey) open() (hpke.PrivateKey, error) {
	if k.IsZero() {
		return nil, fmt.Errorf("%w: no sealing key was loaded", ErrKey)
	}
	p, err := hpke.MLKEM768X25519().NewPrivateKey(k.secret.key.Seed())
	if err != nil {
		return nil, fmt.Errorf("%w: sealing key: %w", ErrKey, err)
	}
	return p, nil
}

// Public is the half that the miner publishes with its axon, [SealingPublicSize] bytes.
func (k SealingKey) Public() (SealingPublic, error) {
	p, err := k.open()
	if err != nil {
		return SealingPublic{}, err
	}
	return ParseSealingPublic(p.PublicKey().Bytes())
}

// String, GoString, LogValue, MarshalJSON and MarshalText never show the key.
func (SealingKey) String() string               { return redacted }
func (SealingKey) GoString() string             { return redacted }
func (SealingKey) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (SealingKey) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
func (SealingKey) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Format covers the verbs that print fields (%x, %d) past String.
func (SealingKey) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// SealingPublicSize is the width of a sealing key's public half: ML-KEM-768's 1184 bytes, then X25519's 32.
const SealingPublicSize = 1184 + 32

// SealingPublic is the public half of a [SealingKey].
type SealingPublic [SealingPublicSize]byte

// ParseSealingPublic reads raw bytes, as the chain keeps them, and refuses what is not a key.
func ParseSealingPublic(b []byte) (SealingPublic, error) {
	if len(b) != SealingPublicSize {
		return SealingPublic{}, fmt.Errorf("%w: sealing key has %d bytes, want %d", ErrKey, len(b), SealingPublicSize)
	}
	if _, err := hpke.MLKEM768X25519().NewPublicKey(b); err != nil {
		return SealingPublic{}, fmt.Errorf("%w: sealing key: %w", ErrKey, err)
	}
	return SealingPublic(b), nil
}
