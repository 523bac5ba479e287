package simulation

import (
	"math"
	"slices"

	"github.com/agon-chain/agon/internal/chance"
	"github.com/agon-chain/agon/x/subnet/types"
)

// Params are parameters under which much happens in few blocks: few and small subnets, short tempos, low prices.
func Params(d *chance.Dice) types.Params {
	p := types.DefaultParams()
	p.MaxSubnets = uint32(d.Between(2, 6))
	p.MinCreationCost = chance.Pick(d, []uint64{types.MinCreationCostBound, 1_000_000_000, 50_000_000_000})
	p.CreationCostHalfLife = d.Between(1, 50)
	p.MinTempo = d.Between(1, 5)
	p.MaxNeurons = uint32(d.Between(4, 12))
	p.MaxValidators = uint32(d.Between(1, uint64(p.MaxNeurons)))
	p.AxonInterval = d.Between(0, 5)
	p.CommitmentInterval = d.Between(0, 10)
	p.HyperparamsDelay = d.Between(0, 30)
	p.StartDelay = d.Between(0, 10)
	p.SubnetImmunity = d.Between(0, 300)
	p.MinRegistrationPrice = d.Size(1_000_000)
	p.HotkeySwapCost = d.Size(1_000_000)
	p.OwnerSwapDelay = d.Between(0, 10)
	p.DefaultHyperparams = within(Hyperparams(d), p)
	return p
}

// within brings hyperparameters inside the bounds of parameters.
func within(h types.Hyperparams, p types.Params) types.Hyperparams {
	h.Tempo = min(max(h.Tempo, p.MinTempo), p.MaxTempo)
	h.MaxNeurons = min(h.MaxNeurons, p.MaxNeurons)
	h.MaxValidators = min(h.MaxValidators, p.MaxValidators)
	h.MinWeights = min(h.MinWeights, h.MaxNeurons)
	h.ImmunityPeriod = min(h.ImmunityPeriod, p.MaxImmunityPeriod)
	h.MinRegistrationPrice = max(h.MinRegistrationPrice, p.MinRegistrationPrice)
	h.MaxRegistrationPrice = max(h.MaxRegistrationPrice, h.MinRegistrationPrice)
	h.ActivityCutoff = max(h.ActivityCutoff, h.Tempo)
	h.WeightsInterval = min(h.WeightsInterval, h.ActivityCutoff)
	return h
}

// Hyperparams are rules of a small and lively subnet.
func Hyperparams(d *chance.Dice) types.Hyperparams {
	h := types.DefaultHyperparams()
	h.Tempo = d.Between(2, 15)
	h.MaxNeurons = uint32(d.Between(3, 10))
	h.MaxValidators = uint32(d.Between(1, 6))
	h.ImmunityPeriod = chance.Pick(d, []uint64{0, 5, 50})
	h.MinRegistrationPrice = d.Between(1_000, 1_000_000)
	h.MaxRegistrationPrice = d.Between(h.MinRegistrationPrice, 2_000_000_000)
	h.RegistrationPriceHalfLife = d.Between(1, 50)
	h.RegistrationPriceStepBps = uint32(d.Between(10_000, 40_000))
	h.MaxRegistrationsPerBlock = uint32(d.Between(1, 8))
	h.ActivityCutoff = d.Between(h.Tempo, 300)
	h.StakeThreshold = chance.Pick(d, []uint64{0, 0, 1_000, 1_000_000_000})
	h.Kappa = uint32(d.Between(0, math.MaxUint16))
	h.BondsPenalty = uint32(d.Between(0, math.MaxUint16))
	h.BondsMovingAverage = d.Between(0, types.MaxBondsMovingAverage)
	h.Yuma3 = d.OneIn(2)
	h.LiquidAlpha = h.Yuma3 && d.OneIn(2)
	h.AlphaHigh = uint32(d.Between(0, math.MaxUint16))
	h.AlphaLow = uint32(d.Between(0, uint64(h.AlphaHigh)))
	h.AlphaSigmoidSteepness = int32(d.Between(1, types.MaxSigmoidSteepness))
	h.BondsDecayOmitted = d.OneIn(2)
	h.CommitReveal = d.OneIn(2)
	h.WeightsVersion = d.Below(3)
	h.WeightsInterval = d.Between(0, min(10, h.ActivityCutoff))
	h.MinWeights = uint32(d.Between(1, 3))
	h.ExamReceipts, h.ExamOpenings = 0, 0
	if h.CommitReveal && d.OneIn(2) {
		h.ExamReceipts, h.ExamOpenings = uint32(d.Between(1, 2)), uint32(d.Between(1, 4))
	}
	h.CollateralBps = uint32(chance.Pick(d, []uint64{0, 5_000, types.MaxBps, d.Between(0, types.MaxBps)}))
	// What a collateral of the prices above is worth is more than most miners earn: let some vest all the same.
	h.CollateralVestsBps = uint32(chance.Pick(d, []uint64{1, 100, types.MaxBps, d.Between(1, types.MaxCollateralVestsBps)}))
	h.MinerBurnBps = uint32(chance.Pick(d, []uint64{0, 0, types.MaxBps, d.Between(0, types.MaxBps)}))
	h.MechanismSplit = split(d)
	return h
}

// split is among one mechanism as a rule, now and then among several.
func split(d *chance.Dice) []uint32 {
	out := []uint32{types.MaxBps}
	for d.OneIn(3) && len(out) < types.MaxMechanisms && out[0] > 1 {
		part := uint32(d.Between(1, uint64(out[0]-1)))
		out[0] -= part
		out = append(out, part)
	}
	return out
}

// changed is what an owner makes of rules: new ones, or one number of the present ones at or past an edge.
func changed(d *chance.Dice, h types.Hyperparams) types.Hyperparams {
	if !d.OneIn(3) {
		return Hyperparams(d)
	}
	edge := d.Edge()
	numbers := []func(){
		func() { h.Tempo = edge },
		func() { h.MaxNeurons = uint32(edge) },
		func() { h.MaxValidators = uint32(edge) },
		func() { h.ImmunityPeriod = edge },
		func() { h.MinRegistrationPrice = edge },
		func() { h.MaxRegistrationPrice = edge },
		func() { h.RegistrationPriceHalfLife = edge },
		func() { h.RegistrationPriceStepBps = uint32(edge) },
		func() { h.MaxRegistrationsPerBlock = uint32(edge) },
		func() { h.ActivityCutoff = edge },
		func() { h.StakeThreshold = edge },
		func() { h.Kappa = uint32(edge) },
		func() { h.BondsPenalty = uint32(edge) },
		func() { h.BondsMovingAverage = edge },
		func() { h.AlphaLow = uint32(edge) },
		func() { h.AlphaHigh = uint32(edge) },
		func() { h.AlphaSigmoidSteepness = int32(edge) },
		func() { h.WeightsVersion = edge },
		func() { h.WeightsInterval = edge },
		func() { h.MinWeights = uint32(edge) },
		func() { h.ExamReceipts = uint32(edge) },
		func() { h.ExamOpenings = uint32(edge) },
		func() { h.MinCallerBalance = edge },
		func() { h.CollateralBps = uint32(edge) },
		func() { h.CollateralVestsBps = uint32(edge) },
		func() { h.MinerBurnBps = uint32(edge) },
		func() { h.MechanismSplit = slices.Repeat([]uint32{uint32(edge)}, d.Intn(types.MaxMechanisms+2)) },
	}
	chance.Pick(d, numbers)()
	if h.Tempo > 200 {
		h.Tempo = 200 // a subnet that never ends an epoch tests nothing
	}
	return h
}
