package task

import (
	"fmt"
	"math"
	"time"
)

// Policy says how judged answers become a score. The zero value is not usable;
// start from DefaultPolicy.
type Policy struct {
	// HalfLife is the number of questions to a miner after which an answer weighs
	// half. Longer is steadier, shorter forgets a bad past (and a good one) sooner.
	// Default 600, bounds [1, 1000000].
	HalfLife float64 `json:"half_life"`
	// MinQuestions is how many answers are needed before a miner can score above 0.
	// Default 48, bounds [1, 10000]: with fewer, chance moves a
	// score at the default exponent by more than half.
	MinQuestions int `json:"min_questions"`
	// Availability is the share of questions that must be answered in time; below
	// it the score is 0. Default 0.8, bounds [0, 1].
	Availability float64 `json:"availability"`
	// Deadline is the latency above which an answer counts as unavailable though
	// its quality counts. Default 5 s, bounds (0, 1 h]. Use the task's Deadline.
	Deadline time.Duration `json:"deadline"`
	// CanaryPass is the share of canaries that a real expert passes. A miner whose
	// share is below it beyond doubt (upper bound at Z) scores 0. Default 0.7,
	// bounds [0, 1].
	CanaryPass float64 `json:"canary_pass"`
	// Exponent is a in quality^a. At 1 an expert half as good earns half; at 6 it
	// earns one part in 64. Default 6, bounds [1, 16].
	Exponent float64 `json:"exponent"`
	// Z is how many standard deviations "beyond doubt" is. Default 2.33 (99 %,
	// one side), bounds [0, 6].
	Z float64 `json:"z"`
}

// DefaultPolicy returns the policy that fits tasks with right or wrong answers.
func DefaultPolicy() Policy {
	return Policy{
		HalfLife:     600,
		MinQuestions: 48,
		Availability: 0.8,
		Deadline:     5 * time.Second,
		CanaryPass:   0.7,
		Exponent:     6,
		Z:            2.33,
	}
}

// Validate reports the first field that is out of its bounds.
func (p Policy) Validate() error {
	check := func(name string, v, lo, hi float64) error {
		if math.IsNaN(v) || v < lo || v > hi {
			return fmt.Errorf("score policy: %s %v: want %v to %v", name, v, lo, hi)
		}
		return nil
	}
	for _, f := range []struct {
		name      string
		v, lo, hi float64
	}{
		{"half_life", p.HalfLife, 1, 1e6},
		{"min_questions", float64(p.MinQuestions), 1, 10000},
		{"availability", p.Availability, 0, 1},
		{"deadline", p.Deadline.Seconds(), 1e-6, 3600},
		{"canary_pass", p.CanaryPass, 0, 1},
		{"exponent", p.Exponent, 1, 16},
		{"z", p.Z, 0, 6},
	} {
		if err := check(f.name, f.v, f.lo, f.hi); err != nil {
			return err
		}
	}
	return nil
}
