package yuma

import (
	"math"
	"math/bits"
)

// Q32: a signed 64-bit word with 32 fractional bits. Shares that cannot be
// negative are kept in uint64 with the same bits.
const (
	fracBits = 32
	one      = uint64(1) << fracBits
	maxU16   = math.MaxUint16
)

// One is the share 1 as the shares of an Output count it.
const One = int64(1) << fracBits

// mul is the product of two Q32 numbers, rounded down, saturating.
func mul(a, b int64) int64 {
	negative := (a < 0) != (b < 0)
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	q, over := hi<<fracBits|lo>>fracBits, hi>>fracBits != 0
	if !negative {
		if over || q > math.MaxInt64 {
			return math.MaxInt64
		}
		return int64(q)
	}
	if lo&(one-1) != 0 { // a shift of a negative number rounds away from zero
		q++
		over = over || q == 0
	}
	if over || q > 1<<63 {
		return math.MinInt64
	}
	return -int64(q)
}

// quo is the quotient of two Q32 numbers, truncated toward zero, saturating,
// and 0 for b = 0.
func quo(a, b int64) int64 {
	if b == 0 {
		return 0
	}
	negative := (a < 0) != (b < 0)
	x, y := magnitude(a), magnitude(b)
	hi, lo := x>>(64-fracBits), x<<fracBits
	var q uint64
	if hi >= y {
		q = math.MaxUint64
	} else {
		q, _ = bits.Div64(hi, lo, y)
	}
	switch {
	case negative && q > 1<<63:
		return math.MinInt64
	case negative:
		return -int64(q)
	case q > math.MaxInt64:
		return math.MaxInt64
	}
	return int64(q)
}

// add and sub saturate.
func add(a, b int64) int64 {
	s := a + b
	if (a < 0) == (b < 0) && (s < 0) != (a < 0) {
		if a < 0 {
			return math.MinInt64
		}
		return math.MaxInt64
	}
	return s
}

func sub(a, b int64) int64 {
	s := a - b
	if (a < 0) != (b < 0) && (s < 0) != (a < 0) {
		if a < 0 {
			return math.MinInt64
		}
		return math.MaxInt64
	}
	return s
}

func magnitude(a int64) uint64 {
	if a < 0 {
		return -uint64(a)
	}
	return uint64(a)
}

func addSaturated(a, b uint64) uint64 {
	s, carry := bits.Add64(a, b, 0)
	if carry != 0 {
		return math.MaxUint64
	}
	return s
}

// mulShare is mul for two numbers in [0, 1]: neither sign nor saturation. Their
// product fits a word unless both are one, and then the word is zero and the
// bit that they share is the answer.
func mulShare(a, b uint64) uint64 { return a*b>>fracBits | a&b&one }

// mulAmount is floor(share * amount) for a share in [0, 1].
func mulAmount(share, amount uint64) uint64 {
	hi, lo := bits.Mul64(share, amount)
	return hi<<fracBits | lo>>fracBits
}

// fraction is v/65535 in Q32, truncated.
func fraction(v uint16) uint64 { return uint64(v) << fracBits / maxU16 }

// toU16 is floor(x * 65535) for x in [0, 1].
func toU16(x uint64) uint16 { return uint16(x * maxU16 >> fracBits) }

// divisor divides many numbers by one. A hardware division of 128 by 64 bits
// costs several times a multiplication, and an epoch needs five per nonzero.
type divisor struct {
	inv     uint64 // 2^(63+l) / d, at most 2^64-1, l the bit length of d
	correct uint64 // d where inv is rounded down, 0 where it is rounded up
	shift   uint8  // 64 - l
}

// newDivisor prepares division by d < 2^63. Division by 0 gives 0.
func newDivisor(d uint64) divisor {
	if d == 0 {
		return divisor{}
	}
	l := bits.Len64(d)
	v := divisor{inv: math.MaxUint64, correct: d, shift: uint8(64 - l)}
	if d == 1<<(l-1) {
		return v // 2^64 is one too many
	}
	// 2^(63+l)/d < 2^64 because d > 2^(l-1); the high word 2^(l-1) < d.
	v.inv, _ = bits.Div64(1<<(l-1), 0, d)
	if l < fracBits {
		v.inv++
		v.correct = 0
	}
	return v
}

// quo is floor(x * 2^32 / d) for x <= d.
//
// With x' = x*2^shift, the product x'*inv / 2^95 is the quotient but for the
// rounding of inv, by less than x/2^(l+31).
//
// Rounded down that is less than 1, and together with the floor of the product
// less than 2 below, so the remainder, below 2d < 2^64, decides about one step.
//
// Rounded up it is less than 1/d for l < 32, because x < 2^l and d < 2^l: too
// little to reach the next integer, as the quotient misses that by 1/d or more.
func (v *divisor) quo(x uint64) uint64 {
	hi, _ := bits.Mul64(x<<(v.shift&63), v.inv)
	q := hi >> (63 - fracBits)
	if v.correct != 0 && x<<fracBits-q*v.correct >= v.correct {
		q++
	}
	return q
}

// normalize divides every share by the sum of all; all zero stays all zero.
// The sum of the shares is below 2^63.
func normalize(x []uint64) {
	var sum uint64
	for _, v := range x {
		sum += v
	}
	d := newDivisor(sum)
	for i, v := range x {
		x[i] = d.quo(v)
	}
}

// MaxUpscale writes to dst the fractions of src scaled so that the largest is
// 65535, rounded half up. Where the largest is above 32768 the factor is
// truncated before it is applied, as in the reference. All zero stays all zero.
// It scales as many elements as both slices have.
func MaxUpscale(dst, src []uint16) {
	const half = one / 2
	src = src[:min(len(src), len(dst))]
	var top uint16
	for _, v := range src {
		top = max(top, v)
	}
	if top == 0 {
		clear(dst[:len(src)])
		return
	}
	for i, v := range src {
		scaled := uint64(v) * (maxU16 << fracBits / uint64(top))
		if top <= 1<<15 {
			scaled = uint64(v) * maxU16 << fracBits / uint64(top)
		}
		dst[i] = uint16((scaled + half) >> fracBits)
	}
}
