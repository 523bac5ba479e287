package attack

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/agon-chain/agon/x/scoring/yuma"
)

// Rules are a subnet's hyperparameters as far as the lab plays them. A Case sets the variant, kappa and the penalty.
type Rules struct {
	Params yuma.Params
	// ExamReceipts is how many receipts a weight needs, ExamOpenings how many places of the commitment a reveal opens. Both
	// zero switch the proof of examination off.
	ExamReceipts, ExamOpenings int
}

// DefaultRules are those of a new subnet, but for what a Case sets.
func DefaultRules() Rules {
	return Rules{
		Params: yuma.Params{
			AlphaLow: 45_875, AlphaHigh: 58_982, AlphaSigmoidSteepness: 1000,
			BondsMovingAverage: 950_000, BondsDecayOmitted: true, CommitReveal: true,
			ActivityCutoff: 5000, Tempo: 360, MaxValidators: 64, StakeThreshold: 1_000_000_000,
		},
		ExamReceipts: 4, ExamOpenings: 8,
	}
}

// Validate reports the first rule out of bounds, as ErrConfig or yuma.ErrParams.
func (r Rules) Validate() error {
	if r.Params.Tempo < 5 || r.Params.ActivityCutoff < r.Params.Tempo {
		return fmt.Errorf("%w: tempo is %d and activity_cutoff is %d, choose a tempo from 5 and a cutoff from one tempo",
			ErrConfig, r.Params.Tempo, r.Params.ActivityCutoff)
	}
	if r.ExamReceipts < 0 || r.ExamReceipts > 256 || r.ExamOpenings < 0 || r.ExamOpenings > 64 || (r.ExamReceipts == 0) != (r.ExamOpenings == 0) {
		return fmt.Errorf("%w: exam_receipts is %d and exam_openings is %d, choose up to 256 and 64, both zero or neither",
			ErrConfig, r.ExamReceipts, r.ExamOpenings)
	}
	return r.Params.Validate()
}

// Variant is how bonds grow.
type Variant string

// The variants, named as their hyperparameters are.
const (
	Classic     Variant = "classic"
	Yuma3       Variant = "yuma3"
	LiquidAlpha Variant = "liquid-alpha"
)

// Variants are all of them, the oldest first.
func Variants() []Variant { return []Variant{Classic, Yuma3, LiquidAlpha} }

// Case is one cell of a sweep.
type Case struct {
	Strategy string
	Stake    float64 // the cabal's part of all stake, above 0 and below 1
	Variant  Variant
	Kappa    float64 // from 0 to 1
	Penalty  float64 // bonds_penalty, from 0 to 1
}

// Validate reports the first field that cannot be played, as ErrConfig.
func (c Case) Validate() error {
	if _, err := strategyOf(c.Strategy); err != nil {
		return err
	}
	if math.IsNaN(c.Stake) || c.Stake <= 0 || c.Stake >= 1 {
		return fmt.Errorf("%w: the cabal's stake is %g of all, choose above 0 and below 1", ErrConfig, c.Stake)
	}
	if !slices.Contains(Variants(), c.Variant) {
		return fmt.Errorf("%w: variant %q is not known, choose of %s", ErrConfig, c.Variant, join(Variants()))
	}
	for _, f := range []struct {
		name  string
		value float64
	}{{"kappa", c.Kappa}, {"penalty", c.Penalty}} {
		if math.IsNaN(f.value) || f.value < 0 || f.value > 1 {
			return fmt.Errorf("%w: %s is %g, choose from 0 to 1", ErrConfig, f.name, f.value)
		}
	}
	return nil
}

// params are the rules with the case's own put in.
func (r Rules) params(c Case) yuma.Params {
	p := r.Params
	p.Kappa = uint16(c.Kappa * math.MaxUint16)
	p.BondsPenalty = uint16(c.Penalty * math.MaxUint16)
	p.Yuma3 = c.Variant != Classic
	p.LiquidAlpha = c.Variant == LiquidAlpha
	return p
}

// maxAge is for how many epochs a row counts after the one in which it was revealed.
func (r Rules) maxAge() int {
	return int((r.Params.ActivityCutoff+revealAfter)/r.Params.Tempo) - 1
}

func join[T ~string](names []T) string {
	text := make([]string, len(names))
	for i, n := range names {
		text[i] = string(n)
	}
	return strings.Join(text, ", ")
}
