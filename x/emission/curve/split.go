package curve

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/agon-chain/agon/internal/wide"
)

// Refusals of this package; callers test them with errors.Is.
var (
	ErrBps            = errors.New("basis points exceed the whole")
	ErrNoWeight       = errors.New("no weight to pay to")
	ErrLength         = errors.New("lengths differ")
	ErrOverflow       = errors.New("amount overflows")
	ErrIndexBackwards = errors.New("index runs backwards")
)

// SplitBps cuts amount into len(bps)+1 parts: floor(amount*bps[i]/MaxBps) each, and the rest, remainders included,
// to the last. The parts sum to amount. It returns ErrBps when bps sum to more than MaxBps.
func SplitBps(amount uint64, bps ...uint32) ([]uint64, error) {
	parts := make([]uint64, len(bps)+1)
	var sum uint64
	rest := amount
	for i, b := range bps {
		if sum += uint64(b); sum > MaxBps {
			return nil, fmt.Errorf("parts sum to %d basis points or more, at most %d: %w", sum, MaxBps, ErrBps)
		}
		parts[i], _ = wide.MulDiv64(amount, uint64(b), MaxBps) // at most amount: fits
		rest -= parts[i]
	}
	parts[len(bps)] = rest
	return parts, nil
}

// LargestRemainder splits amount by weights into out, exactly: each gets the floor of its share, and the units left
// over go one each to the largest remainders; of equals the lower index is served first. A weight of 0 gets nothing.
// weights and out have the same length, else ErrLength; an amount with nobody to pay is ErrNoWeight, and out is then
// untouched.
func LargestRemainder(weights []uint64, amount uint64, out []uint64) error {
	if len(weights) != len(out) {
		return fmt.Errorf("%d weights into %d places: %w", len(weights), len(out), ErrLength)
	}
	var total wide.U128
	for _, w := range weights {
		total, _ = total.Add(wide.From64(w)) // a slice cannot hold the 2^64 entries that would overflow
	}
	if total.IsZero() {
		if amount > 0 {
			return fmt.Errorf("%d units among %d weights of zero: %w", amount, len(weights), ErrNoWeight)
		}
		clear(out)
		return nil
	}

	type remainder struct {
		index int
		value wide.U128
	}
	order := make([]remainder, 0, len(weights))
	left := amount
	for i, w := range weights {
		q, rem, _ := wide.From64(w).MulDiv(amount, total) // at most amount: fits
		out[i] = q.Lo
		left -= q.Lo
		if !rem.IsZero() {
			order = append(order, remainder{index: i, value: rem})
		}
	}
	if left == 0 {
		return nil
	}
	slices.SortFunc(order, func(a, b remainder) int {
		if c := b.value.Cmp(a.value); c != 0 {
			return c
		}
		return cmp.Compare(a.index, b.index)
	})
	// The remainders sum to left*total and each is below total, so there are more of them than units left.
	for _, r := range order[:left] {
		out[r.index]++
	}
	return nil
}
