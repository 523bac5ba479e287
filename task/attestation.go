package task

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// AttestationMode says whether miners have to show whose hardware they run on.
type AttestationMode string

// The modes. Where nothing is said it is off.
const (
	AttestationOff      AttestationMode = "off"
	AttestationOptional AttestationMode = "optional" // who shows a device that somebody else shows already is not paid
	AttestationRequired AttestationMode = "required" // who shows none is not paid either
)

// attestationKey is a subnet's parameter that belongs to no task: every task's parameters may have it.
const attestationKey = "attestation"

// Attestation is what a subnet asks of its miners' hardware and owners. Its parameter is a mode, "required", or an object:
//
//	{"attestation": {"mode": "required", "kinds": ["nvidia-eat"], "slots_per_owner": 1}}
type Attestation struct {
	Mode AttestationMode `json:"mode"`
	// Kinds of evidence that are taken; empty: all that a validator can verify.
	Kinds []string `json:"kinds,omitempty"`
	// SlotsPerOwner is how many uids of one owner can be paid; 0: any number. Default 1, at most 65535. It counts only where the mode is not off.
	SlotsPerOwner int `json:"slots_per_owner"`
}

// On says whether anything is asked.
func (a Attestation) On() bool { return a.Mode != AttestationOff && a.Mode != "" }

// Takes says whether evidence of a kind counts.
func (a Attestation) Takes(kind string) bool {
	for _, k := range a.Kinds {
		if k == kind {
			return true
		}
	}
	return len(a.Kinds) == 0
}

// WithAttestation gives parameters of another task what a subnet asks of hardware in its own: that is asked of all its miners. Parameters that are no
// JSON object stay as they are: to refuse them is for who reads them.
func WithAttestation(params, subnet string) string {
	var asks, all map[string]json.RawMessage
	if json.Unmarshal([]byte(subnet), &asks) != nil || asks[attestationKey] == nil {
		return params
	}
	if params != "" && json.Unmarshal([]byte(params), &all) != nil {
		return params
	}
	if all == nil {
		all = map[string]json.RawMessage{}
	}
	all[attestationKey] = asks[attestationKey]
	out, err := json.Marshal(all)
	if err != nil {
		return params
	}
	return string(out)
}

// SplitAttestation takes what a subnet asks of hardware out of its parameters, and gives back what is the task's. Parameters without it stay as they
// are, byte for byte, and so do those that are no JSON object: to refuse them is the task's. Errors: [ErrBadParameters].
func SplitAttestation(params string) (string, Attestation, error) {
	off := Attestation{Mode: AttestationOff}
	var all map[string]json.RawMessage
	if json.Unmarshal([]byte(params), &all) != nil {
		return params, off, nil
	}
	raw, there := all[attestationKey]
	if !there {
		return params, off, nil
	}
	delete(all, attestationKey)
	rest, err := json.Marshal(all)
	if err != nil {
		return "", off, fmt.Errorf("%w: %w", ErrBadParameters, err)
	}
	a := Attestation{SlotsPerOwner: 1}
	if json.Unmarshal(raw, &a.Mode) != nil {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		if err := d.Decode(&a); err != nil {
			return "", off, fmt.Errorf("%w: %s: %w", ErrBadParameters, attestationKey, err)
		}
	}
	switch a.Mode {
	case AttestationOff, AttestationOptional, AttestationRequired:
	default:
		return "", off, fmt.Errorf("%w: %s: mode is %.32q, want %q, %q or %q", ErrBadParameters, attestationKey, a.Mode, AttestationOff, AttestationOptional, AttestationRequired)
	}
	if a.SlotsPerOwner < 0 || a.SlotsPerOwner > 65535 {
		return "", off, fmt.Errorf("%w: %s: slots_per_owner is %d, want 0 to 65535", ErrBadParameters, attestationKey, a.SlotsPerOwner)
	}
	if len(a.Kinds) > 8 {
		return "", off, fmt.Errorf("%w: %s: %d kinds, want at most 8", ErrBadParameters, attestationKey, len(a.Kinds))
	}
	return string(rest), a, nil
}
