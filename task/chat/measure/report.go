package measure

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/agon-chain/agon/verify/sequential"
)

// Report is what was measured, and the profile that it makes.
type Report struct {
	Server    string             `json:"server"` // what it calls its model
	Questions int                `json:"questions"`
	Answers   int                `json:"answers"`
	Tokens    int                `json:"tokens"` // of an answer, at most
	Seed      uint64             `json:"seed"`
	Rows      []Row              `json:"measured"`
	Profile   sequential.Profile `json:"profile"`
}

// Row is one thing that was measured.
type Row struct {
	What    string `json:"what"`
	Unit    string `json:"unit,omitempty"` // of the distances; empty where only misses are counted
	Samples int    `json:"samples"`
	// Median, P99 and Most are of the distances.
	Median float64 `json:"median"`
	P99    float64 `json:"p99"`
	Most   float64 `json:"most"`
	// Tolerance is what the profile calls no miss, Misses how many were beyond it, Rate the bound that the profile has on them.
	Tolerance float64 `json:"tolerance"`
	Misses    int     `json:"misses"`
	Rate      float64 `json:"rate"`
}

func (d *deviations) rows(p sequential.Profile) []Row {
	row := func(what, unit string, v []float64, tolerance, rate float64) Row {
		r := Row{What: what, Unit: unit, Samples: len(v), Median: median(v), P99: quantile(v, 0.99), Tolerance: tolerance, Rate: rate}
		for _, x := range v {
			if !(x <= tolerance) {
				r.Misses++
			}
		}
		if len(v) > 0 {
			r.Most = slices.Max(v)
		}
		return r
	}
	var out []Row
	if !p.OwnDraws {
		out = append(out, row("drawn tokens", "probability", d.Replay, p.ReplayTolerance, p.ReplayRate))
	}
	return append(out,
		row("tokens at temperature 0", "nats", d.Greedy, p.GreedyTolerance, p.ReplayRate),
		row("claimed log-probabilities", "nats", d.Claim, p.ClaimTolerance, p.ClaimRate),
		row("distributions", "total variation", d.Apart, p.Apart, 0),
		Row{What: "counts, texts and ends", Samples: d.UsageTrials, Misses: d.UsageMisses, Rate: p.UsageRate},
		Row{What: "answers that must agree", Samples: d.RepeatTrials, Misses: d.RepeatMisses, Rate: p.RepeatRate},
	)
}

// Table writes it for people.
func (r Report) Table(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "MEASURED\tSAMPLES\tMEDIAN\t99 %\tMOST\tTOLERANCE\tBEYOND\tRATE AT MOST")
	for _, row := range r.Rows {
		if row.Unit == "" {
			fmt.Fprintf(t, "%s\t%d\t\t\t\t\t%d\t%.2g\n", row.What, row.Samples, row.Misses, row.Rate)
			continue
		}
		fmt.Fprintf(t, "%s, %s\t%d\t%.3g\t%.3g\t%.3g\t%.3g\t%d\t%.2g\n", row.What, row.Unit, row.Samples, row.Median, row.P99, row.Most, row.Tolerance, row.Misses, row.Rate)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	draws := "by the protocol's sampler: drawn tokens are replayed"
	if r.Profile.OwnDraws {
		draws = "by a sampler of its own: drawn tokens are not replayed, and only claims, ranks, usage and repeats tell what was drawn by the version"
	}
	_, err := fmt.Fprintf(w, "%d answers of %s to %d questions; it draws %s\n", r.Answers, r.Server, r.Questions, draws)
	return err
}
