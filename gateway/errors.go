package gateway

import "errors"

var (
	// ErrConfig refuses a setting, and names it.
	ErrConfig = errors.New("invalid configuration")
	// ErrPortTaken says that another program listens at an address.
	ErrPortTaken = errors.New("address is taken")
	// ErrNoView says that the chain could not be read at the start.
	ErrNoView = errors.New("chain cannot be read")
)
