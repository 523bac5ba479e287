package train

import (
	"fmt"
	"math"
)

// Schedule is the learning rate over a run: a straight line from 0 to Peak in Warmup steps, then half a cosine down to
// Floor at the last.
type Schedule struct {
	Peak   float64 `json:"peak"`
	Floor  float64 `json:"floor"`
	Warmup int     `json:"warmup"` // steps
	Steps  int     `json:"steps"`  // of the whole run
}

// MaxSteps bounds a run.
const MaxSteps = 1 << 30

// Validate says which setting is out of bounds.
func (s Schedule) Validate() error {
	if !(s.Peak > 0 && s.Peak <= 1) {
		return fmt.Errorf("%w: peak learning rate is %v, must be above 0, at most 1", ErrConfig, s.Peak)
	}
	if !(s.Floor >= 0 && s.Floor <= s.Peak) {
		return fmt.Errorf("%w: floor of the learning rate is %v, must be from 0 to the peak %v", ErrConfig, s.Floor, s.Peak)
	}
	if s.Steps < 1 || s.Steps > MaxSteps {
		return fmt.Errorf("%w: %d steps, must be from 1 to %d", ErrConfig, s.Steps, MaxSteps)
	}
	if s.Warmup < 0 || s.Warmup > s.Steps {
		return fmt.Errorf("%w: warmup of %d steps, must be from 0 to the run's %d", ErrConfig, s.Warmup, s.Steps)
	}
	return nil
}

// At is the learning rate of a step, counted from 0.
func (s Schedule) At(step int) float64 {
	if step < s.Warmup {
		return s.Peak * float64(step+1) / float64(s.Warmup)
	}
	if step >= s.Steps {
		return s.Floor
	}
	done := float64(step-s.Warmup) / float64(max(1, s.Steps-s.Warmup))
	return s.Floor + (s.Peak-s.Floor)*(1+math.Cos(math.Pi*done))/2
}
