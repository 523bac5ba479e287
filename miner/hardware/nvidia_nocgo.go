//go:build !cgo

package hardware

import (
	"context"
	"fmt"
)

// NVIDIA cannot be asked by a program that was built without cgo.
type NVIDIA struct{}

// NewNVIDIA makes a reader that says so.
func NewNVIDIA() *NVIDIA { return &NVIDIA{} }

// Read is ErrNone.
func (*NVIDIA) Read(context.Context, *Report) error {
	return fmt.Errorf("%w: this program was built without cgo and cannot ask for NVIDIA devices", ErrNone)
}
