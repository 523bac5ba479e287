package attest

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// ParseRoots reads certificates of authorities in PEM, such as a vendor publishes. Errors: [ErrRoots].
func ParseRoots(raw []byte) (*x509.CertPool, error) {
	pool, n := x509.NewCertPool(), 0
	for len(raw) > 0 {
		var block *pem.Block
		if block, raw = pem.Decode(raw); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("%w: a block of type %.32q, want CERTIFICATE", ErrRoots, block.Type)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%w: certificate %d: %w", ErrRoots, n+1, err)
		}
		if !c.IsCA {
			return nil, fmt.Errorf("%w: certificate %d, %q, is not of an authority", ErrRoots, n+1, c.Subject)
		}
		pool.AddCert(c)
		n++
	}
	if n == 0 {
		return nil, fmt.Errorf("%w: no certificate in PEM", ErrRoots)
	}
	return pool, nil
}

// parseChain reads certificates in DER, the signer's first.
func parseChain(der [][]byte) ([]*x509.Certificate, error) {
	if len(der) == 0 || len(der) > MaxChain {
		return nil, fmt.Errorf("%w: %d certificates, want 1 to %d", ErrChain, len(der), MaxChain)
	}
	out := make([]*x509.Certificate, len(der))
	for i, raw := range der {
		var err error
		if out[i], err = x509.ParseCertificate(raw); err != nil {
			return nil, fmt.Errorf("%w: certificate %d: %w", ErrMalformed, i, err)
		}
	}
	return out, nil
}

// verifyChain says until when the signer's certificate leads to a root. A certificate of an authority signs no claims.
func verifyChain(chain []*x509.Certificate, roots *x509.CertPool, now time.Time) (time.Time, error) {
	if len(chain) == 0 || len(chain) > MaxChain {
		return time.Time{}, fmt.Errorf("%w: %d certificates, want 1 to %d", ErrChain, len(chain), MaxChain)
	}
	if roots == nil {
		// A nil pool would mean those of the operating system, which certify web sites.
		return time.Time{}, fmt.Errorf("%w: no roots are configured", ErrChain)
	}
	leaf := chain[0]
	if leaf.IsCA {
		return time.Time{}, fmt.Errorf("%w: the signer %q is an authority", ErrChain, leaf.Subject)
	}
	if u := leaf.KeyUsage; u != 0 && u&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0 {
		return time.Time{}, fmt.Errorf("%w: the key of %q is not certified to sign", ErrChain, leaf.Subject)
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	found, err := leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return time.Time{}, fmt.Errorf("%w: certificate of %q: %w", ErrTime, leaf.Subject, err)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: certificate of %q: %w", ErrChain, leaf.Subject, err)
	}
	best := found[0]
	for _, f := range found {
		if len(f) < len(best) {
			best = f
		}
	}
	if len(best) > MaxChain {
		return time.Time{}, fmt.Errorf("%w: %d certificates to the root, at most %d", ErrChain, len(best), MaxChain)
	}
	until := leaf.NotAfter
	for _, c := range best {
		if c.NotAfter.Before(until) {
			until = c.NotAfter
		}
	}
	return until, nil
}
