package route

import "errors"

// Why nobody is there to ask. Each comes wrapped in one line that says what to do.
var (
	// ErrModel says that a model is not named as this gateway reads names, or a provider object is malformed.
	ErrModel = errors.New("malformed routing")
	// ErrUnknown says that no subnet or miner has what is named.
	ErrUnknown = errors.New("model not found")
	// ErrNotServed says that the model is served, but not in the version that was asked for.
	ErrNotServed = errors.New("version is not served")
	// ErrFiltered says that miners serve it, and none that the caller's provider object allows.
	ErrFiltered = errors.New("no miner is allowed")
	// ErrUnhealthy says that all miners that could answer failed lately.
	ErrUnhealthy = errors.New("no healthy miner")
)
