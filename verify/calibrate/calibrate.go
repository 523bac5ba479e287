package calibrate

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/agon-chain/agon/verify/sequential"
)

// ErrSamples says that there are too few samples to bound anything by.
var ErrSamples = errors.New("too few samples to calibrate by")

// Samples are what honest variants deviated by.
type Samples struct {
	Replay []float64 // distances of drawn tokens
	Greedy []float64 // distances of tokens at temperature 0, in nats
	Claim  []float64 // distances of claimed log-probabilities, in nats
	Apart  []float64 // total variation between distributions, one for each token
	// Trials and misses of usage and of answers that must agree.
	UsageTrials, UsageMisses   int
	RepeatTrials, RepeatMisses int
	// OwnDraws: the engine draws by a sampler of its own. Replay is then not looked at.
	OwnDraws bool
}

// Worst is the profile that is fair to every variant: of each tolerance, rate and distance the largest. A rate is measured beyond
// its own variant's tolerance, so that beyond a larger one it holds all the more.
func Worst(profiles ...sequential.Profile) sequential.Profile {
	var out sequential.Profile
	for _, p := range profiles {
		out.ReplayTolerance, out.ReplayRate = max(out.ReplayTolerance, p.ReplayTolerance), max(out.ReplayRate, p.ReplayRate)
		out.GreedyTolerance, out.Apart = max(out.GreedyTolerance, p.GreedyTolerance), max(out.Apart, p.Apart)
		out.ClaimTolerance, out.ClaimRate = max(out.ClaimTolerance, p.ClaimTolerance), max(out.ClaimRate, p.ClaimRate)
		out.OwnDraws = out.OwnDraws || p.OwnDraws
		out.UsageRate, out.RepeatRate = max(out.UsageRate, p.UsageRate), max(out.RepeatRate, p.RepeatRate)
	}
	return out
}

const (
	// beyond is the part of honest tokens that the tolerance leaves outside, before room is added.
	beyond = 0.002
	// room is by how much a tolerance is widened: other prompts reach further than those that were seen.
	room = 2
	// sure is the confidence of the bounds on rates.
	sure = 0.999
	// leastRate bounds every rate from below: no calibration is proof that a miss cannot be.
	leastRate = 1e-4
	// Least is how many samples of tokens a calibration takes.
	Least = 1_000
)

// Profile finds tolerances and rates. Errors: ErrSamples if there are fewer than Least of a kind of token.
func Profile(s Samples) (sequential.Profile, error) {
	for _, k := range []struct {
		name string
		n    int
	}{{"replay", len(s.Replay)}, {"greedy", len(s.Greedy)}, {"claim", len(s.Claim)}, {"apart", len(s.Apart)}} {
		if k.n < Least && !(s.OwnDraws && k.name == "replay") {
			return sequential.Profile{}, fmt.Errorf("%w: %d of %s, want %d", ErrSamples, k.n, k.name, Least)
		}
	}
	var p sequential.Profile
	if p.ClaimTolerance, p.OwnDraws = tolerance(s.Claim, 1e-5), s.OwnDraws; !s.OwnDraws {
		p.ReplayTolerance = tolerance(s.Replay, 1e-6)
	}
	// Whether the best token is another depends on how near the second is, which few contexts show: two logits that each move by what
	// a claim may are that far apart at most.
	p.GreedyTolerance = max(tolerance(s.Greedy, 1e-5), 2*p.ClaimTolerance)
	// One rate serves draws and temperature 0, as one account takes both.
	if p.ReplayRate = rate(s.Greedy, p.GreedyTolerance); !s.OwnDraws {
		p.ReplayRate = max(p.ReplayRate, rate(s.Replay, p.ReplayTolerance))
	}
	p.ClaimRate = rate(s.Claim, p.ClaimTolerance)
	p.UsageRate = Upper(s.UsageMisses, s.UsageTrials)
	p.RepeatRate = Upper(s.RepeatMisses, s.RepeatTrials)
	p.Apart = min(quantile(s.Apart, 0.99), 0.25)
	return p, nil
}

func tolerance(v []float64, least float64) float64 { return max(room*quantile(v, 1-beyond), least) }

func rate(v []float64, tolerance float64) float64 {
	misses := 0
	for _, d := range v {
		if !(d <= tolerance) {
			misses++
		}
	}
	return Upper(misses, len(v))
}

// quantile is the smallest value that at least the part q of all is not above.
func quantile(v []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(v))
	return sorted[min(max(int(math.Ceil(q*float64(len(sorted))))-1, 0), len(sorted)-1)]
}

// Upper is the upper bound, at a confidence of 99.9 %, of a rate of which misses were seen in trials; within [1e-4, 0.5]. Without
// trials nothing is known: 0.5.
func Upper(misses, trials int) float64 {
	if trials <= 0 || misses >= trials {
		return 0.5
	}
	bound := distuv.Beta{Alpha: float64(misses) + 1, Beta: float64(trials - misses)}.Quantile(sure)
	return min(max(bound, leastRate), 0.5)
}
