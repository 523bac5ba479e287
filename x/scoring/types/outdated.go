package types

import (
	"math"

	"github.com/agon-chain/agon/x/scoring/yuma"
)

// Weight on a uid that changed hands since it was promised or set is dropped, and what is left of the row is scaled up to a whole
// one. So a row could be examined on weight that its validator makes vanish. Honest rows lose little: who is replaced is
// the weakest. A row that lost more than one part in maxGone counts no more; its validator judges again.
const maxGone = 4

// Outdated says whether a row has lost too much of its weight to whoever left.
func Outdated(gone, total uint64) bool { return gone*maxGone > total }

// DropOutdated empties the rows of weights that are outdated when an epoch ends. A validator's weight on itself is no part of
// what its row had.
func DropOutdated(in *yuma.Input, commitReveal bool) {
	committed := make([]uint64, in.N)
	for i := range committed {
		committed[i] = math.MaxUint64
	}
	if commitReveal {
		for _, c := range in.Commits {
			committed[c.UID] = min(committed[c.UID], c.Block)
		}
	}
	for i, row := range in.Weights {
		var gone, total uint64
		for _, e := range row {
			j := int(e.UID)
			if j == i || j >= in.N {
				continue
			}
			total += uint64(e.Value)
			if in.RegisteredAt[j] >= in.LastUpdate[i] || in.RegisteredAt[j] > committed[i] {
				gone += uint64(e.Value)
			}
		}
		if Outdated(gone, total) {
			in.Weights[i] = nil
		}
	}
}
