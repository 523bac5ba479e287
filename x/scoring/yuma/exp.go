package yuma

import "math/bits"

const (
	half = One / 2
	// expE is the value of exp at exactly 1. The reference takes it from a
	// shorter constant instead of the series.
	expE = uint64(0x2B7E15000)
	// expBound clamps the argument of exp.
	expBound = 20 * One
	// expTerms is one past the last term of the series.
	expTerms = 32
)

// reciprocal divides numbers below 2^63 by a small constant i:
// floor(t/i) = mulhi(t, factor) >> shift, with factor = floor(2^(64+shift)/i)+1
// and shift = ceil(log2 i) - 1.
type reciprocal struct {
	factor uint64
	shift  uint8
}

// reciprocals of 2 to 31; a power of two is exact by its shift alone.
var reciprocals = func() (r [expTerms]reciprocal) {
	for i := uint64(2); i < expTerms; i++ {
		shift := bits.Len64(i-1) - 1
		if i&(i-1) == 0 {
			// 2^(64+shift)/i is 2^63; without the +1 the product is exact.
			r[i] = reciprocal{factor: 1 << 63, shift: uint8(shift)}
			continue
		}
		q, _ := bits.Div64(1<<shift, 0, i)
		r[i] = reciprocal{factor: q + 1, shift: uint8(shift)}
	}
	return r
}()

// nextTerm is (t*x)/i, truncating twice.
func nextTerm(t, x uint64, i int) uint64 {
	hi, lo := bits.Mul64(t, x)
	hi, _ = bits.Mul64(hi<<fracBits|lo>>fracBits, reciprocals[i].factor)
	return hi >> (reciprocals[i].shift & 63)
}

// expSeries is 1 + x + x^2/2! + ... + x^31/31! for x in [0, 20], each term
// truncated twice on its way. A term that is 0 makes all later ones 0. No term
// overflows: at 20 the largest product is below 2^62, and terms grow with x.
func expSeries(x uint64) uint64 {
	sum, t := one+x, x
	for i := 2; i < expTerms; i++ {
		t = nextTerm(t, x, i)
		if t == 0 {
			break
		}
		sum += t
	}
	return sum
}

// expSeries4 is expSeries of four numbers at once. The terms of one series wait
// for each other; those of four do not.
func expSeries4(x *[4]uint64) {
	x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
	t0, t1, t2, t3 := x0, x1, x2, x3
	s0, s1, s2, s3 := one+x0, one+x1, one+x2, one+x3
	for i := 2; i < expTerms; i++ {
		t0, t1 = nextTerm(t0, x0, i), nextTerm(t1, x1, i)
		t2, t3 = nextTerm(t2, x2, i), nextTerm(t3, x3, i)
		if t0|t1|t2|t3 == 0 {
			break
		}
		s0, s1, s2, s3 = s0+t0, s1+t1, s2+t2, s3+t3
	}
	x[0], x[1], x[2], x[3] = s0, s1, s2, s3
}

// clampExp clamps an argument of exp and splits it into sign and magnitude.
func clampExp(x int64) (magnitude uint64, negative bool) {
	x = min(max(x, -expBound), expBound)
	if x < 0 {
		return uint64(-x), true
	}
	return uint64(x), false
}

// finishExp turns the series of the magnitude into exp.
func finishExp(series, magnitude uint64, negative bool) uint64 {
	if negative {
		return inverse(series)
	}
	if magnitude == one {
		return expE
	}
	return series
}

// inverse is 1/x for x > 2^-32.
func inverse(x uint64) uint64 {
	q, _ := bits.Div64(1, 0, x)
	return q
}

// expSafe is exp of x clamped to [-20, 20].
func expSafe(x int64) int64 {
	m, negative := clampExp(x)
	return int64(finishExp(expSeries(m), m, negative))
}

// sigmoid gives the speed of a bond under liquid alpha:
//
//	clamp(low + (high-low) / (1 + exp(slope * (d - 1/2))), low, high)
type sigmoid struct {
	low, high, slope int64
	atZero           uint64 // alpha(0), by far the most frequent
}

// newSigmoid takes the bounds in Q32 and the steepness, in hundredths, in Q32.
func newSigmoid(low, high, steepness int64) sigmoid {
	s := sigmoid{low: low, high: high, slope: quo(steepness, -100*One)}
	s.atZero = s.alpha(0)
	return s
}

// argument is what exp is taken of.
func (s *sigmoid) argument(d uint64) int64 { return mul(s.slope, int64(d)-half) }

// scale turns exp of the argument into alpha.
func (s *sigmoid) scale(exp uint64) uint64 {
	a := add(s.low, mul(int64(inverse(one+exp)), s.high-s.low))
	if a < s.low {
		return uint64(s.low)
	}
	return uint64(min(a, s.high))
}

// alpha is the speed at the distance d in [0, 1].
func (s *sigmoid) alpha(d uint64) uint64 {
	return s.scale(uint64(expSafe(s.argument(d))))
}

// alphas replaces every distance in d by its alpha. index is scratch of at
// least len(d).
func (s *sigmoid) alphas(d []uint64, index []int32) {
	n := 0
	for i, v := range d {
		index[n] = int32(i)
		if v != 0 {
			n++
		} else {
			d[i] = s.atZero
		}
	}
	index = index[:n]
	var (
		m        [4]uint64
		arg      [4]uint64
		negative [4]bool
	)
	for ; len(index) >= 4; index = index[4:] {
		for k := range 4 {
			arg[k], negative[k] = clampExp(s.argument(d[index[k]]))
		}
		m = arg
		expSeries4(&m)
		for k := range 4 {
			d[index[k]] = s.scale(finishExp(m[k], arg[k], negative[k]))
		}
	}
	for _, i := range index {
		d[i] = s.alpha(d[i])
	}
}

// distance is how far a bond has to move, in [0, 1]: what is bought above
// consensus where the weight is not below the bond, else what is sold.
func distance(consensus, weight, bond uint64) uint64 {
	switch {
	case weight < bond:
		return min(bond-weight, one)
	case weight > consensus:
		return min(weight-consensus, one)
	}
	return 0
}
