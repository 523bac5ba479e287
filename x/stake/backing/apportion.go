package backing

import (
	"cmp"
	"slices"

	"github.com/agon-chain/agon/internal/wide"
)

// Apportion parts a sum in proportion to weights by the largest remainder, so that all of it is given; of equal remainders
// the earlier is served. Where all weights are 0 nobody gets anything. The weights must add up to less than 2^64.
func Apportion(total uint64, weights []uint64) []uint64 {
	out := make([]uint64, len(weights))
	var sum uint64
	for _, w := range weights {
		sum += w
	}
	if sum == 0 {
		return out
	}
	type remainder struct {
		at  int
		rem wide.U128
	}
	left, order := total, make([]remainder, 0, len(weights))
	for i, w := range weights {
		q, rem, _ := wide.From64(total).MulDiv(w, wide.From64(sum)) // at most the total: fits
		out[i] = q.Lo
		left -= q.Lo
		order = append(order, remainder{i, rem})
	}
	slices.SortFunc(order, func(a, b remainder) int { return cmp.Or(b.rem.Cmp(a.rem), cmp.Compare(a.at, b.at)) })
	for _, r := range order[:left] { // as many as there are remainders other than 0, at most
		out[r.at]++
	}
	return out
}
