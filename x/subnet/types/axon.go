package types

import (
	errorsmod "cosmossdk.io/errors"
)

// Bounds of an axon.
const (
	// ServiceKeySize is the length of an ed25519 public key.
	ServiceKeySize = 32
	// SealingKeySize is the length of an HPKE public key of ML-KEM-768 with X25519: 1184 and 32 bytes.
	SealingKeySize = 1216
	// VersionSize is the length of a SHA-256 hash.
	VersionSize = 32
	// MaxServed is the number of entries of what an axon serves.
	MaxServed = 16
	// MaxHardwareCount bounds the number of processors or accelerators.
	MaxHardwareCount = 65_536
	// MaxHardwareMemory bounds the memory of one machine: 1 PiB.
	MaxHardwareMemory = 1 << 50
)

// Validate reports the first field out of bounds, as ErrInvalidAxon. It judges what the operator says, and sizes
// of what the chain sets; that the latter is empty in a message is checked by ValidateNew. Keys are judged by size
// alone: whether bytes are a point on a curve is for those who use them, since that answer may differ between builds.
func (a Axon) Validate() error {
	if err := CheckURL(a.Url); err != nil {
		return err
	}
	if len(a.ServiceKey) != ServiceKeySize {
		return errorsmod.Wrapf(ErrInvalidAxon, "service_key has %d bytes, want %d (ed25519 public key)", len(a.ServiceKey), ServiceKeySize)
	}
	if n := len(a.SealingKey); n != 0 && n != SealingKeySize {
		return errorsmod.Wrapf(ErrInvalidAxon, "sealing_key has %d bytes, want %d (HPKE public key of ML-KEM-768 with X25519) or none", n, SealingKeySize)
	}
	if n := len(a.PreviousServiceKey); n != 0 && n != ServiceKeySize {
		return errorsmod.Wrapf(ErrInvalidAxon, "previous_service_key has %d bytes, want %d or none", n, ServiceKeySize)
	}
	if a.UpdatedAt < 0 || a.ServiceKeySince < 0 || a.ServiceKeySince > a.UpdatedAt {
		return errorsmod.Wrapf(ErrInvalidAxon, "service_key_since is %d and updated_at is %d, want 0 <= service_key_since <= updated_at",
			a.ServiceKeySince, a.UpdatedAt)
	}
	if err := checkText(ErrInvalidAxon, "region", a.Region, 0, MaxRegion, false); err != nil {
		return err
	}
	if err := a.Hardware.validate(); err != nil {
		return err
	}
	if len(a.Served) > MaxServed {
		return errorsmod.Wrapf(ErrInvalidAxon, "served has %d entries, want at most %d", len(a.Served), MaxServed)
	}
	for i, s := range a.Served {
		if err := checkText(ErrInvalidAxon, "served.name", s.Name, 1, MaxServedName, false); err != nil {
			return errorsmod.Wrapf(err, "entry %d", i)
		}
		if len(s.Version) != VersionSize {
			return errorsmod.Wrapf(ErrInvalidAxon, "served.version of entry %d has %d bytes, want %d (SHA-256)", i, len(s.Version), VersionSize)
		}
		for j := range i {
			if a.Served[j].Name == s.Name && string(a.Served[j].Version) == string(s.Version) {
				return errorsmod.Wrapf(ErrInvalidAxon, "served has %q with the same version twice, as entries %d and %d: leave one out", s.Name, j, i)
			}
		}
	}
	return nil
}

// ValidateNew is Validate for an axon in a message, where what the chain sets must be empty.
func (a Axon) ValidateNew() error {
	switch {
	case a.UpdatedAt != 0:
		return errorsmod.Wrapf(ErrInvalidAxon, "updated_at is %d, want none: the chain sets it", a.UpdatedAt)
	case len(a.PreviousServiceKey) != 0:
		return errorsmod.Wrapf(ErrInvalidAxon, "previous_service_key has %d bytes, want none: the chain sets it", len(a.PreviousServiceKey))
	case a.ServiceKeySince != 0:
		return errorsmod.Wrapf(ErrInvalidAxon, "service_key_since is %d, want none: the chain sets it", a.ServiceKeySince)
	}
	return a.Validate()
}

func (h Hardware) validate() error {
	if h == (Hardware{}) {
		return nil
	}
	if h.Kind != "cpu" && h.Kind != "gpu" {
		return errorsmod.Wrapf(ErrInvalidAxon, "hardware.kind is %.32q, want \"cpu\" or \"gpu\", or no hardware at all", h.Kind)
	}
	if err := checkText(ErrInvalidAxon, "hardware.model", h.Model, 0, MaxHardware, false); err != nil {
		return err
	}
	if h.Count > MaxHardwareCount {
		return errorsmod.Wrapf(ErrInvalidAxon, "hardware.count is %d, want at most %d", h.Count, MaxHardwareCount)
	}
	if h.Memory > MaxHardwareMemory {
		return errorsmod.Wrapf(ErrInvalidAxon, "hardware.memory is %d, want at most %d bytes", h.Memory, uint64(MaxHardwareMemory))
	}
	return nil
}
