package epoch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/attack"
)

// errFlag is wrapped by every error about a flag of attack.
var errFlag = errors.New("attack")

// measure is what a cell of the table shows.
type measure struct {
	name, about string
	of          func(*attack.Result) string
}

var measures = []measure{
	{"share", "the cabal's share of the emission, in percent", func(r *attack.Result) string { return percent(r.Share()) }},
	{"incentive", "what the cabal's miners get of the emission, in percent", func(r *attack.Result) string { return percent(r.Incentive) }},
	{"dividends", "what the cabal's validators get of the emission, in percent", func(r *attack.Result) string { return percent(r.Dividends) }},
	{"honest", "what honest miners and validators keep of the emission, in percent", func(r *attack.Result) string { return percent(r.Honest()) }},
	{"relative", "the cabal's dividends per stake over those of honest validators", func(r *attack.Result) string { return times(r.Relative) }},
	{"stray", "part of the incentives that does not go where quality is, in percent", func(r *attack.Result) string { return percent(r.Stray) }},
}

func percent(x float64) string { return strconv.FormatFloat(100*x, 'f', 1, 64) }

// times is a quotient; beyond a hundred only its size matters.
func times(x float64) string {
	if x > 99 {
		return ">99"
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}

// outputs are the ways to print.
var outputs = []string{"table", "markdown", "csv", "json"}

// lab is what the flags say.
type lab struct {
	world    attack.World
	rules    attack.Rules
	grid     attack.Grid
	variants []string
	stakes   []float64 // percent
	average  float64
	low      float64
	high     float64
	full     bool
	measure  string
	output   string
}

// attackCommand plays cabals against honest stake. It needs no chain and no home.
func attackCommand() *cobra.Command {
	l := lab{world: attack.DefaultWorld(), rules: attack.DefaultRules(), grid: attack.DefaultGrid()}
	cmd := &cobra.Command{
		Use:   "attack",
		Short: "Play cabals against honest stake and show what they earn",
		Long:  attackHelp(),
		Example: `  # every strategy from 5 % to 60 % of the stake, under the rules of a new subnet
  agond epoch attack

  # what copying pays beside honest work where bonds move slower
  agond epoch attack --strategy copy,lazy --variant classic --measure relative --bonds-moving-average 0.975

  # where a minority takes over: kappa swept
  agond epoch attack --strategy self-dealing --kappa 0.4,0.5,0.6

  # everything, kappa and penalty swept, for a spreadsheet (half a minute)
  agond epoch attack --full --output csv > attack.csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return l.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), cmd.Flags().Changed)
		},
		SilenceUsage: true,
	}
	f := cmd.Flags()
	f.StringSliceVar(&l.grid.Strategies, "strategy", l.grid.Strategies, "what the cabal does, one or more")
	f.Float64SliceVar(&l.stakes, "stake", percents(l.grid.Stakes), "the cabal's part of all stake in `percent`, one or more, above 0 and below 100")
	f.StringSliceVar(&l.variants, "variant", names(l.grid.Variants), "how bonds grow, one or more")
	f.Float64SliceVar(&l.grid.Kappas, "kappa", l.grid.Kappas, "`part` of the stake that must support a weight, one or more, 0 to 1")
	f.Float64SliceVar(&l.grid.Penalties, "penalty", l.grid.Penalties, "`bonds_penalty`, one or more, 0 to 1")
	f.BoolVar(&l.full, "full", false, "sweep kappa over 0.4, 0.5, 0.6 and the penalty over 0, 0.5, 1")
	f.Float64Var(&l.average, "bonds-moving-average", float64(l.rules.Params.BondsMovingAverage)/1e6, "part of a bond that an epoch keeps, 0 to below 1")
	f.Float64Var(&l.low, "alpha-low", round3(l.rules.Params.AlphaLow), "slowest rate of bonds under liquid-alpha, 0 to 1")
	f.Float64Var(&l.high, "alpha-high", round3(l.rules.Params.AlphaHigh), "fastest rate of bonds under liquid-alpha, 0 to 1")
	f.Uint64Var(&l.rules.Params.ActivityCutoff, "activity-cutoff", l.rules.Params.ActivityCutoff, "blocks for which weights count without being renewed; an epoch has 360")
	f.IntVar(&l.rules.ExamReceipts, "exam-receipts", l.rules.ExamReceipts, "receipts that a weight needs; 0 with --exam-openings 0 switches the proof of examination off")
	f.IntVar(&l.rules.ExamOpenings, "exam-openings", l.rules.ExamOpenings, "receipts that a reveal opens, up to 64")
	f.IntVar(&l.world.Validators, "validators", l.world.Validators, "honest validators")
	f.IntVar(&l.world.CabalValidators, "cabal-validators", l.world.CabalValidators, "validators that share the cabal's stake")
	f.IntVar(&l.world.Miners, "miners", l.world.Miners, "honest miners")
	f.IntVar(&l.world.CabalMiners, "cabal-miners", l.world.CabalMiners, "the cabal's miners, which are worthless")
	f.IntVar(&l.world.Epochs, "epochs", l.world.Epochs, "epochs measured")
	f.IntVar(&l.world.WarmUp, "warm-up", l.world.WarmUp, "epochs before, in which bonds come to rest")
	f.Float64Var(&l.world.Noise, "noise", l.world.Noise, "error of an honest judgement, as part of the quality")
	f.Float64Var(&l.world.Drift, "drift", l.world.Drift, "how far the quality of a miner moves in an epoch; it is at most 1")
	f.Float64Var(&l.world.Churn, "churn", l.world.Churn, "chance of a miner to be replaced by a newcomer in an epoch")
	f.Uint64Var(&l.world.Seed, "seed", l.world.Seed, "of everything that chance does: the same seed gives the same table")
	f.StringVar(&l.measure, "measure", measures[0].name, "what a cell of the table shows: "+strings.Join(measureNames(), ", "))
	f.StringVar(&l.output, "output", outputs[0], "one of "+strings.Join(outputs, ", "))
	for _, name := range []string{"stake", "kappa", "penalty"} { // 5.000000 is no way to write 5
		flag := f.Lookup(name)
		flag.DefValue = strings.ReplaceAll(flag.DefValue, ".000000", "")
		flag.DefValue = strings.ReplaceAll(flag.DefValue, "00000", "")
	}
	return cmd
}

func attackHelp() string {
	var b strings.Builder
	b.WriteString(`Plays cabals of validators and worthless miners against honest stake, on the arithmetic that the chain runs: epoch after epoch,
with bonds and permits carried over, weights revealed an epoch after they are promised, and the proof of examination.
Stake is fixed for a run, and a uid costs nothing. It needs no chain.

Strategies:
`)
	for _, name := range attack.Strategies() {
		fmt.Fprintf(&b, "  %-20s %s\n", name, attack.About(name))
	}
	b.WriteString("\nMeasures of the table:\n")
	for _, m := range measures {
		fmt.Fprintf(&b, "  %-20s %s\n", m.name, m.about)
	}
	fmt.Fprintf(&b, `
CSV has a header and one line for each case. Its columns are
  %s
where stake, kappa and penalty are fractions; share is incentive + dividends, the cabal's part of the emission; share, honest_incentive,
honest_dividends and unpaid sum to 1; relative and stray are as above, relative is "inf" where honest validators earn nothing.
JSON has the same names, relative null for infinite.`, strings.Join(attack.Columns, ", "))
	return b.String()
}

// run plays the grid and prints it. changed says whether a flag was given.
func (l *lab) run(ctx context.Context, out, progress io.Writer, changed func(string) bool) error {
	if err := l.settle(changed); err != nil {
		return err
	}
	bar := newProgress(progress)
	results, err := attack.Sweep(ctx, l.world, l.rules, l.grid, bar.step)
	bar.end()
	if err != nil {
		return err
	}
	switch l.output {
	case "csv":
		return attack.WriteCSV(out, results)
	case "json":
		return writeJSON(out, l.world, results)
	}
	return l.tables(out, results)
}

// settle brings the flags into the lab's own units. What it does not check, the lab does.
func (l *lab) settle(changed func(string) bool) error {
	if !slices.Contains(outputs, l.output) {
		return fmt.Errorf("%w: --output is %q, choose of %s", errFlag, l.output, strings.Join(outputs, ", "))
	}
	if !slices.Contains(measureNames(), l.measure) {
		return fmt.Errorf("%w: --measure is %q, choose of %s", errFlag, l.measure, strings.Join(measureNames(), ", "))
	}
	for _, f := range []struct {
		name  string
		value float64
		most  float64
	}{{"bonds-moving-average", l.average, 0.999999}, {"alpha-low", l.low, 1}, {"alpha-high", l.high, 1}} {
		if math.IsNaN(f.value) || f.value < 0 || f.value > f.most {
			return fmt.Errorf("%w: --%s is %g, choose from 0 to %g", errFlag, f.name, f.value, f.most)
		}
	}
	if l.low > l.high {
		return fmt.Errorf("%w: --alpha-low is %g and above --alpha-high, which is %g: lower it", errFlag, l.low, l.high)
	}
	l.grid.Stakes = l.grid.Stakes[:0]
	for _, s := range l.stakes {
		if math.IsNaN(s) || s <= 0 || s >= 100 {
			return fmt.Errorf("%w: --stake is %g percent, choose above 0 and below 100", errFlag, s)
		}
		l.grid.Stakes = append(l.grid.Stakes, s/100)
	}
	l.grid.Variants = l.grid.Variants[:0]
	for _, v := range l.variants {
		l.grid.Variants = append(l.grid.Variants, attack.Variant(v))
	}
	if l.full {
		for _, name := range []string{"kappa", "penalty"} {
			if changed(name) {
				return fmt.Errorf("%w: --full sweeps %s by itself: leave out one of --full and --%s", errFlag, name, name)
			}
		}
		l.grid.Kappas, l.grid.Penalties = attack.FullGrid().Kappas, attack.FullGrid().Penalties
	}
	if len(l.grid.Cases()) == 0 {
		return fmt.Errorf("%w: --strategy, --stake, --variant, --kappa or --penalty is an empty list: name at least one each", errFlag)
	}
	p := &l.rules.Params
	p.BondsMovingAverage = uint64(math.Round(1e6 * l.average))
	if changed("alpha-low") {
		p.AlphaLow = uint16(l.low * math.MaxUint16)
	}
	if changed("alpha-high") {
		p.AlphaHigh = uint16(l.high * math.MaxUint16)
	}
	return nil
}

// tables prints one table for each variant, kappa and penalty: strategies down, stakes across.
func (l *lab) tables(out io.Writer, results []attack.Result) error {
	m := measures[slices.Index(measureNames(), l.measure)]
	header := table.Row{"cabal's stake"}
	for _, s := range l.stakes {
		header = append(header, strconv.FormatFloat(s, 'g', -1, 64)+" %")
	}
	columns := make([]table.ColumnConfig, len(l.stakes))
	for k := range columns {
		columns[k] = table.ColumnConfig{Number: k + 2, Align: text.AlignRight, AlignHeader: text.AlignRight}
	}
	first := true
	for block := range slices.Chunk(results, len(l.grid.Strategies)*len(l.stakes)) {
		t := table.NewWriter()
		t.SetStyle(table.StyleLight)
		t.Style().Format.Header = text.FormatDefault
		t.SetColumnConfigs(columns)
		t.AppendHeader(header)
		for line := range slices.Chunk(block, len(l.stakes)) {
			row := table.Row{line[0].Strategy}
			for i := range line {
				row = append(row, m.of(&line[i]))
			}
			t.AppendRow(row)
		}
		title := fmt.Sprintf("%s: %s (kappa %g, penalty %g)", block[0].Variant, m.about, block[0].Kappa, block[0].Penalty)
		text := t.Render()
		if l.output == "markdown" {
			title, text = "**"+title+"**\n", t.RenderMarkdown()
		}
		if !first {
			title = "\n" + title
		}
		first = false
		if _, err := fmt.Fprintf(out, "%s\n%s\n", title, text); err != nil {
			return err
		}
	}
	return nil
}

// writeJSON writes the world and the results, with the names of the CSV.
func writeJSON(out io.Writer, w attack.World, results []attack.Result) error {
	type row struct {
		Strategy        string         `json:"strategy"`
		Stake           float64        `json:"stake"`
		Variant         attack.Variant `json:"variant"`
		Kappa           float64        `json:"kappa"`
		Penalty         float64        `json:"penalty"`
		Share           float64        `json:"share"`
		Incentive       float64        `json:"incentive"`
		Dividends       float64        `json:"dividends"`
		HonestIncentive float64        `json:"honest_incentive"`
		HonestDividends float64        `json:"honest_dividends"`
		Unpaid          float64        `json:"unpaid"`
		Relative        *float64       `json:"relative"`
		Stray           float64        `json:"stray"`
	}
	doc := struct {
		Seed    uint64 `json:"seed"`
		Epochs  int    `json:"epochs"`
		Results []row  `json:"results"`
	}{Seed: w.Seed, Epochs: w.Epochs}
	for i := range results {
		r := &results[i]
		line := row{
			Strategy: r.Strategy, Stake: r.Stake, Variant: r.Variant, Kappa: r.Kappa, Penalty: r.Penalty,
			Share: r.Share(), Incentive: r.Incentive, Dividends: r.Dividends,
			HonestIncentive: r.HonestIncentive, HonestDividends: r.HonestDividends, Unpaid: r.Unpaid, Stray: r.Stray,
		}
		if !math.IsInf(r.Relative, 1) {
			line.Relative = &r.Relative
		}
		doc.Results = append(doc.Results, line)
	}
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}

// played tells on a terminal how far a sweep is that takes more than two seconds.
type played struct {
	out   io.Writer
	next  time.Time
	drawn bool
}

func newProgress(out io.Writer) *played {
	f, ok := out.(*os.File)
	if !ok || !isatty.IsTerminal(f.Fd()) {
		out = nil
	}
	return &played{out: out, next: time.Now().Add(patience)}
}

func (p *played) step(done, all int) {
	if p.out == nil || time.Now().Before(p.next) {
		return
	}
	p.next, p.drawn = time.Now().Add(200*time.Millisecond), true
	fmt.Fprintf(p.out, "\rplayed %d of %d cases", done, all)
}

func (p *played) end() {
	if p.drawn {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

func measureNames() []string {
	var list []string
	for _, m := range measures {
		list = append(list, m.name)
	}
	return list
}

func names(variants []attack.Variant) []string {
	var list []string
	for _, v := range variants {
		list = append(list, string(v))
	}
	return list
}

func percents(fractions []float64) []float64 {
	var list []float64
	for _, f := range fractions {
		list = append(list, math.Round(1e4*f)/100)
	}
	return list
}

func round3(u16 uint16) float64 { return math.Round(1e3*float64(u16)/math.MaxUint16) / 1e3 }
