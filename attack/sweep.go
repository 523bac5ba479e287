package attack

import (
	"context"

	"github.com/agon-chain/agon/x/scoring/yuma"
)

// Grid is every combination of its lists.
type Grid struct {
	Strategies []string
	Stakes     []float64
	Variants   []Variant
	Kappas     []float64
	Penalties  []float64
}

// DefaultStakes are the cabal's parts of the stake that are swept.
func DefaultStakes() []float64 {
	return []float64{0.05, 0.10, 0.20, 0.30, 0.40, 0.45, 0.50, 0.55, 0.60}
}

// DefaultGrid is every strategy, stake and variant under the kappa and penalty of a new subnet.
func DefaultGrid() Grid {
	return Grid{
		Strategies: Strategies(), Stakes: DefaultStakes(), Variants: Variants(),
		Kappas: []float64{0.5}, Penalties: []float64{1},
	}
}

// FullGrid sweeps kappa and penalty too.
func FullGrid() Grid {
	g := DefaultGrid()
	g.Kappas, g.Penalties = []float64{0.4, 0.5, 0.6}, []float64{0, 0.5, 1}
	return g
}

// Cases are in order of variant, kappa, penalty, strategy and stake.
func (g Grid) Cases() []Case {
	var cases []Case
	for _, v := range g.Variants {
		for _, k := range g.Kappas {
			for _, p := range g.Penalties {
				for _, s := range g.Strategies {
					for _, stake := range g.Stakes {
						cases = append(cases, Case{Strategy: s, Stake: stake, Variant: v, Kappa: k, Penalty: p})
					}
				}
			}
		}
	}
	return cases
}

// Sweep plays every case of the grid, one after the other, and tells how many are done. It checks them all before it plays
// the first. Errors: those of Run, and of the context when it ends.
func Sweep(ctx context.Context, w World, r Rules, g Grid, progress func(done, all int)) ([]Result, error) {
	cases := g.Cases()
	for _, c := range cases {
		if err := c.Validate(); err != nil {
			return nil, err
		}
	}
	var workspace yuma.Workspace
	results := make([]Result, 0, len(cases))
	for _, c := range cases {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		result, err := play(&workspace, w, r, c)
		if err != nil {
			return nil, err
		}
		results = append(results, result)
		if progress != nil {
			progress(len(results), len(cases))
		}
	}
	return results, nil
}
