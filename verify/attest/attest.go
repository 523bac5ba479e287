package attest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Bounds on evidence. An honest document for eight devices has about 60 KiB.
const (
	MaxDocument = 256 << 10 // bytes
	MaxDevices  = 32        // of one document
	MaxChain    = 6         // certificates from the signer to the root, both counted
	MaxText     = 128       // bytes of a device's id or model
	MaxKind     = 32        // bytes of a kind's name

	// Skew is how far the clock of whoever signed may run ahead.
	Skew = time.Minute
)

const domainNonce = "agon/attestation/v1"

// Binding is what evidence must be made for. A document that answers its nonce cannot be used for another challenge, miner, subnet or chain.
type Binding struct {
	ChainID    string
	Netuid     uint16
	Hotkey     string   // of the miner
	ServiceKey [32]byte // with which the miner signs receipts
	Challenge  [32]byte // drawn at random by whoever asks, for this one time
}

// Nonce is what the hardware is given to sign:
//
//	SHA-256( "agon/attestation/v1" 19 | SHA-256(chain id) 32 | netuid 2 | length of hotkey 2 | hotkey | service key 32 | challenge 32 )
//
// A miner computes it from a challenge and what it is itself, and hands no other to its hardware: whoever would have it attest for somebody else
// gets evidence for the wrong nonce.
func (b Binding) Nonce() [32]byte {
	chain := sha256.Sum256([]byte(b.ChainID))
	m := append([]byte(domainNonce), chain[:]...)
	m = binary.BigEndian.AppendUint16(m, b.Netuid)
	m = binary.BigEndian.AppendUint16(m, uint16(len(b.Hotkey)))
	m = append(m, b.Hotkey...)
	m = append(m, b.ServiceKey[:]...)
	return sha256.Sum256(append(m, b.Challenge[:]...))
}

// Evidence is one document and what kind it is of.
type Evidence struct {
	Kind     string          `json:"kind"`
	Document json.RawMessage `json:"document"`
}

// DecodeEvidence reads evidence as it travels. Errors: [ErrMalformed].
func DecodeEvidence(raw []byte) (Evidence, error) {
	if len(raw) > MaxDocument {
		return Evidence{}, fmt.Errorf("%w: %d bytes, at most %d", ErrMalformed, len(raw), MaxDocument)
	}
	var e Evidence
	if err := decode(raw, &e); err != nil {
		return Evidence{}, err
	}
	return e, e.check()
}

func (e Evidence) check() error {
	if e.Kind == "" || len(e.Kind) > MaxKind {
		return fmt.Errorf("%w: kind has %d bytes, want 1 to %d", ErrMalformed, len(e.Kind), MaxKind)
	}
	if len(e.Document) == 0 || len(e.Document) > MaxDocument {
		return fmt.Errorf("%w: document has %d bytes, want 1 to %d", ErrMalformed, len(e.Document), MaxDocument)
	}
	return nil
}

// Device is one piece of hardware that answered.
type Device struct {
	ID    string `json:"id"` // that its vendor gave it, for its whole life
	Model string `json:"model,omitempty"`
}

// Result is what verified evidence says.
type Result struct {
	Kind    string    `json:"kind"`
	Devices []Device  `json:"devices"` // at least one, each id once
	Until   time.Time `json:"until"`   // when the first of its signatures expires
}

// Verifier judges documents of one kind. Verify may be called by many goroutines at once.
type Verifier interface {
	Kind() string
	Verify(document []byte, nonce [32]byte, now time.Time) (Result, error)
}

// Verifiers are those that somebody accepts, one for each kind.
type Verifiers []Verifier

// Verify judges evidence by the verifier of its kind. Errors: those of this package.
func (v Verifiers) Verify(e Evidence, b Binding, now time.Time) (Result, error) {
	if err := e.check(); err != nil {
		return Result{}, err
	}
	for _, f := range v {
		if f.Kind() != e.Kind {
			continue
		}
		r, err := f.Verify(e.Document, b.Nonce(), now)
		if err != nil {
			return Result{}, err
		}
		r.Kind = e.Kind
		return r, r.check()
	}
	return Result{}, fmt.Errorf("%w: %.32q, accepted are %v", ErrKind, e.Kind, v.Kinds())
}

// Kinds that are accepted.
func (v Verifiers) Kinds() []string {
	kinds := make([]string, len(v))
	for i, f := range v {
		kinds[i] = f.Kind()
	}
	return kinds
}

// check holds every verifier to what a Result promises.
func (r Result) check() error {
	if len(r.Devices) == 0 || len(r.Devices) > MaxDevices {
		return fmt.Errorf("%w: %d devices, want 1 to %d", ErrClaims, len(r.Devices), MaxDevices)
	}
	seen := map[string]bool{}
	for _, d := range r.Devices {
		if !printable(d.ID) || d.ID == "" || !printable(d.Model) {
			return fmt.Errorf("%w: device %.40q of model %.40q, want printable text of at most %d bytes", ErrClaims, d.ID, d.Model, MaxText)
		}
		if seen[d.ID] {
			return fmt.Errorf("%w: device %q is named twice", ErrClaims, d.ID)
		}
		seen[d.ID] = true
	}
	return nil
}

func printable(s string) bool {
	for _, c := range []byte(s) {
		if c < 0x20 || c > 0x7e {
			return false
		}
	}
	return len(s) <= MaxText
}

// decode reads one JSON value and nothing after it, with no field that is not known.
func decode(raw []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	// More would not see a bracket that closes nothing.
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows the document", ErrMalformed)
	}
	return nil
}

// valid judges a span of time.
func valid(what string, from, until, now time.Time) error {
	if from.After(now.Add(Skew)) {
		return fmt.Errorf("%w: %s begins at %d, now %d", ErrTime, what, from.Unix(), now.Unix())
	}
	if !now.Before(until) {
		return fmt.Errorf("%w: %s ended at %d, now %d", ErrTime, what, until.Unix(), now.Unix())
	}
	return nil
}
