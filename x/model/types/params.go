package types

import (
	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/model/content"
)

// Bounds of the module's parameters.
const (
	// MinFeeBound is the least fee, in nagon: names and versions are never deleted.
	MinFeeBound = 1_000_000
	// MaxParentsBound bounds max_parents, because a publication reads each.
	MaxParentsBound = 16
	// MaxBindingsBound bounds max_bindings, because all of them end with their neuron, and a block may remove many neurons.
	MaxBindingsBound = 8
	// MaxBlocksBound bounds periods, in blocks.
	MaxBlocksBound = 10_000_000
	// MaxWindowBound bounds challenge_window, in blocks.
	MaxWindowBound = 100_000
	// MaxChallengesBound bounds max_challenges_per_block, each of which is a few writes and a transaction.
	MaxChallengesBound = 256
	// MaxReservationsBound bounds max_reservations, because a new one counts those that there are.
	MaxReservationsBound = 64
)

// DefaultParams are the parameters of a new chain.
func DefaultParams() Params {
	return Params{
		ModelFee:              curve.UnitsPerToken,
		VersionFee:            curve.UnitsPerToken / 10,
		MaxFiles:              256,
		MaxParents:            8,
		MaxBindings:           4,
		ChallengeInterval:     14_400,
		ChallengeWindow:       300,
		MaxChallengesPerBlock: 32,
		RebindDelay:           7_200,
		ReserveBlocks:         7_200,
		MaxReservations:       16,
	}
}

// Validate reports the first parameter out of bounds. Errors: ErrInvalidParams.
func (p Params) Validate() error {
	for _, f := range p.bounds() {
		if f.value < f.least || f.value > f.most {
			return errorsmod.Wrapf(ErrInvalidParams, "%s is %d, want %d to %d", f.name, f.value, f.least, f.most)
		}
	}
	return nil
}

// bound is one number with the range it must lie in, both ends included.
type bound struct {
	name               string
	value, least, most uint64
}

func (p Params) bounds() []bound {
	return []bound{
		{"model_fee", p.ModelFee, MinFeeBound, curve.Cap},
		{"version_fee", p.VersionFee, MinFeeBound, curve.Cap},
		{"max_files", uint64(p.MaxFiles), 1, content.MaxFiles},
		{"max_parents", uint64(p.MaxParents), 1, MaxParentsBound},
		{"max_bindings", uint64(p.MaxBindings), 1, MaxBindingsBound},
		{"challenge_interval", p.ChallengeInterval, 1, MaxBlocksBound},
		{"challenge_window", p.ChallengeWindow, 1, MaxWindowBound},
		{"max_challenges_per_block", uint64(p.MaxChallengesPerBlock), 1, MaxChallengesBound},
		{"rebind_delay", p.RebindDelay, 0, MaxBlocksBound},
		{"reserve_blocks", p.ReserveBlocks, 1, MaxBlocksBound},
		{"max_reservations", uint64(p.MaxReservations), 1, MaxReservationsBound},
	}
}
