package types

import (
	"math"

	errorsmod "cosmossdk.io/errors"
)

// Bounds of hyperparameters that no parameter of the chain moves.
const (
	// MaxRegistrationsPerBlock bounds max_registrations_per_block.
	MaxRegistrationsPerBlock = 64
	// MaxActivityCutoff bounds activity_cutoff, in blocks.
	MaxActivityCutoff = 10_000_000
	// MaxFraction is the whole of a fraction of 16 bits.
	MaxFraction = math.MaxUint16
	// MaxBondsMovingAverage bounds bonds_moving_average, in millionths: with the whole of them no bond would ever move.
	MaxBondsMovingAverage = 999_999
	// MaxSigmoidSteepness bounds alpha_sigmoid_steepness, in hundredths.
	MaxSigmoidSteepness = math.MaxInt16
	// MaxExamReceipts bounds exam_receipts.
	MaxExamReceipts = 256
	// MaxExamOpenings bounds exam_openings.
	MaxExamOpenings = 64
	// MaxBps is the whole, in basis points.
	MaxBps = 10_000
	// MaxCollateralVestsBps bounds collateral_vests_bps: a hundred times what the collateral is worth.
	MaxCollateralVestsBps = 100 * MaxBps
	// MaxMechanisms bounds the length of mechanism_split: each mechanism is an epoch's work of its own.
	MaxMechanisms = 8
	// MaxMechanismPairs bounds the pairs of validator and neuron of all mechanisms of a subnet that has several: an epoch of such a subnet is
	// no more work than one of the largest subnet with one mechanism that the default parameters allow. 8 mechanisms of 256
	// neurons of which all judge are half of it.
	MaxMechanismPairs = 1 << 20
)

// DefaultHyperparams are the rules of a subnet whose owner names none, on a new chain.
func DefaultHyperparams() Hyperparams {
	return Hyperparams{
		Tempo:                     360,
		MaxNeurons:                256,
		MaxValidators:             64,
		ImmunityPeriod:            7200,
		MinRegistrationPrice:      unitsPerToken / 10,
		MaxRegistrationPrice:      100 * unitsPerToken,
		RegistrationPriceHalfLife: 7200,
		RegistrationPriceStepBps:  20_000,
		MaxRegistrationsPerBlock:  4,
		ActivityCutoff:            5000,
		StakeThreshold:            1 * unitsPerToken,
		Kappa:                     32_767,
		BondsPenalty:              MaxFraction,
		BondsMovingAverage:        950_000,
		Yuma3:                     false,
		LiquidAlpha:               false,
		AlphaLow:                  45_875,
		AlphaHigh:                 58_982,
		AlphaSigmoidSteepness:     1000,
		BondsDecayOmitted:         true,
		CommitReveal:              true,
		WeightsVersion:            0,
		WeightsInterval:           100,
		MinWeights:                1,
		ExamReceipts:              4,
		ExamOpenings:              8,
		MinCallerBalance:          1_000_000,
		CollateralBps:             5000,
		CollateralVestsBps:        10_000,
		MinerBurnBps:              0,
		MechanismSplit:            []uint32{MaxBps},
	}
}

// widest are the parameters with every bound as far as governance can ever move it.
var widest = Params{
	MinTempo:             1,
	MaxTempo:             MaxTempoBound,
	MaxNeurons:           MaxNeuronsBound,
	MaxValidators:        MaxNeuronsBound,
	MaxImmunityPeriod:    MaxImmunityBound,
	MinRegistrationPrice: 1,
}

// Validate reports the first hyperparameter that no chain would take, as ErrInvalidHyperparams. A stored subnet always
// passes; it may be outside the bounds of ValidateWithin where governance has narrowed them since.
func (h Hyperparams) Validate() error { return h.ValidateWithin(widest) }

// ValidateWithin reports the first hyperparameter outside the bounds of the chain's parameters, or in contradiction to
// another, as ErrInvalidHyperparams.
func (h Hyperparams) ValidateWithin(p Params) error {
	for _, f := range h.bounds(p) {
		if f.value < f.least || f.value > f.most {
			return errorsmod.Wrapf(ErrInvalidHyperparams, "%s is %d, want %d to %d%s", f.name, f.value, f.least, f.most, f.because)
		}
	}
	if h.AlphaSigmoidSteepness < 1 || h.AlphaSigmoidSteepness > MaxSigmoidSteepness {
		return errorsmod.Wrapf(ErrInvalidHyperparams, "alpha_sigmoid_steepness is %d, want 1 to %d",
			h.AlphaSigmoidSteepness, MaxSigmoidSteepness)
	}
	if h.LiquidAlpha && !h.Yuma3 {
		return errorsmod.Wrap(ErrInvalidHyperparams, "liquid_alpha is on without yuma3: turn yuma3 on or liquid_alpha off")
	}
	if (h.ExamReceipts == 0) != (h.ExamOpenings == 0) {
		return errorsmod.Wrapf(ErrInvalidHyperparams,
			"exam_receipts is %d and exam_openings is %d, want both zero (no examination) or neither", h.ExamReceipts, h.ExamOpenings)
	}
	if h.ExamReceipts != 0 && !h.CommitReveal {
		return errorsmod.Wrapf(ErrInvalidHyperparams,
			"exam_receipts is %d without commit_reveal: turn commit_reveal on, or set exam_receipts and exam_openings to 0", h.ExamReceipts)
	}
	if err := ValidateMechanismSplit(h.MechanismSplit); err != nil {
		return err
	}
	pairs := uint64(h.MaxNeurons) * uint64(min(h.MaxNeurons, h.MaxValidators)) * uint64(len(h.MechanismSplit))
	if len(h.MechanismSplit) > 1 && pairs > MaxMechanismPairs {
		return errorsmod.Wrapf(ErrInvalidHyperparams, "mechanism_split has %d entries: with max_neurons %d and max_validators %d an epoch is up to %d pairs of validator and neuron, want at most %d; lower one of the three",
			len(h.MechanismSplit), h.MaxNeurons, h.MaxValidators, pairs, uint64(MaxMechanismPairs))
	}
	return nil
}

// ValidateMechanismSplit refuses a split of an epoch's token that has no mechanism or more than MaxMechanisms, gives one nothing
// (it would be judged for nothing) or does not sum to the whole, as ErrInvalidHyperparams.
func ValidateMechanismSplit(split []uint32) error {
	if len(split) < 1 || len(split) > MaxMechanisms {
		return errorsmod.Wrapf(ErrInvalidHyperparams,
			"mechanism_split has %d entries, want 1 to %d: one for each mechanism, [%d] for a single one", len(split), MaxMechanisms, MaxBps)
	}
	var sum uint64
	for m, bps := range split {
		if bps < 1 || bps > MaxBps {
			return errorsmod.Wrapf(ErrInvalidHyperparams, "mechanism_split[%d] is %d basis points, want 1 to %d", m, bps, MaxBps)
		}
		sum += uint64(bps)
	}
	if sum != MaxBps {
		return errorsmod.Wrapf(ErrInvalidHyperparams, "mechanism_split sums to %d basis points, want %d", sum, MaxBps)
	}
	return nil
}

// bounds gives the range of each number in the order of the message's fields. What depends on another field comes with
// that field as its end: a validator that sets weights once per tempo must stay active, and one that must wait
// for the interval, too.
func (h Hyperparams) bounds(p Params) []bound {
	return []bound{
		{"tempo", h.Tempo, p.MinTempo, p.MaxTempo, ""},
		{"max_neurons", uint64(h.MaxNeurons), 1, uint64(p.MaxNeurons), ""},
		{"max_validators", uint64(h.MaxValidators), 1, uint64(p.MaxValidators), ""},
		{"immunity_period", h.ImmunityPeriod, 0, p.MaxImmunityPeriod, ""},
		{"max_registration_price", h.MaxRegistrationPrice, p.MinRegistrationPrice, maxAmount, ""},
		{"min_registration_price", h.MinRegistrationPrice, p.MinRegistrationPrice, h.MaxRegistrationPrice, " (max_registration_price)"},
		{"registration_price_half_life", h.RegistrationPriceHalfLife, 1, MaxHalfLife, ""},
		{"registration_price_step_bps", uint64(h.RegistrationPriceStepBps), MinStepBps, MaxStepBps, ""},
		{"max_registrations_per_block", uint64(h.MaxRegistrationsPerBlock), 1, MaxRegistrationsPerBlock, ""},
		{"activity_cutoff", h.ActivityCutoff, h.Tempo, MaxActivityCutoff, " (from one tempo)"},
		{"stake_threshold", h.StakeThreshold, 0, maxAmount, ""},
		{"kappa", uint64(h.Kappa), 0, MaxFraction, ""},
		{"bonds_penalty", uint64(h.BondsPenalty), 0, MaxFraction, ""},
		{"bonds_moving_average", h.BondsMovingAverage, 0, MaxBondsMovingAverage, ""},
		{"alpha_high", uint64(h.AlphaHigh), 0, MaxFraction, ""},
		{"alpha_low", uint64(h.AlphaLow), 0, uint64(h.AlphaHigh), " (alpha_high)"},
		{"weights_interval", h.WeightsInterval, 0, h.ActivityCutoff, " (activity_cutoff)"},
		{"min_weights", uint64(h.MinWeights), 1, uint64(h.MaxNeurons), " (max_neurons)"},
		{"exam_receipts", uint64(h.ExamReceipts), 0, MaxExamReceipts, ""},
		{"exam_openings", uint64(h.ExamOpenings), 0, MaxExamOpenings, ""},
		{"min_caller_balance", h.MinCallerBalance, 0, maxAmount, ""},
		{"collateral_bps", uint64(h.CollateralBps), 0, MaxBps, ""},
		{"collateral_vests_bps", uint64(h.CollateralVestsBps), 1, MaxCollateralVestsBps, ""},
		{"miner_burn_bps", uint64(h.MinerBurnBps), 0, MaxBps, ""},
	}
}

// Range is where a hyperparameter that is a number must lie, both ends included.
type Range struct {
	Name        string
	Least, Most uint64
	// Because names the other field that gives an end, where one does.
	Because string
}

// Ranges are the ranges of a subnet's rules under the chain's parameters, for whoever shows them; ValidateWithin judges.
func (h Hyperparams) Ranges(p Params) []Range {
	var out []Range
	for _, b := range h.bounds(p) {
		out = append(out, Range{Name: b.name, Least: b.least, Most: b.most, Because: b.because})
	}
	return append(out, Range{Name: "alpha_sigmoid_steepness", Least: 1, Most: MaxSigmoidSteepness})
}
