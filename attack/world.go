package attack

import (
	"fmt"
	"math"
)

// World is who plays and how the miners' quality moves. All of it is fixed for a run, the stake included.
type World struct {
	// Validators and Miners are the honest ones, CabalValidators and CabalMiners the cabal's. The cabal's miners are
	// worthless: no honest validator gives them weight. A strategy may ask for more uids than these (Shaper).
	Validators, CabalValidators, Miners, CabalMiners int
	// Noise is the relative standard deviation of one judgement of one miner.
	Noise float64
	// Drift is how far a miner's quality heads elsewhere in an epoch, as a standard deviation; quality is in (0, 1].
	Drift float64
	// Churn is the chance of a miner to be replaced in an epoch by a newcomer that starts poor and improves.
	Churn float64
	// WarmUp is how many epochs are played before any is measured, Epochs how many are measured.
	WarmUp, Epochs int
	// Seed decides everything that chance does.
	Seed uint64

	dust int // how many of the cabal's validators, the last, have the least stake that counts and no more
}

// DefaultWorld is a subnet of the size that a young one has: a dozen honest validators, two dozen miners, and validators
// that judge to a tenth.
func DefaultWorld() World {
	return World{
		Validators: 12, CabalValidators: 4, Miners: 24, CabalMiners: 8,
		Noise: 0.1, Drift: 0.02, Churn: 0.005,
		WarmUp: 100, Epochs: 100, Seed: 1,
	}
}

// Bounds of a world: enough for any subnet, and few enough for a sweep to end.
const (
	maxNeurons = 1024
	maxEpochs  = 10_000
)

// Validate reports the first field out of bounds, as ErrConfig.
func (w World) Validate() error {
	for _, f := range []struct {
		name               string
		value, least, most int
	}{
		{"validators", w.Validators, 1, maxNeurons},
		{"cabal validators", w.CabalValidators, 1, maxNeurons},
		{"miners", w.Miners, 2, maxNeurons},
		{"cabal miners", w.CabalMiners, 1, maxNeurons},
		{"warm-up", w.WarmUp, 1, maxEpochs},
		{"epochs", w.Epochs, 1, maxEpochs},
	} {
		if f.value < f.least || f.value > f.most {
			return fmt.Errorf("%w: %s is %d, choose from %d to %d", ErrConfig, f.name, f.value, f.least, f.most)
		}
	}
	for _, f := range []struct {
		name  string
		value float64
	}{{"noise", w.Noise}, {"drift", w.Drift}, {"churn", w.Churn}} {
		if math.IsNaN(f.value) || f.value < 0 || f.value > 1 {
			return fmt.Errorf("%w: %s is %g, choose from 0 to 1", ErrConfig, f.name, f.value)
		}
	}
	if n := w.neurons(); n > maxNeurons {
		return fmt.Errorf("%w: %d neurons with those that the strategy adds, at most %d: take fewer validators or miners", ErrConfig, n, maxNeurons)
	}
	return nil
}

func (w World) neurons() int { return w.judges() + w.Miners + w.CabalMiners }

func (w World) judges() int { return w.Validators + w.CabalValidators }

// uids are dealt in this order: honest validators, the cabal's, honest miners, the cabal's.
func (w World) cabalValidator(i int) int { return w.Validators + i }

func (w World) miner(j int) int { return w.judges() + j }

func (w World) cabalMiner(j int) int { return w.judges() + w.Miners + j }

func (w World) isCabal(uid int) bool {
	return uid >= w.Validators && uid < w.judges() || uid >= w.judges()+w.Miners
}

// totalStake is all stake of a run, in base units.
const totalStake = 1_000_000_000_000_000

// dustStake is the stake of a validator that has next to none: twice the default threshold.
const dustStake = 2_000_000_000

// stakes deals the stake: the cabal's in equal parts, the honest one unequally, the first having about four times as
// much as the twelfth. They sum to totalStake.
func (w World) stakes(cabal float64) []uint64 {
	stake := make([]uint64, w.neurons())
	parts := make([]float64, w.Validators)
	var sum float64
	for i := range parts {
		parts[i] = 4 / float64(4+i)
		sum += parts[i]
	}
	all := uint64(math.Round(cabal * totalStake))
	left := uint64(totalStake) - all
	for i, p := range parts {
		stake[i] = uint64(float64(totalStake-all) / sum * p)
		left -= min(left, stake[i])
	}
	stake[0] += left
	for i := w.CabalValidators - w.dust; i < w.CabalValidators; i++ {
		stake[w.cabalValidator(i)] = dustStake
		all -= dustStake
	}
	k := uint64(w.CabalValidators - w.dust)
	for i := range w.CabalValidators - w.dust {
		stake[w.cabalValidator(i)] = all / k
	}
	stake[w.cabalValidator(0)] += all % k
	return stake
}
