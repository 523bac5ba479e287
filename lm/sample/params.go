package sample

import (
	"errors"
	"fmt"
)

// ErrParams says that parameters are out of bounds.
var ErrParams = errors.New("sampling parameters out of bounds")

// Params are how a request asks tokens to be drawn.
type Params struct {
	Temperature float64 // 0 to 100; 0 takes the most probable token
	TopK        int     // keeps that many; 0 keeps all
	TopP        float64 // above 0 to 1; 1 keeps all
}

// Validate reports the first parameter that is out of its bounds. Errors: ErrParams.
func (p Params) Validate() error {
	switch {
	case !(p.Temperature >= 0 && p.Temperature <= 100):
		return fmt.Errorf("%w: temperature is %v, want 0 to 100", ErrParams, p.Temperature)
	case p.TopK < 0:
		return fmt.Errorf("%w: top_k is %d, want at least 0", ErrParams, p.TopK)
	case !(p.TopP > 0 && p.TopP <= 1):
		return fmt.Errorf("%w: top_p is %v, want above 0 to 1", ErrParams, p.TopP)
	}
	return nil
}
