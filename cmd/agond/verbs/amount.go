package verbs

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/display"
	staketypes "github.com/agon-chain/agon/x/stake/types"
)

// errAmount refuses an amount, a percentage or a limit.
var errAmount = errors.New("no amount")

// unit is what an amount counts.
type unit int

const (
	unitAgon unit = iota
	unitAlpha
)

// What amounts are counted in, under short names.
const (
	decimals = display.Decimals
	whole    = display.Whole
	bps      = display.Bps
)

// How numbers are shown, under short names.
var (
	plain    = display.Plain
	agon     = display.AGON
	column   = display.Column
	signed   = display.Signed
	percent  = display.Percent
	fraction = display.Fraction
	ratio    = display.Ratio
	newTable = display.NewTable
)

// amount is a number of base units of AGON or of a subnet's token.
type amount struct {
	Base uint64
	Unit unit
}

// units by the name that follows the number, with the digits that may stand behind its point.
var units = map[string]struct {
	unit   unit
	digits int
}{
	"agon":  {unitAgon, decimals},
	"nagon": {unitAgon, 0},
	"alpha": {unitAlpha, decimals},
}

const amountExamples = "write 10agon, 0.5agon, 2500nagon (10^9 to the AGON) or 3.2alpha (tokens of the subnet)"

// parseAmount reads 10agon, 0.5agon, 2500nagon or 3.2alpha, exactly. The errors are errAmount.
func parseAmount(text string) (amount, error) {
	end := 0
	for end < len(text) && (text[end] == '.' || text[end] >= '0' && text[end] <= '9') {
		end++
	}
	number, name := text[:end], strings.ToLower(strings.TrimSpace(text[end:]))
	switch {
	case number == "":
		return amount{}, fmt.Errorf("%w: %q starts with no number; %s", errAmount, text, amountExamples)
	case name == "":
		return amount{}, fmt.Errorf("%w: %q has no unit; %s", errAmount, text, amountExamples)
	case strings.HasPrefix(name, "alpha/"):
		return amount{}, fmt.Errorf("%w: %q counts base units, which these commands do not; write %s with --subnet %s for whole tokens",
			errAmount, text, number+"alpha", strings.TrimPrefix(name, "alpha/"))
	}
	u, ok := units[name]
	if !ok {
		return amount{}, fmt.Errorf("%w: %q is no unit; %s", errAmount, text[end:], amountExamples)
	}
	base, err := parseDecimal(number, u.digits)
	if err != nil {
		return amount{}, fmt.Errorf("%w: %q: %w; %s", errAmount, text, err, amountExamples)
	}
	if base == 0 {
		return amount{}, fmt.Errorf("%w: %q is nothing; %s", errAmount, text, amountExamples)
	}
	return amount{Base: base, Unit: u.unit}, nil
}

// parseUnit is parseAmount for what has to be in one unit.
func parseUnit(flag, text string, want unit) (uint64, error) {
	a, err := parseAmount(text)
	if err != nil {
		return 0, fmt.Errorf("--%s: %w", flag, err)
	}
	if a.Unit != want {
		return 0, fmt.Errorf("--%s: %w: %q is not in %s", flag, errAmount, text, [...]string{"AGON: write 9.9agon", "the subnet's token: write 9.9alpha"}[want])
	}
	return a.Base, nil
}

// parseDecimal reads a number with at most so many digits behind its point as a count of units of its last digit.
func parseDecimal(number string, digits int) (uint64, error) {
	left, right, point := strings.Cut(number, ".")
	switch {
	case left == "" || point && right == "" || strings.Contains(right, "."):
		return 0, errors.New("digits have to stand before and behind one point")
	case len(right) > digits && digits == 0:
		return 0, errors.New("it cannot be divided")
	case len(right) > digits:
		return 0, fmt.Errorf("at most %d digits behind the point", digits)
	}
	value, err := strconv.ParseUint(left+right+strings.Repeat("0", digits-len(right)), 10, 64)
	if err != nil {
		return 0, errors.New("more than there can be")
	}
	return value, nil
}

// coin is the amount as the chain counts it.
func (a amount) coin(netuid uint32) sdk.Coin {
	if a.Unit == unitAlpha {
		return staketypes.Alpha(netuid, a.Base)
	}
	return staketypes.Agon(a.Base)
}

// String is the amount as parseAmount reads it.
func (a amount) String() string {
	return plain(a.Base) + [...]string{"agon", "alpha"}[a.Unit]
}

// parsePercent reads 50% or 12.5% as basis points, 0 to 10000.
func parsePercent(text string) (uint64, error) {
	const examples = "write a percentage from 0% to 100% with at most two digits behind the point, such as 1% or 0.25%"
	number, ok := strings.CutSuffix(text, "%")
	if !ok {
		return 0, fmt.Errorf("%w: %q ends with no %%; %s", errAmount, text, examples)
	}
	value, err := parseDecimal(number, 2)
	if err == nil && value > bps {
		err = errors.New("more than all")
	}
	if err != nil {
		return 0, fmt.Errorf("%w: %q: %w; %s", errAmount, text, err, examples)
	}
	return value, nil
}

// part is the floor of a number of basis points of an amount.
func part(of, points uint64) uint64 {
	v := new(big.Int).SetUint64(of)
	return v.Mul(v, new(big.Int).SetUint64(points)).Div(v, big.NewInt(bps)).Uint64()
}

// saturating sum of what a chain with a cap can never exceed.
func add(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}
