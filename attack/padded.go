package attack

import (
	"cmp"
	"slices"
)

// copyPadded copies without asking, and hides the missing receipts among those of a crowd of its own miners: each of them
// gets the least weight that counts as one, and so as many leaves in the draw as the best miner.
type copyPadded struct{}

func (copyPadded) Name() string { return "copy-padded" }
func (copyPadded) About() string {
	return "copies the consensus on some miners without asking, hidden among least weights on a crowd of its own"
}

// Shape registers four miners for each honest one.
func (copyPadded) Shape(w World) World {
	w.CabalMiners = max(w.CabalMiners, 4*w.Miners)
	return w
}

// One miner in paddingPerMiner of those weighed is copied. With eight openings a promise then passes about every fifth
// time, and a row counts for thirteen epochs by default.
const paddingPerMiner = 5

func (copyPadded) Ballot(_ int, v *View) Ballot {
	row := copied(v)
	if row == nil {
		return Ballot{}
	}
	best := slices.Clone(v.Others)
	slices.SortStableFunc(best, func(a, b int) int { return cmp.Compare(row[b], row[a]) })
	top := row[best[0]]
	for _, uid := range best[min(len(best), (len(v.Own)+len(v.Judges))/(paddingPerMiner-1)):] {
		row[uid] = 0
	}
	for _, uid := range slices.Concat(v.Own, v.Judges) {
		row[uid] = top / 65_535
	}
	return Ballot{Weights: row}
}
