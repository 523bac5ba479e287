package curve

import (
	"math/bits"

	"github.com/agon-chain/agon/internal/wide"
)

// MaxBps is the whole, in basis points.
const MaxBps = 10_000

// DecayFactorQ32 is the decay per block, with 32 fractional bits, whose halfLife-th power by PowQ32 is the largest not
// above 1/2. A halfLife of 0 means no decay and gives OneQ32.
func DecayFactorQ32(halfLife uint64) uint64 {
	if halfLife == 0 {
		return OneQ32
	}
	var f uint64
	for bit := OneQ32 >> 1; bit > 0; bit >>= 1 {
		if PowQ32(f|bit, halfLife) <= OneQ32/2 {
			f |= bit
		}
	}
	return f
}

// oneQ63 is 1 with 63 fractional bits, which leaves room for 1 itself in a word.
const oneQ63 = uint64(1) << 63

// halfLives splits 2^(-elapsed/halfLife) into a whole number of halvings and a fraction in [1/2, 1] with 63 fractional
// bits; the fraction is within 2^-57 of the true one. halfLife is not 0.
func halfLives(elapsed, halfLife uint64) (whole, fractionQ63 uint64) {
	whole = elapsed / halfLife
	rest, _ := bits.Div64(elapsed%halfLife, 0, halfLife) // elapsed%halfLife / halfLife with 64 fractional bits
	f := oneQ63
	for i := range halvings {
		if rest&(1<<(63-i)) != 0 {
			f, _ = bits.Mul64(f, halvings[i])
		}
	}
	return whole, max(f, oneQ63/2)
}

// DecayedPrice is floor(price * 2^(-elapsed/halfLife)), and at least least; between whole half lives the power carries
// an error below 2^-57 of itself, which can lower the floor by one unit. It is computed from the last price and
// the blocks elapsed since, so nothing runs per block. A halfLife of 0 means no decay.
// All times are in blocks, prices in base units.
func DecayedPrice(price, elapsed, halfLife, least uint64) uint64 {
	if halfLife == 0 || elapsed == 0 {
		return max(price, least)
	}
	whole, f := halfLives(elapsed, halfLife)
	if whole >= 64 {
		return least
	}
	// price*f has 63 fractional bits; the whole halvings shift in the wide product, so that there is one floor.
	p := wide.Mul64(price, f)
	v := p.Hi<<1 | p.Lo>>63
	return max(v>>whole, least)
}

// NextPrice is the price after a sale, ceil(price * multiplierBps / MaxBps), saturating. 12,600 makes the next
// 1.26 times dearer. The caller holds its own upper bound.
func NextPrice(price uint64, multiplierBps uint32) uint64 {
	v, ok := wide.MulDivCeil64(price, uint64(multiplierBps), MaxBps)
	if !ok {
		return ^uint64(0)
	}
	return v
}

// EMA moves the average prev towards sample, which held for elapsed blocks:
//
//	prev + (sample - prev) * (1 - 2^(-elapsed/halfLife))
//
// All values are Q64. The step is rounded towards zero, so the average never overshoots the sample. A halfLife of 0
// means no averaging and gives sample; elapsed 0 gives prev.
func EMA(prev, sample Q64, elapsed, halfLife uint64) Q64 {
	if elapsed == 0 {
		return prev
	}
	if halfLife == 0 {
		return sample
	}
	whole, f := halfLives(elapsed, halfLife)
	var kept uint64 // 2^(-elapsed/halfLife) with 63 fractional bits
	if whole < 64 {
		kept = f >> whole
	}
	up := sample.Cmp(prev) >= 0
	gap, _ := sample.Sub(prev)
	if !up {
		gap, _ = prev.Sub(sample)
	}
	step, _, _ := gap.MulDiv(oneQ63-kept, wide.From64(oneQ63)) // at most gap: fits
	if up {
		next, _ := prev.Add(step)
		return next
	}
	next, _ := prev.Sub(step)
	return next
}

// SubnetWeight is a subnet's weight in the split of a block's emission among subnets, with 32 fractional bits: the
// moving average of its token's price, less the part of its miner emission that the subnet burns (in basis points,
// MaxBps and above count as all of it). Weights feed LargestRemainder.
func SubnetWeight(emaPrice Q64, burnedBps uint32) uint64 {
	if burnedBps >= MaxBps {
		return 0
	}
	v, _ := wide.MulDiv64(Q32(emaPrice), uint64(MaxBps-burnedBps), MaxBps) // at most Q32(emaPrice): fits
	return v
}
