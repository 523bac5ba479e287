package keycmd

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/internal/display"
)

var errValue = errors.New("value cannot be used")

// parseAmount reads 10agon, 0.5agon or 2500nagon, exactly, as nagon.
func parseAmount(text string) (uint64, error) {
	const examples = "write 10agon, 0.5agon or 2500nagon (10^9 to the AGON)"
	end := strings.IndexFunc(text, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if end < 0 {
		return 0, fmt.Errorf("%w: %.40q has no unit; %s", errValue, text, examples)
	}
	left, right, point := strings.Cut(text[:end], ".")
	digits := 0
	switch strings.ToLower(text[end:]) {
	case "agon":
		digits = display.Decimals
	case "nagon":
	default:
		return 0, fmt.Errorf("%w: %.40q is no unit; %s", errValue, text[end:], examples)
	}
	if left == "" || point && right == "" || len(right) > digits || strings.Contains(right, ".") {
		return 0, fmt.Errorf("%w: %.40q is no number with at most %d digits behind a point; %s", errValue, text, digits, examples)
	}
	n, err := strconv.ParseUint(left+right+strings.Repeat("0", digits-len(right)), 10, 64)
	if err != nil || n == 0 || n > keys.MaxAmount {
		return 0, fmt.Errorf("%w: %.40q is not between 1 and %d nagon", errValue, text, uint64(keys.MaxAmount))
	}
	return n, nil
}

// parseBudget reads 5agon/day, 100agon/total or none.
func parseBudget(text string) (keys.Budget, error) {
	if text == "none" {
		return keys.Budget{}, nil
	}
	amount, period, ok := strings.Cut(text, "/")
	if !ok {
		return keys.Budget{}, fmt.Errorf("%w: %.40q has no period; write 5agon/day, /week, /month or /total, or none", errValue, text)
	}
	n, err := parseAmount(amount)
	return keys.Budget{Period: keys.Period(period), Amount: n}, err
}

func budgetText(b keys.Budget) string {
	if b.Period == keys.None {
		return "none"
	}
	return display.AGON(b.Amount) + "/" + string(b.Period)
}

// numberText is a limit; zero is none.
func numberText(n uint64) string {
	if n == 0 {
		return "none"
	}
	return strconv.FormatUint(n, 10)
}
