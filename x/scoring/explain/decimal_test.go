package explain

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNumbers(t *testing.T) {
	const one = uint64(1) << 32
	for _, c := range []struct{ want, got string }{
		{"0.000000", decimal(0)},
		{"<0.000001", decimal(1)},
		{"0.000001", decimal(2148)}, // 0.5001 millionths
		{"0.333333", decimal(one / 3)},
		{"0.666667", decimal(one / 3 * 2)},
		{"1.000000", decimal(one - 1)},
		{"2.500000", decimal(one * 5 / 2)},
		{"0.00 %", percent(0)},
		{"<0.01 %", percent(1)},
		{"3.20 %", percent(137438953)},
		{"100.00 %", percent(one)},
		{"429496729600.00 %", percent(math.MaxUint64)},
		{"0.00002", fraction(1)},
		{"1.00000", fraction(65535)},
		{"-", decimalCell(0)},
		{"1.234567890 alpha", (&Options{Decimals: 9, Unit: "alpha"}).amount(1234567890)},
		{"0.005", (&Options{Decimals: 3}).amount(5)},
		{"7", (&Options{}).amount(7)},
		{"1 validator", number(1, "validator")},
		{"2 validators", number(2, "validator")},
	} {
		require.Equal(t, c.want, c.got)
	}
}
