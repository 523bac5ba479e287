package attest

import (
	"encoding/json"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// Sources are what vendors publish, as it lies in files. Each may be nil.
type Sources struct {
	// DeviceRoots are certificates (PEM) of authorities that certify single devices: for kind "x509".
	DeviceRoots []byte
	// ServiceRoots are certificates (PEM) of authorities that certify a vendor's attestation service, and no devices: whoever holds a key below
	// them is believed about every device. For kind "nvidia-eat".
	ServiceRoots []byte
	// ServiceKeys are the keys of such a service, a JSON Web Key Set. For kind "nvidia-eat".
	ServiceKeys []byte
}

// NewVerifiers makes the verifiers of this package that there is something to verify against for. Errors: [ErrRoots].
func NewVerifiers(s Sources) (Verifiers, error) {
	var out Verifiers
	if s.DeviceRoots != nil {
		pool, err := ParseRoots(s.DeviceRoots)
		if err != nil {
			return nil, fmt.Errorf("devices: %w", err)
		}
		out = append(out, X509{Roots: pool})
	}
	var nvidia NVIDIA
	if s.ServiceRoots != nil {
		pool, err := ParseRoots(s.ServiceRoots)
		if err != nil {
			return nil, fmt.Errorf("service: %w", err)
		}
		nvidia.Roots = pool
	}
	if s.ServiceKeys != nil {
		keys, err := parseKeys(s.ServiceKeys)
		if err != nil {
			return nil, err
		}
		nvidia.Keys = keys
	}
	if nvidia.Roots != nil || nvidia.Keys != nil {
		out = append(out, nvidia)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: there are neither certificates nor keys", ErrRoots)
	}
	return out, nil
}

func parseKeys(raw []byte) (*jose.JSONWebKeySet, error) {
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal(raw, &keys); err != nil {
		return nil, fmt.Errorf("%w: keys: %w", ErrRoots, err)
	}
	if len(keys.Keys) == 0 {
		return nil, fmt.Errorf("%w: the key set is empty", ErrRoots)
	}
	for _, k := range keys.Keys {
		if !k.IsPublic() {
			return nil, fmt.Errorf("%w: key %.64q of the key set is no public key", ErrRoots, k.KeyID)
		}
	}
	return &keys, nil
}
