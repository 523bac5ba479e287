package display

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

const (
	// Decimals are the digits behind the point of AGON and of every subnet's token.
	Decimals = 9
	// Whole is one AGON, or one token, in base units.
	Whole = 1_000_000_000
	// Bps are the basis points of a whole.
	Bps = 10_000
	// Full is the whole of a fraction of 16 bits.
	Full = 65_535
)

// Plain is a number of base units as a decimal of whole ones, with no more digits than it needs.
func Plain(base uint64) string {
	text := strconv.FormatUint(base/Whole, 10)
	if rest := base % Whole; rest > 0 {
		text += "." + strings.TrimRight(fmt.Sprintf("%0*d", Decimals, rest), "0")
	}
	return text
}

// AGON is Plain of nagon, with the unit.
func AGON(base uint64) string { return Plain(base) + " AGON" }

// Column is a number of base units in a table: four digits behind the point, the others cut.
func Column(base uint64) string {
	return fmt.Sprintf("%d.%04d", base/Whole, base%Whole/100_000)
}

// Signed is Column for what can be a loss.
func Signed(base int64) string {
	if base < 0 {
		return "-" + Column(-uint64(base))
	}
	return Column(uint64(base))
}

// Points are basis points as a number of hundredths, without a sign: 1850 is 18.50.
func Points(points uint64) string { return fmt.Sprintf("%d.%02d", points/100, points%100) }

// Percent is Points with the sign.
func Percent(points uint64) string { return Points(points) + " %" }

// Parts are the parts of a whole, given in basis points, in percent: "70.00 % + 30.00 %".
func Parts(bps []uint32) string {
	out := make([]string, len(bps))
	for i, b := range bps {
		out[i] = Percent(uint64(b))
	}
	return strings.Join(out, " + ")
}

// Fraction is a part of Full in percent.
func Fraction(v uint64) string { return Percent(FractionPoints(v)) }

// FractionPoints is a part of Full in basis points, the nearest; what is above Full counts as Full.
func FractionPoints(v uint64) uint64 { return (min(v, Full)*Bps + Full/2) / Full }

// Ratio is a price: AGON per token, cut after nine digits; a dash where nothing was traded.
func Ratio(nagon, alpha uint64) string {
	if alpha == 0 {
		return "-"
	}
	v := new(big.Int).SetUint64(nagon)
	v.Mul(v, big.NewInt(Whole)).Div(v, new(big.Int).SetUint64(alpha))
	if !v.IsUint64() {
		return "more than can be counted"
	}
	return Plain(v.Uint64())
}
