package yuma

import "fmt"

// MaxNeurons is the most neurons that a uid of 16 bits can name.
const MaxNeurons = 1 << 16

// millionths is the unit of Params.BondsMovingAverage.
const millionths = 1_000_000

// Params are the hyperparameters that an epoch depends on.
type Params struct {
	// Kappa is the part of the stake that must support a weight, of 65535.
	Kappa uint16
	// BondsPenalty is how far a weight above consensus is cut when bonds are
	// bought, of 65535: 0 not at all, 65535 down to consensus.
	BondsPenalty uint16
	// AlphaLow and AlphaHigh bound the speed of a bond under liquid alpha, of
	// 65535. Where AlphaLow is above AlphaHigh the formula is applied as it
	// stands.
	AlphaLow, AlphaHigh uint16
	// BondsMovingAverage is the part of a bond that an epoch keeps, in
	// millionths, at most one million.
	BondsMovingAverage uint64
	// AlphaSigmoidSteepness is the slope of the liquid alpha sigmoid, in
	// hundredths.
	AlphaSigmoidSteepness int16

	// Yuma3 stores bonds as fractions of one instead of shares of a column.
	Yuma3 bool
	// LiquidAlpha gives each bond a speed of its own. It acts under Yuma3 only.
	LiquidAlpha bool
	// CommitReveal masks weights that were committed before their target was
	// registered.
	CommitReveal bool
	// BondsDecayOmitted lets the bond of a uid that liquid alpha finds absent
	// from a row of weights decay as if its weight were zero, instead of
	// deleting it.
	BondsDecayOmitted bool

	// ActivityCutoff is how many blocks a neuron stays active after its last
	// update.
	ActivityCutoff uint64
	// Tempo is the length of an epoch in blocks.
	Tempo uint64
	// MaxValidators is how many permits an epoch gives, the owner's apart.
	MaxValidators uint16
	// StakeThreshold is the stake below which a neuron's stake counts as zero,
	// in the unit of Input.Stake.
	StakeThreshold uint64
	// LastStepBlock is the block of the last successful epoch, 0 if there was
	// none.
	LastStepBlock uint64
}

// Validate reports the first parameter that is out of bounds, as ErrParams.
func (p *Params) Validate() error {
	if p.BondsMovingAverage > millionths {
		return fmt.Errorf("%w: bonds_moving_average is %d, at most %d (one million is all): lower it",
			ErrParams, p.BondsMovingAverage, millionths)
	}
	return nil
}

// bondAlpha is the part of a bond that an epoch renews: 1 - moving average.
func (p *Params) bondAlpha() uint64 {
	return one - (p.BondsMovingAverage<<fracBits)/millionths
}

// lastBondBlock is the block up to which a registration voids older bonds.
func (p *Params) lastBondBlock(block uint64) uint64 {
	if p.LastStepBlock != 0 {
		return addSaturated(p.LastStepBlock, 1)
	}
	if p.Tempo > block {
		return 0
	}
	return block - p.Tempo
}
