package curve

import (
	"math/bits"

	"github.com/agon-chain/agon/internal/wide"
)

// OneQ32 is 1 with 32 fractional bits.
const OneQ32 = uint64(1) << 32

// Q64 is a number with 64 fractional bits: Hi is the integer part, Lo the fraction.
type Q64 = wide.U128

// Q64FromQ32 widens a number with 32 fractional bits, exactly.
func Q64FromQ32(v uint64) Q64 { return Q64{Hi: v >> 32, Lo: v << 32} }

// Q32 narrows to 32 fractional bits: floor, and the largest value where the number is 2^32 or more.
func Q32(v Q64) uint64 {
	if v.Hi >= OneQ32 {
		return ^uint64(0)
	}
	return v.Hi<<32 | v.Lo>>32
}

// MulQ32 is floor(v * factorQ32 / 2^32), saturating at the largest 64-bit value.
func MulQ32(v, factorQ32 uint64) uint64 {
	hi, lo := bits.Mul64(v, factorQ32)
	if hi >= OneQ32 {
		return ^uint64(0)
	}
	return hi<<32 | lo>>32
}

// PowQ32 is baseQ32^exp by squaring, each product through MulQ32.
func PowQ32(baseQ32, exp uint64) uint64 {
	result := OneQ32
	for exp > 0 {
		if exp&1 == 1 {
			result = MulQ32(result, baseQ32)
		}
		exp >>= 1
		if exp > 0 {
			baseQ32 = MulQ32(baseQ32, baseQ32)
		}
	}
	return result
}
