package attest

import (
	"encoding/json"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// NewVerifiers makes all verifiers of this package from what a vendor publishes: its root certificates in PEM and the keys of its service as a JSON
// Web Key Set, either of which may be nil. Errors: [ErrRoots].
func NewVerifiers(roots, jwks []byte) (Verifiers, error) {
	if roots == nil && jwks == nil {
		return nil, fmt.Errorf("%w: there are neither certificates nor keys", ErrRoots)
	}
	var nvidia NVIDIA
	var out Verifiers
	if roots != nil {
		pool, err := ParseRoots(roots)
		if err != nil {
			return nil, err
		}
		nvidia.Roots = pool
		out = append(out, X509{Roots: pool})
	}
	if jwks != nil {
		var keys jose.JSONWebKeySet
		if err := json.Unmarshal(jwks, &keys); err != nil {
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
		nvidia.Keys = &keys
	}
	return append(out, nvidia), nil
}
