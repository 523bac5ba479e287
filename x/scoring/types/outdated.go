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

// DropOutdated empties the rows of weights that are outdated when an epoch ends, and drops from all rows what they say of uids that
// the subnet no longer has, since a trim took them. A validator's weight on itself is no part of what its row had.
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
			if j == i {
				continue
			}
			total += uint64(e.Value)
			if j >= in.N || in.RegisteredAt[j] >= in.LastUpdate[i] || in.RegisteredAt[j] > committed[i] {
				gone += uint64(e.Value)
			}
		}
		in.Weights[i] = below(row, in.N)
		if Outdated(gone, total) {
			in.Weights[i] = nil
		}
	}
	for i, row := range in.Bonds {
		in.Bonds[i] = below(row, in.N)
	}
}

// below is the part of a row that names uids below n; rows are in order of uid.
func below(row []yuma.Entry, n int) []yuma.Entry {
	end := len(row)
	for end > 0 && int(row[end-1].UID) >= n {
		end--
	}
	return row[:end]
}
