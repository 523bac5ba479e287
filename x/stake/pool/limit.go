package pool

import "github.com/agon-chain/agon/internal/wide"

// PriceUnit is the number of parts in which limits count a price: a limit of PriceUnit is 1 AGON per alpha.
const PriceUnit uint64 = 1_000_000_000

// ComparePrice returns -1, 0 or 1 as AGON per alpha is below, equal to or above limit/PriceUnit, exactly.
func (p Pool) ComparePrice(limit uint64) int {
	return wide.Mul64(p.AGON, PriceUnit).Cmp(wide.Mul64(limit, p.Alpha))
}

// BuyUpTo is the largest payment, at most agonIn, after which the price is at or below limit/PriceUnit and the reserves
// are valid, with the fee counted in the reserve that it was paid in; 0 where nothing fits. It takes at most 64 steps.
// The payment may be too small to buy anything, which Buy refuses.
func (p Pool) BuyUpTo(agonIn uint64, feeBps uint32, limit uint64) uint64 {
	return most(agonIn, func(in uint64) bool {
		out, ok := move(in, feeBps, p.AGON, p.Alpha)
		return ok && Pool{AGON: p.AGON + in, Alpha: p.Alpha - out}.ComparePrice(limit) <= 0
	})
}

// SellDownTo is the largest payment, at most alphaIn, after which the price is at or above limit/PriceUnit; it is
// BuyUpTo with the sides changed.
func (p Pool) SellDownTo(alphaIn uint64, feeBps uint32, limit uint64) uint64 {
	return most(alphaIn, func(in uint64) bool {
		out, ok := move(in, feeBps, p.Alpha, p.AGON)
		return ok && Pool{AGON: p.AGON - out, Alpha: p.Alpha + in}.ComparePrice(limit) >= 0
	})
}

// move is what swap pays for in, which may be nothing, and whether both reserves stay within their bounds with the fee
// left in. Both answers are monotone in `in`: more in never pays less, and what is too much stays too much.
func move(in uint64, feeBps uint32, reserveIn, reserveOut uint64) (out uint64, ok bool) {
	if feeBps > MaxFeeBps || min(reserveIn, reserveOut) < MinReserve || max(reserveIn, reserveOut) > MaxReserve || in > MaxReserve-reserveIn {
		return 0, false
	}
	fee, _ := wide.MulDivCeil64(in, uint64(feeBps), maxBps)        // at most in: fits
	out, _ = wide.MulDiv64(reserveOut, in-fee, reserveIn+(in-fee)) // below reserveOut: fits
	return out, reserveOut-out >= MinReserve
}

// most is the largest v from 0 to bound for which fits holds, by bisection; fits must hold for all v up to some
// point and for none after it. 0 where it holds for none.
func most(bound uint64, fits func(uint64) bool) uint64 {
	if fits(bound) {
		return bound
	}
	low, high := uint64(0), bound // fits(low) or low is 0; not fits(high)
	for high-low > 1 {
		middle := low + (high-low)/2
		if fits(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}
