package display

import "strings"

// bars stand for eighths of the way from the lowest to the highest.
var bars = []rune("▁▂▃▄▅▆▇█")

// Sparkline draws one bar for each value, the lowest the shortest and the highest the tallest; where all are the same, all are in the
// middle.
func Sparkline(values []uint64) string {
	if len(values) == 0 {
		return ""
	}
	low, high := values[0], values[0]
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	var out strings.Builder
	for _, v := range values {
		at := uint64(len(bars) / 2)
		if span := high - low; span > 0 {
			// The steps are found by subtraction of whole eighths, which cannot overflow; the top is the last bar.
			step := span/uint64(len(bars)) + 1
			at = min((v-low)/step, uint64(len(bars)-1))
			if v == high {
				at = uint64(len(bars) - 1)
			}
		}
		out.WriteRune(bars[at])
	}
	return out.String()
}
