package attack

import "errors"

// ErrConfig is wrapped by every error about a world, rules or case that cannot be played.
var ErrConfig = errors.New("attack lab")
