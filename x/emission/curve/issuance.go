package curve

import "math/bits"

const (
	// UnitsPerToken is the number of base units in one token.
	UnitsPerToken uint64 = 1_000_000_000
	// Cap is the supply, in base units, that issuance approaches and never passes.
	Cap uint64 = 21_000_000 * UnitsPerToken
	// InitialBlockEmission is what a block emits before the first halving, in base units.
	InitialBlockEmission uint64 = 1 * UnitsPerToken
)

// BlockEmission is what the next block emits when issuance base units exist already:
//
//	floor(InitialBlockEmission / 2^h),  h = floor(log2(Cap / (Cap - issuance)))
//
// so it halves as issuance reaches 1/2, 3/4, 7/8 … of Cap, and is 0 from the 30th halving on.
func BlockEmission(issuance uint64) uint64 {
	if issuance >= Cap {
		return 0
	}
	return InitialBlockEmission >> halvingsAt(issuance)
}

// NextHalving is the issuance at which BlockEmission halves next, or Cap when nothing is emitted any more.
func NextHalving(issuance uint64) uint64 {
	if BlockEmission(issuance) == 0 {
		return Cap
	}
	return Cap - Cap>>(halvingsAt(issuance)+1)
}

// halvingsAt is the largest h with (Cap - issuance)*2^h <= Cap, for issuance < Cap.
func halvingsAt(issuance uint64) uint {
	rest := Cap - issuance
	h := uint(bits.LeadingZeros64(rest) - bits.LeadingZeros64(Cap))
	// h is right up to one: it compares only the lengths of the two numbers.
	if Cap>>h < rest {
		h--
	}
	return h
}

// Emit is the sum of what the next blocks blocks emit, when each adds its emission to issuance. It takes one step per
// halving, not per block, so a call for a whole year costs what a call for a minute does.
func Emit(issuance, blocks uint64) uint64 {
	var total uint64
	for blocks > 0 {
		e := BlockEmission(issuance)
		if e == 0 {
			break
		}
		// The emission stays e until the rest is at most Cap/2^(h+1).
		n := (NextHalving(issuance) - issuance + e - 1) / e
		n = min(n, blocks)
		// n*e overshoots the halving by less than e, which is far below what is left: no overflow, and never past Cap.
		total += n * e
		issuance += n * e
		blocks -= n
	}
	return total
}
