package attack

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
)

// Columns are those of the CSV, in order. Shares are of the whole emission.
var Columns = []string{
	"strategy", "stake", "variant", "kappa", "penalty",
	"share", "incentive", "dividends", "honest_incentive", "honest_dividends", "unpaid", "relative", "stray",
}

// WriteCSV writes a line of Columns and one for each result: fractions with six decimals, an infinite relative as "inf".
func WriteCSV(out io.Writer, results []Result) error {
	w := csv.NewWriter(out)
	if err := w.Write(Columns); err != nil {
		return err
	}
	for _, r := range results {
		relative := "inf"
		if !math.IsInf(r.Relative, 1) {
			relative = decimals(r.Relative)
		}
		err := w.Write([]string{
			r.Strategy, short(r.Stake), string(r.Variant), short(r.Kappa), short(r.Penalty),
			decimals(r.Share()), decimals(r.Incentive), decimals(r.Dividends), decimals(r.HonestIncentive), decimals(r.HonestDividends),
			decimals(r.Unpaid), relative, decimals(r.Stray),
		})
		if err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func decimals(x float64) string { return fmt.Sprintf("%.6f", x) }

func short(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
