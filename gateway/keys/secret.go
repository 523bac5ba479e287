package keys

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"strings"
)

const (
	secretPrefix = "agon-sk-"
	idLen        = 16 // hexadecimal digits: 64 random bits
	randomLen    = 43 // 32 bytes in unpadded base64url
)

// Secret is an API key as its holder has it. It is printed without what makes it one; encoding/json and string(s) show it.
type Secret string

// String is what may be printed.
func (s Secret) String() string {
	if id, _, ok := split(string(s)); ok {
		return secretPrefix + id + "-…"
	}
	return "…"
}

// GoString is [Secret.String].
func (s Secret) GoString() string { return s.String() }

// LogValue is [Secret.String].
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// NewSecret makes a key's id and secret. The secret is shown once; only its hash is kept. 256 random bits need no salt and no slow hash.
func NewSecret() (id, secret string, hash [32]byte) {
	id = newID()
	secret, hash = newSecretFor(id)
	return id, secret, hash
}

func newSecretFor(id string) (secret string, hash [32]byte) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: the runtime ends the process where it would
	random := base64.RawURLEncoding.EncodeToString(b[:])
	return secretPrefix + id + "-" + random, sha256.Sum256([]byte(random))
}

func newID() string {
	var b [idLen / 2]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// split takes a secret apart: the id, which is no secret, and the random part's hash.
func split(secret string) (id string, hash [32]byte, ok bool) {
	rest, found := strings.CutPrefix(secret, secretPrefix)
	if !found || len(rest) != idLen+1+randomLen || rest[idLen] != '-' {
		return "", hash, false
	}
	return rest[:idLen], sha256.Sum256([]byte(rest[idLen+1:])), true
}

func sameHash(a, b [32]byte) bool { return subtle.ConstantTimeCompare(a[:], b[:]) == 1 }
