package split

import (
	"errors"
	"fmt"

	"github.com/agon-chain/agon/internal/wide"
)

// Whole is all of an amount, in basis points.
const Whole = 10_000

// ErrShares says that shares do not fit into a whole.
var ErrShares = errors.New("shares exceed the whole")

// Share is the part of every amount that a party gets.
type Share[P any] struct {
	Party P
	Bps   uint32
}

// Part is what a party gets of one amount.
type Part[P any] struct {
	Party  P
	Amount uint64
}

// Split divides amounts between parties with a share and one that gets the rest. Every share is rounded down, so the rest carries all of
// the rounding: less than one unit for each share. Parts always add up to the amount.
type Split[P any] struct {
	rest   P
	shares []Share[P]
}

// New is a split. A party may have several shares, and none. Errors: ErrShares.
func New[P any](rest P, shares ...Share[P]) (Split[P], error) {
	sum := uint64(0)
	for i, s := range shares {
		if sum += uint64(s.Bps); sum > Whole {
			return Split[P]{}, fmt.Errorf("%w: share %d of %d brings the sum to %d basis points, want at most %d", ErrShares, i+1, len(shares), sum, Whole)
		}
	}
	return Split[P]{rest: rest, shares: shares}, nil
}

// Of divides an amount: first the rest, then the parts in the order of their shares, those of nothing among them.
func (s Split[P]) Of(amount uint64) []Part[P] {
	out := make([]Part[P], 1, 1+len(s.shares))
	left := amount
	for _, share := range s.shares {
		part, _ := wide.MulDiv64(amount, uint64(share.Bps), Whole) // at most the amount: fits
		left -= part
		out = append(out, Part[P]{share.Party, part})
	}
	out[0] = Part[P]{s.rest, left}
	return out
}
