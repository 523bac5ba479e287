package dishonest

import (
	"context"
	"math"
	"slices"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/validator"
	"github.com/agon-chain/agon/x/scoring/exam"
)

// Colluder asks the miner that it favours, so that its receipts are in order, and gives it everything whatever it answers.
type Colluder struct {
	Favour string // hotkey, bech32
}

// Name implements validator.Strategy.
func (Colluder) Name() string { return validator.BehaviourColluder }

// Targets implements validator.Strategy.
func (c Colluder) Targets(miners []chain.Neuron) []chain.Neuron {
	return slices.DeleteFunc(slices.Clone(miners), func(n chain.Neuron) bool { return n.Hotkey != c.Favour })
}

// Row implements validator.Strategy.
func (c Colluder) Row(_ context.Context, r validator.RowRequest) (validator.Row, error) {
	out := validator.Row{Leaves: r.Leaves}
	for _, n := range validator.Eligible(r) {
		if n.Hotkey == c.Favour {
			out.Weights = []exam.Weight{{UID: n.UID, Value: math.MaxUint16}}
		}
	}
	return out, nil
}
