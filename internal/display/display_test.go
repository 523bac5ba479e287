package display

import (
	"math"
	"testing"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/stretchr/testify/require"
)

func TestNumbersForPeople(t *testing.T) {
	require.Equal(t, "0", Plain(0))
	require.Equal(t, "0.000000001", Plain(1))
	require.Equal(t, "1", Plain(1_000_000_000))
	require.Equal(t, "1.5", Plain(1_500_000_000))
	require.Equal(t, "18446744073.709551615", Plain(math.MaxUint64))
	require.Equal(t, "1.5 AGON", AGON(1_500_000_000))
	require.Equal(t, "1.9999", Column(1_999_999_999), "cut, not rounded up to what is not there")
	require.Equal(t, "-1.5000", Signed(-1_500_000_000))
	require.Equal(t, "-9223372036.8547", Signed(math.MinInt64))
	require.Equal(t, "0.5000", Signed(500_000_000))
	require.Equal(t, "18.00 %", Percent(1800))
	require.Equal(t, "2", Ratio(10, 5))
	require.Equal(t, "0.333333333", Ratio(1, 3))
	require.Equal(t, "-", Ratio(5, 0))
	require.Equal(t, "more than can be counted", Ratio(math.MaxUint64, 1))
	require.Equal(t, "50.00 %", Fraction(32_767))
	require.Equal(t, "100.00 %", Fraction(65_535))
	require.Equal(t, "100.00 %", Fraction(math.MaxUint64))
}

func TestSparkline(t *testing.T) {
	require.Equal(t, "▁▂▃▄▅▆▇█", Sparkline([]uint64{0, 1, 2, 3, 4, 5, 6, 7}))
	require.Equal(t, "▁█", Sparkline([]uint64{0, math.MaxUint64}))
	require.Equal(t, "█▁", Sparkline([]uint64{6, 5}))
	require.Equal(t, "▅▅", Sparkline([]uint64{5, 5}))
	require.Empty(t, Sparkline(nil))
}

func TestTable(t *testing.T) {
	w := NewTable("A title with 100 %", table.Row{"name", "amount"}, "name")
	w.AppendRow(table.Row{"a", "1"})
	w.AppendRow(table.Row{"bcd", "234567890"})
	require.Equal(t, `┌──────────────────┐
│ A title with 100 │
│ %                │
├──────┬───────────┤
│ name │    amount │
├──────┼───────────┤
│ a    │         1 │
│ bcd  │ 234567890 │
└──────┴───────────┘`, w.Render())
}
