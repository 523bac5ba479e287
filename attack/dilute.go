package attack

import (
	"cmp"
	"slices"
)

// dilute fills the free permits with validators that have next to no stake. Each puts all of its weight on one miner, to hold
// so much of that miner's bonds that those of honest validators shrink; the stake itself bets on the few miners left alone.
// It costs almost nothing where bonds divide by head and not by stake.
type dilute struct{}

func (dilute) Name() string { return "dilute" }
func (dilute) About() string {
	return "fills all permits with dust that crowds into the bonds of most miners, and bets its stake on the rest"
}

// Shape fills the permits of a default subnet with dust.
func (dilute) Shape(w World) World {
	w.dust = max(0, 64-w.judges())
	w.CabalValidators += w.dust
	return w
}

// spared is how many of the best miners are left alone.
const spared = 2

func (dilute) Ballot(i int, v *View) Ballot {
	row := copied(v)
	if row == nil {
		return Ballot{}
	}
	best := slices.Clone(v.Others)
	slices.SortStableFunc(best, func(a, b int) int { return cmp.Compare(row[b], row[a]) })
	rest := best[min(spared, len(best)-1):]
	if dust := i - (len(v.Judges) - v.Dust); dust >= 0 {
		clear(row)
		row[rest[dust%len(rest)]] = 1
		return Ballot{Weights: row, Asked: true}
	}
	for _, uid := range rest {
		row[uid] = 0
	}
	return Ballot{Weights: row, Asked: true}
}
