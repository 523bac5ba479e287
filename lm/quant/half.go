package quant

import "math"

// ToHalf is the IEEE 754 half nearest to x, halves to even; beyond the largest half it is infinite.
func ToHalf(x float32) uint16 {
	b := math.Float32bits(x)
	sign := uint16(b>>16) & 0x8000
	exp := int(b>>23&0xff) - 127
	frac := b & 0x7fffff
	switch {
	case exp == 128 && frac != 0:
		return sign | 0x7e00 | uint16(frac>>13)
	case exp > 15:
		return sign | 0x7c00
	case exp >= -14:
		// A carry out of the fraction raises the exponent, up to infinity, as it should.
		return sign | uint16(roundShift(uint32(exp+15)<<23|frac, 13))
	case exp >= -25:
		return sign | uint16(roundShift(frac|0x800000, uint(-exp-1)))
	}
	return sign
}

// roundShift is x/2^n to the nearest integer, halves to even.
func roundShift(x uint32, n uint) uint32 {
	half := uint32(1) << (n - 1)
	return (x + half - 1 + x>>n&1) >> n
}

// FromHalf is the number that a half stands for.
func FromHalf(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exp := uint32(h >> 10 & 0x1f)
	frac := uint32(h & 0x3ff)
	switch exp {
	case 0:
		// Below the normal halves: the fraction counts units of 2^-24.
		x := float32(frac) / (1 << 24)
		return math.Float32frombits(math.Float32bits(x) | sign)
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}
