package wide

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// ErrLength reports a byte form that is not 16 bytes long.
var ErrLength = errors.New("wrong length")

// U128 is an unsigned 128-bit integer, Hi*2^64 + Lo. The zero value is 0 and values compare with ==.
type U128 struct {
	Hi, Lo uint64
}

// From64 widens v.
func From64(v uint64) U128 { return U128{Lo: v} }

// Mul64 returns the exact product a*b.
func Mul64(a, b uint64) U128 {
	hi, lo := bits.Mul64(a, b)
	return U128{Hi: hi, Lo: lo}
}

// Add returns a+b modulo 2^128 and whether the true sum is larger.
func (a U128) Add(b U128) (sum U128, overflow bool) {
	lo, c := bits.Add64(a.Lo, b.Lo, 0)
	hi, c := bits.Add64(a.Hi, b.Hi, c)
	return U128{Hi: hi, Lo: lo}, c != 0
}

// Sub returns a-b modulo 2^128 and whether b is larger than a.
func (a U128) Sub(b U128) (diff U128, underflow bool) {
	lo, c := bits.Sub64(a.Lo, b.Lo, 0)
	hi, c := bits.Sub64(a.Hi, b.Hi, c)
	return U128{Hi: hi, Lo: lo}, c != 0
}

// Cmp returns -1, 0 or 1 as a is below, equal to or above b.
func (a U128) Cmp(b U128) int {
	switch {
	case a == b:
		return 0
	case a.Hi < b.Hi || (a.Hi == b.Hi && a.Lo < b.Lo):
		return -1
	default:
		return 1
	}
}

// IsZero reports whether a is 0.
func (a U128) IsZero() bool { return a == U128{} }

// Uint64 returns the low word and whether it is the whole value.
func (a U128) Uint64() (v uint64, ok bool) { return a.Lo, a.Hi == 0 }

// MulDiv returns floor(a*b/den) and the remainder, with a 192-bit product in between.
// ok is false when den is 0 or the quotient needs more than 128 bits.
func (a U128) MulDiv(b uint64, den U128) (q, rem U128, ok bool) {
	// n2:n1:n0 = a*b.
	h1, n0 := bits.Mul64(a.Lo, b)
	h2, l2 := bits.Mul64(a.Hi, b)
	n1, c := bits.Add64(h1, l2, 0)
	n2 := h2 + c // cannot carry: the product is below 2^192

	if den.Hi == 0 {
		if den.Lo == 0 || n2 >= den.Lo {
			return U128{}, U128{}, false
		}
		qh, r := bits.Div64(n2, n1, den.Lo)
		ql, r := bits.Div64(r, n0, den.Lo)
		return U128{Hi: qh, Lo: ql}, U128{Lo: r}, true
	}

	// Schoolbook division by two words (Knuth, TAOCP 4.3.1, algorithm D): with the divisor shifted so that its top
	// bit is set, two words of it decide each digit of the quotient exactly.
	s := uint(bits.LeadingZeros64(den.Hi))
	v1, v0 := den.Hi<<s|den.Lo>>1>>(63-s), den.Lo<<s
	u3 := n2 >> 1 >> (63 - s)
	u2 := n2<<s | n1>>1>>(63-s)
	u1 := n1<<s | n0>>1>>(63-s)
	u0 := n0 << s

	qh, r1, r0 := digit(u3, u2, u1, v1, v0)
	ql, r1, r0 := digit(r1, r0, u0, v1, v0)
	rem = U128{Hi: r1 >> s, Lo: r0>>s | r1<<1<<(63-s)}
	return U128{Hi: qh, Lo: ql}, rem, true
}

// digit divides u2:u1:u0 by v1:v0, where v1 has its top bit set and u2:u1 < v1:v0; the quotient fits one word.
func digit(u2, u1, u0, v1, v0 uint64) (q, r1, r0 uint64) {
	var r, carry uint64
	if u2 == v1 {
		q = ^uint64(0)
		r, carry = bits.Add64(u1, v1, 0)
	} else {
		q, r = bits.Div64(u2, u1, v1)
	}
	// The estimate is at most 2 too large.
	for carry == 0 {
		h, l := bits.Mul64(q, v0)
		if h < r || (h == r && l <= u0) {
			break
		}
		q--
		r, carry = bits.Add64(r, v1, 0)
	}
	// u - q*v is below v, so the two low words are the whole of it.
	h, l := bits.Mul64(q, v0)
	h += q * v1
	r0, b := bits.Sub64(u0, l, 0)
	r1, _ = bits.Sub64(u1, h, b)
	return q, r1, r0
}

// MulDiv64 returns floor(a*b/den). ok is false when den is 0 or the quotient needs more than 64 bits.
func MulDiv64(a, b, den uint64) (q uint64, ok bool) {
	hi, lo := bits.Mul64(a, b)
	if hi >= den {
		return 0, false
	}
	q, _ = bits.Div64(hi, lo, den)
	return q, true
}

// MulDivCeil64 returns the least integer not below a*b/den, with the same refusals as MulDiv64.
func MulDivCeil64(a, b, den uint64) (q uint64, ok bool) {
	hi, lo := bits.Mul64(a, b)
	if hi >= den {
		return 0, false
	}
	q, r := bits.Div64(hi, lo, den)
	if r != 0 {
		if q == ^uint64(0) {
			return 0, false
		}
		q++
	}
	return q, true
}

// Bytes is the 16-byte big-endian form; it sorts as the numbers do.
func (a U128) Bytes() [16]byte {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], a.Hi)
	binary.BigEndian.PutUint64(b[8:], a.Lo)
	return b
}

// FromBytes reads the 16-byte big-endian form, or returns ErrLength.
func FromBytes(b []byte) (U128, error) {
	if len(b) != 16 {
		return U128{}, fmt.Errorf("128-bit integer of %d bytes, want 16: %w", len(b), ErrLength)
	}
	return U128{Hi: binary.BigEndian.Uint64(b[:8]), Lo: binary.BigEndian.Uint64(b[8:])}, nil
}
