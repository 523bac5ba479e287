package wire

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	// HardwarePath is where a miner tells of its hardware, behind the path of its URL. The method is GET.
	HardwarePath = "/agon/v1/hardware"
	// AttestationPath is where a miner has its hardware answer a challenge, in a signed request. The method is POST.
	AttestationPath = "/agon/v1/attestation"

	// HeaderHardware carries the account key and the signature of a hardware report: 97 bytes in unpadded base64url.
	HeaderHardware = "Agon-Hardware"

	// MaxHardware is the longest report, in bytes.
	MaxHardware = 64 << 10
	// MaxAttestation is the longest evidence, in bytes.
	MaxAttestation = 256 << 10
	// MaxHardwareDevices is the most devices of one report.
	MaxHardwareDevices = 64

	// DefaultHardwareMaxAge and DefaultHardwareMaxSkew bound a report's time.
	DefaultHardwareMaxAge  = 5 * time.Minute
	DefaultHardwareMaxSkew = 10 * time.Second

	domainHardware  = "agon/hardware/v1"
	domainDevice    = "agon/device/v1"
	hardwareVersion = 1
	maxHardwareText = 128
)

// Hardware is what a miner says of the machine that it answers from, at one moment. It is telemetry under the hotkey's signature: somebody can
// be held to having said it, and nothing more. Nothing in it is proof, and nobody may be paid for it.
//
// What a machine could not tell is absent; 0 is a reading.
type Hardware struct {
	Version    int              `json:"version"` // 1
	ChainID    string           `json:"chain_id"`
	Netuid     uint16           `json:"netuid"`
	Hotkey     string           `json:"hotkey"`
	ServiceKey string           `json:"service_key"` // hexadecimal
	Time       int64            `json:"time"`        // Unix milliseconds of the readings
	Kind       string           `json:"kind"`        // "cpu" or "gpu"
	Driver     string           `json:"driver,omitempty"`
	CUDA       string           `json:"cuda,omitempty"`
	CPU        HardwareCPU      `json:"cpu"`
	Devices    []HardwareDevice `json:"devices,omitempty"`
	Incomplete string           `json:"incomplete,omitempty"` // what could not be read
}

// HardwareCPU is the processor and the memory that the miner may use.
type HardwareCPU struct {
	Model   string `json:"model"`
	Threads uint32 `json:"threads"`
	Memory  uint64 `json:"memory"` // bytes; 0: unknown
}

// HardwareDevice is one accelerator.
type HardwareDevice struct {
	ID         string  `json:"id,omitempty"` // see DeviceID
	Model      string  `json:"model"`
	Memory     uint64  `json:"memory"` // bytes
	MemoryUsed *uint64 `json:"memory_used,omitempty"`

	MIG          *bool   `json:"mig,omitempty"`           // split into instances
	MIGInstances *uint32 `json:"mig_instances,omitempty"` // of which there are now
	ECC          *bool   `json:"ecc,omitempty"`           // error correction is on
	ECCErrors    *uint64 `json:"ecc_errors,omitempty"`    // that could not be corrected, since the driver was loaded

	Temperature       *uint32 `json:"temperature,omitempty"`        // degrees Celsius
	Utilization       *uint32 `json:"utilization,omitempty"`        // per cent of the time
	MemoryUtilization *uint32 `json:"memory_utilization,omitempty"` // per cent of the time
	Confidential      *bool   `json:"confidential,omitempty"`       // confidential computing is on
}

// DeviceID names a device in reports of one chain without giving away the id that its driver uses elsewhere: the first 16 bytes of
// SHA-256( "agon/device/v1" 14 | SHA-256(chain id) 32 | the driver's id ), in hexadecimal. Two reports with one id are about one device, or one of
// them lies.
func DeviceID(chainID, driverID string) string {
	chain := ChainIDHash(chainID)
	h := sha256.Sum256(append(append([]byte(domainDevice), chain[:]...), driverID...))
	return hex.EncodeToString(h[:16])
}

// Validate names the first field that is out of its bounds. Errors: [ErrHardware].
func (h *Hardware) Validate() error {
	bad := func(field string, value any, want string) error {
		return fmt.Errorf("%w: %s is %.64v, want %s", ErrHardware, field, value, want)
	}
	switch {
	case h.Version != hardwareVersion:
		return bad("version", h.Version, fmt.Sprint(hardwareVersion))
	case h.Kind != "cpu" && h.Kind != "gpu":
		return bad("kind", h.Kind, "cpu or gpu")
	case (h.Kind == "gpu") != (len(h.Devices) > 0) || len(h.Devices) > MaxHardwareDevices:
		return bad("devices", len(h.Devices), fmt.Sprintf("1 to %d of a gpu machine, none of a cpu machine", MaxHardwareDevices))
	case h.Time < 0 || h.Time > maxUnix*1000:
		return bad("time", h.Time, "Unix milliseconds")
	case len(h.ServiceKey) != 64:
		return bad("service_key", h.ServiceKey, "64 hexadecimal digits")
	}
	texts := []struct{ field, value string }{
		{"chain_id", h.ChainID}, {"hotkey", h.Hotkey}, {"driver", h.Driver}, {"cuda", h.CUDA}, {"cpu.model", h.CPU.Model}, {"incomplete", h.Incomplete},
	}
	for _, d := range h.Devices {
		texts = append(texts, struct{ field, value string }{"device's id", d.ID}, struct{ field, value string }{"device's model", d.Model})
	}
	for _, t := range texts {
		if !shortText(t.value) {
			return bad(t.field, fmt.Sprintf("%q", t.value), fmt.Sprintf("printable text of at most %d bytes", maxHardwareText))
		}
	}
	return nil
}

func shortText(s string) bool {
	for _, c := range []byte(s) {
		if c < 0x20 || c > 0x7e {
			return false
		}
	}
	return len(s) <= maxHardwareText
}

// encode writes the one spelling that is accepted: JSON with the fields in their order and no space.
func (h *Hardware) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(h); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHardware, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// SignedHardware is a report as it travels: its bytes, and in a header who signed them.
type SignedHardware struct {
	Body      []byte
	Account   AccountKey
	Signature [64]byte
}

// SignHardware has the hotkey's account sign a report.
func SignHardware(h *Hardware, account AccountKey, sign AccountSigner) (*SignedHardware, error) {
	if err := h.Validate(); err != nil {
		return nil, err
	}
	body, err := h.encode()
	if err != nil {
		return nil, err
	}
	if len(body) > MaxHardware {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrHardware, len(body), MaxHardware)
	}
	s := &SignedHardware{Body: body, Account: account}
	sig, err := sign(s.signingBytes())
	if err != nil {
		return nil, fmt.Errorf("account signs hardware report: %w", err)
	}
	if copy(s.Signature[:], sig) != len(sig) || !account.verify(s.signingBytes(), s.Signature) {
		return nil, fmt.Errorf("%w: the signer does not sign for account %x", ErrHardwareSignature, account[:])
	}
	return s, nil
}

// signingBytes start with a letter, as a certificate's do, so that they can never be taken for a transaction.
func (s *SignedHardware) signingBytes() []byte { return append([]byte(domainHardware), s.Body...) }

// Header is the value of HeaderHardware.
func (s *SignedHardware) Header() string {
	return text.EncodeToString(append(s.Account[:], s.Signature[:]...))
}

// ParseSignedHardware reads what was sent. It does not verify: see [SignedHardware.Verify]. Errors: [ErrHardware].
func ParseSignedHardware(header string, body []byte) (*SignedHardware, error) {
	if len(body) > MaxHardware {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrHardware, len(body), MaxHardware)
	}
	var raw [len(AccountKey{}) + 64]byte
	if err := decodeText(raw[:], header); err != nil {
		return nil, fmt.Errorf("%w: %s %w", ErrHardware, HeaderHardware, err)
	}
	s := &SignedHardware{Body: body}
	copy(s.Signature[:], raw[copy(s.Account[:], raw[:]):])
	return s, nil
}

// HardwarePolicy is what a reader asks of a report.
type HardwarePolicy struct {
	ChainID    string
	Netuid     uint16
	Hotkey     string        // of the miner
	Signer     string        // address of the account that signs for the hotkey; empty: the hotkey itself
	ServiceKey ServicePublic // that the chain binds to the miner
	MaxAge     time.Duration // 0: DefaultHardwareMaxAge
	MaxSkew    time.Duration // 0: DefaultHardwareMaxSkew
}

// Verify judges a report at a time: form, signature, whom it is about, and age. Errors: [ErrHardware], [ErrHardwareSignature], [ErrHardwareMismatch],
// [ErrHardwareStale].
func (s *SignedHardware) Verify(now time.Time, p HardwarePolicy) (*Hardware, error) {
	signer, err := s.Account.Address(AddressPrefix)
	if err != nil {
		return nil, err
	}
	want := p.Signer
	if want == "" {
		want = p.Hotkey
	}
	if signer != want {
		return nil, fmt.Errorf("%w: signed by %s, want %s", ErrHardwareMismatch, signer, want)
	}
	if !s.Account.verify(s.signingBytes(), s.Signature) {
		return nil, fmt.Errorf("%w: account %s", ErrHardwareSignature, signer)
	}
	var h Hardware
	d := json.NewDecoder(bytes.NewReader(s.Body))
	d.DisallowUnknownFields()
	if err := d.Decode(&h); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHardware, err)
	}
	if err := h.Validate(); err != nil {
		return nil, err
	}
	if again, err := h.encode(); err != nil || !bytes.Equal(again, s.Body) {
		return nil, fmt.Errorf("%w: not in its one spelling", ErrHardware)
	}
	for _, f := range []struct {
		name string
		ok   bool
	}{
		{"chain_id", h.ChainID == p.ChainID},
		{"netuid", h.Netuid == p.Netuid},
		{"hotkey", h.Hotkey == p.Hotkey},
		{"service_key", h.ServiceKey == p.ServiceKey.String()},
	} {
		if !f.ok {
			return nil, fmt.Errorf("%w: %s differs", ErrHardwareMismatch, f.name)
		}
	}
	age, skew := orDefault(p.MaxAge, DefaultHardwareMaxAge), orDefault(p.MaxSkew, DefaultHardwareMaxSkew)
	if at := time.UnixMilli(h.Time); at.Before(now.Add(-age)) || at.After(now.Add(skew)) {
		return nil, fmt.Errorf("%w: read at %d, now %d, at most %s ago and %s ahead", ErrHardwareStale, h.Time, now.UnixMilli(), age, skew)
	}
	return &h, nil
}

// Hardware fetches a miner's report. It is not verified yet. Errors: [ErrTarget], [ErrHardware], [ErrReplyTooLarge], [*APIError] for what is no
// success, and net/http's own.
func (c *Client) Hardware(ctx context.Context, endpoint string) (*SignedHardware, error) {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	u, err := c.target(endpoint, HardwarePath)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCall, err)
	}
	req.Header.Set("Accept", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch hardware report: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxHardware+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read hardware report: %w", err)
	case len(body) > MaxHardware:
		return nil, fmt.Errorf("%w: more than %d bytes", ErrReplyTooLarge, MaxHardware)
	case resp.StatusCode != http.StatusOK:
		return nil, ParseAPIError(resp.StatusCode, body)
	}
	v := resp.Header.Values(HeaderHardware)
	if len(v) != 1 {
		return nil, fmt.Errorf("%w: %s is given %d times, want once", ErrHardware, HeaderHardware, len(v))
	}
	return ParseSignedHardware(v[0], body)
}

// Challenge is the body of a request to AttestationPath: 32 random bytes, in hexadecimal.
type Challenge struct {
	Challenge string `json:"challenge"`
}

// EncodeChallenge writes the body for a challenge.
func EncodeChallenge(c [32]byte) []byte {
	return fmt.Appendf(nil, `{"challenge":"%x"}`, c)
}

// DecodeChallenge reads exactly what EncodeChallenge writes. Errors: [ErrChallenge].
func DecodeChallenge(body []byte) (out [32]byte, err error) {
	var c Challenge
	if len(body) > 256 || json.Unmarshal(body, &c) != nil || len(c.Challenge) != 64 {
		return out, fmt.Errorf(`%w: want {"challenge":"64 hexadecimal digits"}`, ErrChallenge)
	}
	if _, err := hex.Decode(out[:], []byte(c.Challenge)); err != nil || !bytes.Equal(EncodeChallenge(out), body) {
		return out, fmt.Errorf(`%w: want {"challenge":"64 hexadecimal digits"}, in lower case and without spaces`, ErrChallenge)
	}
	return out, nil
}
