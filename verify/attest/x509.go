package attest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"time"
)

// KindX509 is evidence of the plain form.
const KindX509 = "x509"

// domainClaims keeps a signature over claims from being one over anything else that the same key signs.
const domainClaims = "agon/attestation-claims/v1"

// X509Document is evidence of kind "x509".
type X509Document struct {
	Chain     [][]byte `json:"chain"`     // DER, the signer's certificate first; the root may be left out
	Claims    []byte   `json:"claims"`    // JSON of X509Claims, the bytes that were signed
	Signature []byte   `json:"signature"` // by the signer's key over "agon/attestation-claims/v1" | claims
}

// X509Claims are what the signer says.
type X509Claims struct {
	Nonce   string   `json:"nonce"` // hexadecimal
	Devices []Device `json:"devices"`
	Issued  int64    `json:"issued"`  // seconds
	Expires int64    `json:"expires"` // seconds
}

// X509 verifies claims that a certified key signed. The algorithm follows from the key and is nowhere in the document: ECDSA with SHA-256 on
// P-256 or with SHA-384 on P-384 (signatures in ASN.1), or Ed25519.
type X509 struct {
	Roots *x509.CertPool
}

// Kind implements [Verifier].
func (X509) Kind() string { return KindX509 }

// SigningBytes are what the signer signs for claims.
func SigningBytes(claims []byte) []byte { return append([]byte(domainClaims), claims...) }

// Verify implements [Verifier].
func (v X509) Verify(document []byte, nonce [32]byte, now time.Time) (Result, error) {
	var d X509Document
	if err := decode(document, &d); err != nil {
		return Result{}, err
	}
	chain, err := parseChain(d.Chain)
	if err != nil {
		return Result{}, err
	}
	until, err := verifyChain(chain, v.Roots, now)
	if err != nil {
		return Result{}, err
	}
	if err := verifySignature(chain[0].PublicKey, SigningBytes(d.Claims), d.Signature); err != nil {
		return Result{}, err
	}
	var c X509Claims
	if err := decode(d.Claims, &c); err != nil {
		return Result{}, err
	}
	if c.Nonce != hex.EncodeToString(nonce[:]) {
		return Result{}, fmt.Errorf("%w: %.64q, want %x", ErrNonce, c.Nonce, nonce)
	}
	expires := time.Unix(c.Expires, 0)
	if err := valid("the claims' validity", time.Unix(c.Issued, 0), expires, now); err != nil {
		return Result{}, err
	}
	if expires.Before(until) {
		until = expires
	}
	return Result{Devices: c.Devices, Until: until}, nil
}

func verifySignature(key crypto.PublicKey, message, signature []byte) error {
	ok := false
	switch k := key.(type) {
	case ed25519.PublicKey:
		ok = ed25519.Verify(k, message, signature)
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			h := sha256.Sum256(message)
			ok = ecdsa.VerifyASN1(k, h[:], signature)
		case elliptic.P384():
			h := sha512.Sum384(message)
			ok = ecdsa.VerifyASN1(k, h[:], signature)
		default:
			return fmt.Errorf("%w: ECDSA on %s, want P-256 or P-384", ErrAlgorithm, k.Curve.Params().Name)
		}
	default:
		return fmt.Errorf("%w: a key of type %T, want ECDSA or Ed25519", ErrAlgorithm, key)
	}
	if !ok {
		return ErrSignature
	}
	return nil
}
