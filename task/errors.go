package task

import (
	"errors"
	"fmt"
)

var (
	// ErrBadRequest marks a request that the caller can mend. A miner answers it
	// with status 400, not 500.
	ErrBadRequest = errors.New("bad request")
	// ErrBadParameters marks parameters that do not fit the task's schema.
	ErrBadParameters = errors.New("bad task parameters")
	// ErrUnknownTask is returned when no task of that kind is registered.
	ErrUnknownTask = errors.New("unknown task")
	// ErrUnknownExpert is returned when the task has no expert of that name.
	ErrUnknownExpert = errors.New("unknown expert")
	// ErrNoMaterial is returned when the material that questions are made from is
	// absent or too small.
	ErrNoMaterial = errors.New("no material to ask from")
	// ErrBadState is returned by Restore for state that it did not write.
	ErrBadState = errors.New("bad saved state")
	// ErrOverloaded marks an expert that cannot take the request now (status 503).
	ErrOverloaded = errors.New("overloaded")
)

// BadRequest is an ErrBadRequest that names the field.
type BadRequest struct {
	Field  string // JSON name of the field at fault; empty for the whole body
	Reason string // what is wrong, with the bound, and what to send instead
	// Code is a stable name for the reason where callers must tell it from others; empty: invalid_request. One of a few constants, never
	// something that came with the request.
	Code string
}

// Error implements error.
func (e *BadRequest) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("%v: %s", ErrBadRequest, e.Reason)
	}
	return fmt.Sprintf("%v: field %q: %s", ErrBadRequest, e.Field, e.Reason)
}

// Is makes errors.Is(err, ErrBadRequest) true.
func (e *BadRequest) Is(target error) bool { return target == ErrBadRequest }
