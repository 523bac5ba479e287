package types

import (
	errorsmod "cosmossdk.io/errors"
)

const (
	// unitsPerToken is the number of nagon in one AGON, and of base units in one alpha.
	unitsPerToken = 1_000_000_000
	// maxAmount bounds every amount: the cap of 21,000,000 AGON, which is also the most alpha a subnet mints.
	maxAmount = 21_000_000 * unitsPerToken
)

// Bounds of the module's parameters. They bound what governance can set, so that no vote can make a block too dear or
// the arithmetic wrong; the parameters bound what owners of subnets can set.
const (
	// MaxSubnetsBound bounds max_subnets, because each block looks at every subnet.
	MaxSubnetsBound = 4096
	// MinCreationCostBound is the least that a subnet's pool can start with, in nagon.
	MinCreationCostBound = 1_000_000
	// MaxHalfLife bounds half-lives of prices, in blocks.
	MaxHalfLife = 10_000_000
	// MinStepBps and MaxStepBps bound the step of a price: it never falls by a sale and at most becomes tenfold.
	MinStepBps = 10_000
	MaxStepBps = 100_000
	// MaxTempoBound bounds max_tempo, in blocks.
	MaxTempoBound = 1_000_000
	// MaxNeuronsBound bounds max_neurons, because columns are read and written whole.
	MaxNeuronsBound = 16_384
	// MaxImmunityBound bounds max_immunity_period, in blocks.
	MaxImmunityBound = 10_000_000
	// MaxAxonInterval bounds axon_interval, in blocks.
	MaxAxonInterval = 100_000
	// MaxHyperparamsDelay bounds hyperparams_delay, in blocks.
	MaxHyperparamsDelay = 50_400
	// MaxCommitmentInterval bounds commitment_interval, in blocks.
	MaxCommitmentInterval = 100_000
	// MaxStartDelay bounds start_delay, in blocks.
	MaxStartDelay = 1_000_000
	// MaxSubnetImmunity bounds subnet_immunity, in blocks.
	MaxSubnetImmunity = 100_000_000
	// MaxOwnerSwapDelay bounds owner_swap_delay, in blocks.
	MaxOwnerSwapDelay = 1_000_000
)

// DefaultParams are the parameters of a new chain.
func DefaultParams() Params {
	return Params{
		MaxSubnets:           1024,
		MinCreationCost:      100 * unitsPerToken,
		CreationCostHalfLife: 28_800,
		CreationCostStepBps:  20_000,
		MinTempo:             5,
		MaxTempo:             50_400,
		MaxNeurons:           4096,
		MaxValidators:        256,
		MaxImmunityPeriod:    100_000,
		DefaultHyperparams:   DefaultHyperparams(),
		AxonInterval:         5,
		MinRegistrationPrice: 1000,
		HyperparamsDelay:     360,
		CommitmentInterval:   100,
		StartDelay:           7200,
		SubnetImmunity:       201_600,
		HotkeySwapCost:       unitsPerToken / 10,
		OwnerSwapDelay:       36_000,
	}
}

// Validate reports the first parameter out of bounds, as ErrInvalidParams or, for the default hyperparameters,
// ErrInvalidHyperparams.
func (p Params) Validate() error {
	for _, f := range p.bounds() {
		if f.value < f.least || f.value > f.most {
			return errorsmod.Wrapf(ErrInvalidParams, "%s is %d, want %d to %d%s", f.name, f.value, f.least, f.most, f.because)
		}
	}
	if err := p.DefaultHyperparams.ValidateWithin(p); err != nil {
		return errorsmod.Wrap(err, "default_hyperparams")
	}
	return nil
}

// bound is one number with the range it must lie in, both ends included.
type bound struct {
	name               string
	value, least, most uint64
	because            string // where another field gives an end: which one
}

func (p Params) bounds() []bound {
	return []bound{
		{"max_subnets", uint64(p.MaxSubnets), 1, MaxSubnetsBound, ""},
		{"min_creation_cost", p.MinCreationCost, MinCreationCostBound, maxAmount, ""},
		{"creation_cost_half_life", p.CreationCostHalfLife, 1, MaxHalfLife, ""},
		{"creation_cost_step_bps", uint64(p.CreationCostStepBps), MinStepBps, MaxStepBps, ""},
		{"max_tempo", p.MaxTempo, 1, MaxTempoBound, ""},
		{"min_tempo", p.MinTempo, 1, p.MaxTempo, " (max_tempo)"},
		{"max_neurons", uint64(p.MaxNeurons), 1, MaxNeuronsBound, ""},
		{"max_validators", uint64(p.MaxValidators), 1, uint64(p.MaxNeurons), " (max_neurons)"},
		{"max_immunity_period", p.MaxImmunityPeriod, 0, MaxImmunityBound, ""},
		{"axon_interval", p.AxonInterval, 0, MaxAxonInterval, ""},
		{"min_registration_price", p.MinRegistrationPrice, 1, maxAmount, ""},
		{"hyperparams_delay", p.HyperparamsDelay, 0, MaxHyperparamsDelay, ""},
		{"commitment_interval", p.CommitmentInterval, 0, MaxCommitmentInterval, ""},
		{"start_delay", p.StartDelay, 0, MaxStartDelay, ""},
		{"subnet_immunity", p.SubnetImmunity, 0, MaxSubnetImmunity, ""},
		{"hotkey_swap_cost", p.HotkeySwapCost, 0, maxAmount, ""},
		{"owner_swap_delay", p.OwnerSwapDelay, 0, MaxOwnerSwapDelay, ""},
	}
}
