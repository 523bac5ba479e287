package explain

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

const (
	q32Bits = 32
	maxU16  = 65535
)

// point writes x with the last digits of it behind the point.
func point(x uint64, digits int) string {
	s := strconv.FormatUint(x, 10)
	if digits <= 0 {
		return s
	}
	if len(s) <= digits {
		s = strings.Repeat("0", digits+1-len(s)) + s
	}
	return s[:len(s)-digits] + "." + s[len(s)-digits:]
}

// power is 10 to the n, for n below 20.
func power(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// rounded is num/den times 10^digits, rounded half up, written with the last
// behind digits behind the point; what is not zero is never shown as zero. Of
// num, den and digits the callers give only what keeps the quotient in a word:
// any num by 2^32 with 6 digits at most, or 16 bits by 16 bits.
func rounded(num, den uint64, digits, behind int) string {
	hi, lo := bits.Mul64(num, power(digits))
	lo, carry := bits.Add64(lo, den/2, 0)
	q, _ := bits.Div64(hi+carry, lo, den)
	if q == 0 && num != 0 {
		return "<" + point(1, behind)
	}
	return point(q, behind)
}

// decimal is a Q32 weight: 0.312500.
func decimal(x uint64) string { return rounded(x, 1<<q32Bits, 6, 6) }

// percent is a Q32 share: 3.20 %.
func percent(x uint64) string { return rounded(x, 1<<q32Bits, 4, 2) + " %" }

// fraction is a fraction of 65535: 0.31250.
func fraction(x uint16) string { return rounded(uint64(x), maxU16, 5, 5) }

// amount is a sum in base units with its token.
func (o *Options) amount(x uint64) string {
	s := point(x, o.Decimals)
	if o.Unit != "" {
		s += " " + o.Unit
	}
	return s
}

// cell is what a table shows of a number: a dash for zero.
func cell(zero bool, text string) string {
	if zero {
		return "-"
	}
	return text
}

func decimalCell(x uint64) string { return cell(x == 0, decimal(x)) }
func percentCell(x uint64) string { return cell(x == 0, percent(x)) }

// number is a count with its noun: "1 validator", "2 validators".
func number[T int | uint64](n T, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
