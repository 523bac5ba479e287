package attack

import (
	"cmp"
	"slices"
)

// copyPadded copies without asking, and hides the missing receipts among those of a crowd of its own miners: each of them
// gets the least weight that counts as one. It finds the hole in a draw that looks at every miner as often as at every
// other; the chain's draw looks at weight, of which the crowd has next to none.
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

// One miner in paddingPerMiner of those weighed is copied.
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

// copyPart copies without asking, and pays for what it hides in the only coin that the draw takes: all weight but a part goes
// to its own miners, where consensus clips it. The smaller the part, the likelier a reveal passes and the less it earns.
type copyPart struct{}

func (copyPart) Name() string { return "copy-part" }
func (copyPart) About() string {
	return "copies the consensus without asking with a fifth of its weight, hidden behind four fifths on its own miners"
}

// copiedPart of the weight is copied. With eight openings a reveal then passes about every sixth time, and one in thirteen
// suffices to stay active: less earns less, and more is refused too often.
const copiedPart = 0.2

func (copyPart) Ballot(_ int, v *View) Ballot {
	row := copied(v)
	if row == nil {
		return Ballot{}
	}
	var sum float64
	for _, w := range row {
		sum += w
	}
	for _, uid := range v.Own {
		row[uid] = sum * (1 - copiedPart) / copiedPart / float64(len(v.Own))
	}
	return Ballot{Weights: row}
}
