package attest

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// KindNVIDIA is evidence by NVIDIA's remote attestation service.
const KindNVIDIA = "nvidia-eat"

// NVIDIADocument is evidence of kind "nvidia-eat".
type NVIDIADocument struct {
	// EAT is what the service answers, a detached bundle of entity attestation tokens:
	// [["JWT", overall], {"GPU-0": device, "GPU-1": device}].
	EAT []json.RawMessage `json:"eat"`
	// JWKS are the service's keys as it publishes them, for tokens that carry no chain of their own (x5c). They are believed only where their
	// own x5c leads to a root. Optional.
	JWKS *jose.JSONWebKeySet `json:"jwks,omitempty"`
}

// NVIDIA verifies the tokens in which NVIDIA's service says that it has appraised a machine's GPUs: the service has verified the report that each
// GPU signed (SPDM), its certificates and their revocation, and compared firmware and driver with reference values. Trust is in the service.
//
// Tokens are ES384 and nothing else, so that neither an unsigned token nor one under a shared secret (NVIDIA's own local verifier makes such)
// passes. The key of each is, in this order: the key that its kid names in Keys; the x5c in its header, if it leads to a root; the key that its kid
// names in the document, if its x5c leads to a root.
type NVIDIA struct {
	Roots   *x509.CertPool      // below which services are certified, and nobody else
	Keys    *jose.JSONWebKeySet // trusted as they are; optional
	Issuers []string            // accepted; none: any that the roots certify
}

// Kind implements [Verifier].
func (NVIDIA) Kind() string { return KindNVIDIA }

// standard are the claims that both kinds of token have.
type standard struct {
	Issuer    string           `json:"iss"`
	Expiry    *jwt.NumericDate `json:"exp"`
	NotBefore *jwt.NumericDate `json:"nbf"`
	IssuedAt  *jwt.NumericDate `json:"iat"`
	Nonce     string           `json:"eat_nonce"`
}

// overall are the claims about the whole request.
type overall struct {
	standard
	Passed  bool                       `json:"x-nvidia-overall-att-result"`
	Submods map[string]json.RawMessage `json:"submods"`
}

// detached are the claims about one device.
type detached struct {
	standard
	DeviceType string `json:"x-nvidia-device-type"` // absent in older claims
	UEID       string `json:"ueid"`
	Model      string `json:"hwmodel"`
	Measures   string `json:"measres"`
	Debug      string `json:"dbgstat"`
	SecureBoot bool   `json:"secboot"`
	NonceMatch *bool  `json:"x-nvidia-gpu-attestation-report-nonce-match"`
}

// Verify implements [Verifier].
func (v NVIDIA) Verify(document []byte, nonce [32]byte, now time.Time) (Result, error) {
	var d NVIDIADocument
	if err := decode(document, &d); err != nil {
		return Result{}, err
	}
	token, devices, err := split(d.EAT)
	if err != nil {
		return Result{}, err
	}
	var o overall
	until, err := v.open(token, d.JWKS, now, &o)
	if err != nil {
		return Result{}, fmt.Errorf("overall token: %w", err)
	}
	soonest := func(t time.Time) {
		if t.Before(until) {
			until = t
		}
	}
	soonest(o.Expiry.Time())
	if err := v.judge(o.standard, nonce, now, true); err != nil {
		return Result{}, fmt.Errorf("overall token: %w", err)
	}
	if !o.Passed {
		return Result{}, fmt.Errorf("%w: x-nvidia-overall-att-result is not true", ErrClaims)
	}
	if len(devices) != len(o.Submods) {
		return Result{}, fmt.Errorf("%w: %d devices have tokens, the overall token names %d", ErrClaims, len(devices), len(o.Submods))
	}
	var r Result
	for _, name := range sortedKeys(devices) {
		if err := digested(o.Submods[name], devices[name]); err != nil {
			return Result{}, fmt.Errorf("token of %.32q: %w", name, err)
		}
		var c detached
		t, err := v.open(devices[name], d.JWKS, now, &c)
		if err == nil {
			soonest(t)
			soonest(c.Expiry.Time())
			err = v.judge(c.standard, nonce, now, false)
		}
		if err == nil {
			err = c.judge()
		}
		if err != nil {
			return Result{}, fmt.Errorf("token of %.32q: %w", name, err)
		}
		r.Devices = append(r.Devices, Device{ID: c.UEID, Model: c.Model})
	}
	r.Until = until
	return r, nil
}

// split reads the bundle's two parts.
func split(eat []json.RawMessage) (token string, devices map[string]string, err error) {
	if len(eat) != 2 {
		return "", nil, fmt.Errorf("%w: eat has %d parts, want the overall token and the devices' tokens", ErrMalformed, len(eat))
	}
	var first []string
	if err := decode(eat[0], &first); err != nil {
		return "", nil, err
	}
	if len(first) != 2 || first[0] != "JWT" {
		return "", nil, fmt.Errorf(`%w: the first part of eat is not ["JWT", token]`, ErrMalformed)
	}
	if err := decode(eat[1], &devices); err != nil {
		return "", nil, err
	}
	if len(devices) == 0 || len(devices) > MaxDevices {
		return "", nil, fmt.Errorf("%w: %d devices, want 1 to %d", ErrMalformed, len(devices), MaxDevices)
	}
	return first[1], devices, nil
}

// open verifies a token's signature and reads its claims. It says until when the signer's certificate is valid.
func (v NVIDIA) open(token string, shipped *jose.JSONWebKeySet, now time.Time, claims any) (time.Time, error) {
	t, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES384})
	if _, other := errors.AsType[*jose.ErrUnexpectedSignatureAlgorithm](err); other {
		return time.Time{}, fmt.Errorf("%w: %w", ErrAlgorithm, err)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	key, until, err := v.key(t.Headers[0], shipped, now)
	if err != nil {
		return time.Time{}, err
	}
	if err := t.Claims(key, claims); errors.Is(err, jose.ErrCryptoFailure) {
		return time.Time{}, fmt.Errorf("%w: %w", ErrSignature, err)
	} else if err != nil {
		return time.Time{}, fmt.Errorf("%w: claims: %w", ErrMalformed, err)
	}
	return until, nil
}

// farAway stands for a key that has no end of its own.
var farAway = time.Unix(1<<40, 0)

func (v NVIDIA) key(h jose.Header, shipped *jose.JSONWebKeySet, now time.Time) (any, time.Time, error) {
	if v.Keys != nil && h.KeyID != "" {
		if k := v.Keys.Key(h.KeyID); len(k) > 0 {
			return k[0].Key, farAway, nil
		}
	}
	chains, err := h.Certificates(x509.VerifyOptions{Roots: orEmpty(v.Roots), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err == nil {
		until, err := verifyChain(chains[0], v.Roots, now)
		return chains[0][0].PublicKey, until, err
	}
	if !errors.Is(err, jose.ErrMissingX5cHeader) {
		if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
			return nil, time.Time{}, fmt.Errorf("%w: %w", ErrTime, err)
		}
		return nil, time.Time{}, fmt.Errorf("%w: %w", ErrChain, err)
	}
	if shipped != nil && h.KeyID != "" {
		for _, k := range shipped.Key(h.KeyID) {
			if len(k.Certificates) == 0 {
				continue
			}
			until, err := verifyChain(k.Certificates, v.Roots, now)
			if err != nil {
				return nil, time.Time{}, fmt.Errorf("key %.64q: %w", h.KeyID, err)
			}
			return k.Certificates[0].PublicKey, until, nil
		}
	}
	return nil, time.Time{}, fmt.Errorf("%w: nothing certifies the token's key %.64q", ErrChain, h.KeyID)
}

// judge looks at what every token must say. A device's own token need not repeat the nonce: the overall token names it by its digest.
func (v NVIDIA) judge(s standard, nonce [32]byte, now time.Time, must bool) error {
	if len(v.Issuers) > 0 && !slices.Contains(v.Issuers, s.Issuer) {
		return fmt.Errorf("%w: iss is %.64q, want one of %v", ErrClaims, s.Issuer, v.Issuers)
	}
	if s.Nonce == "" && must {
		return fmt.Errorf("%w: eat_nonce is missing", ErrNonce)
	}
	if s.Nonce != "" && !strings.EqualFold(s.Nonce, hex.EncodeToString(nonce[:])) {
		return fmt.Errorf("%w: eat_nonce %.64q, want %x", ErrNonce, s.Nonce, nonce)
	}
	if s.Expiry == nil {
		return fmt.Errorf("%w: exp is missing", ErrClaims)
	}
	from := time.Unix(0, 0)
	for _, t := range []*jwt.NumericDate{s.NotBefore, s.IssuedAt} {
		if t != nil && t.Time().After(from) {
			from = t.Time()
		}
	}
	return valid("the token", from, s.Expiry.Time(), now)
}

func (c detached) judge() error {
	for _, f := range []struct {
		name, value, want string
		ok                bool
	}{
		{"x-nvidia-device-type", c.DeviceType, "gpu", c.DeviceType == "" || strings.EqualFold(c.DeviceType, "gpu")},
		{"ueid", c.UEID, "the device's id", c.UEID != ""},
		{"measres", c.Measures, "success", strings.EqualFold(c.Measures, "success")},
		{"dbgstat", c.Debug, "disabled", strings.EqualFold(c.Debug, "disabled")},
		{"secboot", fmt.Sprint(c.SecureBoot), "true", c.SecureBoot},
		{"x-nvidia-gpu-attestation-report-nonce-match", "false", "true", c.NonceMatch == nil || *c.NonceMatch},
	} {
		if !f.ok {
			return fmt.Errorf("%w: %s is %.64q, want %s", ErrClaims, f.name, f.value, f.want)
		}
	}
	return nil
}

// digested says whether the overall token means this device's token: ["DIGEST", ["SHA-256", hexadecimal of SHA-256 of the token]].
func digested(submod json.RawMessage, token string) error {
	var outer []json.RawMessage
	var tag string
	var inner []string
	if json.Unmarshal(submod, &outer) != nil || len(outer) != 2 || json.Unmarshal(outer[0], &tag) != nil || json.Unmarshal(outer[1], &inner) != nil ||
		tag != "DIGEST" || len(inner) != 2 {
		return fmt.Errorf(`%w: its submod is not ["DIGEST", [algorithm, digest]]`, ErrMalformed)
	}
	if inner[0] != "SHA-256" && inner[0] != "SHA256" {
		return fmt.Errorf("%w: digest by %.16q, want SHA-256", ErrAlgorithm, inner[0])
	}
	sum := sha256.Sum256([]byte(token))
	if !strings.EqualFold(inner[1], hex.EncodeToString(sum[:])) {
		return fmt.Errorf("%w: the overall token has digest %.64q, the token %x", ErrSignature, inner[1], sum)
	}
	return nil
}

func orEmpty(p *x509.CertPool) *x509.CertPool {
	if p == nil {
		return x509.NewCertPool()
	}
	return p
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
