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
	Chain     [][]byte `json:"chain"`     // DER, the device's certificate first; the root may be left out
	Claims    []byte   `json:"claims"`    // JSON of X509Claims, the bytes that were signed
	Signature []byte   `json:"signature"` // by the signer's key over "agon/attestation-claims/v1" | claims
}

// X509Claims are what a device says of itself.
type X509Claims struct {
	Nonce   string   `json:"nonce"`   // hexadecimal
	Devices []Device `json:"devices"` // one, by the id that its certificate has
	Issued  int64    `json:"issued"`  // seconds
	Expires int64    `json:"expires"` // seconds
}

// X509 verifies claims that a certified device signed about itself. Its certificate says which device it is of: the serial number in its subject, or
// where there is none the common name. Below the same roots are the keys of all the vendor's devices, each in the hands of whoever bought it: if the
// claims alone decided, one device could be as many as its owner likes, and could take the place of anybody's. The algorithm follows from the key and is nowhere in the document: ECDSA with SHA-256 on
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
	id := deviceOf(chain[0])
	if id == "" {
		return Result{}, fmt.Errorf("%w: the certificate names no device: its subject %q has neither serial number nor common name", ErrClaims, chain[0].Subject)
	}
	if len(c.Devices) != 1 || c.Devices[0].ID != id {
		return Result{}, fmt.Errorf("%w: claims about %d devices, want one, %.64q, which the certificate is of", ErrClaims, len(c.Devices), id)
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

// deviceOf is the one id of a certificate's device: with two names a device would have two places.
func deviceOf(c *x509.Certificate) string {
	if c.Subject.SerialNumber != "" {
		return c.Subject.SerialNumber
	}
	return c.Subject.CommonName
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
