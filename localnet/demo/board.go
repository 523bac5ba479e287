package demo

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/internal/display"
	"github.com/agon-chain/agon/localnet"
)

// barWidth is the length of the longest bar of the leaderboard, in characters.
const barWidth = 30

// board draws the leaderboard: redrawn in place on a terminal, one line an epoch elsewhere.
type board struct {
	out      io.Writer
	terminal bool
	network  *localnet.Network
	lines    int // of the last drawing
}

// draw shows where the network stands. Elsewhere than on a terminal it speaks only when an epoch has ended. first is the epoch of
// each subnet that was running at the start.
func (b *board) draw(graphs []*chain.Metagraph, first []uint64, epochs uint64, ended []bool) {
	if !b.terminal {
		for i, graph := range graphs {
			if ended[i] {
				fmt.Fprintf(b.out, "%s, epoch %2d/%d  %s\n", b.network.Config().Subnets[i].Name, graph.Epoch.Index-first[i], epochs, b.line(graph))
			}
		}
		return
	}
	var tables []string
	for i, graph := range graphs {
		tables = append(tables, b.table(b.network.Config().Subnets[i].Name, graph, graph.Epoch.Index-first[i], epochs))
	}
	drawn := strings.Join(tables, "\n")
	if b.lines > 0 {
		// Up over the last drawing, and clear from there.
		fmt.Fprintf(b.out, "\x1b[%dA\x1b[J", b.lines)
	}
	fmt.Fprintln(b.out, drawn)
	b.lines = strings.Count(drawn, "\n") + 1
}

// line is the leaderboard in one line: each miner's incentive.
func (b *board) line(graph *chain.Metagraph) string {
	var parts []string
	for _, m := range localnet.Of(graph.Netuid, b.network.Miners()) {
		if neuron, ok := graph.ByHotkey(m.Hotkey); ok {
			parts = append(parts, m.Name+" "+display.Fraction(uint64(neuron.Incentive)))
		}
	}
	return strings.Join(parts, "  ")
}

// table is a subnet's leaderboard with a bar for each miner and a line of progress.
func (b *board) table(name string, graph *chain.Metagraph, epoch, epochs uint64) string {
	t := display.NewTable(name, table.Row{"miner", "kind", "uid", "incentive", "", "last epoch"}, "miner", "kind", "")
	miners := localnet.Of(graph.Netuid, b.network.Miners())
	slices.SortStableFunc(miners, func(x, y *localnet.Participant) int {
		nx, _ := graph.ByHotkey(x.Hotkey)
		ny, _ := graph.ByHotkey(y.Hotkey)
		return int(ny.Incentive) - int(nx.Incentive)
	})
	for _, m := range miners {
		neuron, _ := graph.ByHotkey(m.Hotkey)
		share := fraction(neuron.Incentive)
		t.AppendRow(table.Row{
			m.Name, m.Kind, neuron.UID, display.Fraction(uint64(neuron.Incentive)),
			pad(strings.Repeat("█", int(share*barWidth+0.5)), barWidth), display.Column(neuron.Emission),
		})
	}
	t.AppendSeparator()
	for _, v := range localnet.Of(graph.Netuid, b.network.Validators()) {
		neuron, _ := graph.ByHotkey(v.Hotkey)
		share := fraction(neuron.Dividends)
		t.AppendRow(table.Row{
			v.Name, v.Kind, neuron.UID, display.Fraction(uint64(neuron.Dividends)),
			pad(strings.Repeat("▒", int(share*barWidth+0.5)), barWidth), display.Column(neuron.Emission),
		})
	}
	done := int(float64(barWidth) * float64(min(epoch, epochs)) / float64(max(epochs, 1)))
	progress := fmt.Sprintf("height %d  epoch %d of %d  %s%s  next in %d blocks", graph.Height, epoch, epochs,
		strings.Repeat("━", done), strings.Repeat("─", barWidth-done), max(graph.Epoch.DueAt-graph.Height, 0))
	return t.Render() + "\n" + progress
}

// results shows the final report.
func (b *board) results(r Report) {
	for _, s := range r.Subnets {
		b.subnet(s)
	}
	fmt.Fprintf(b.out, "AGON at height %d: %s came to be, %s are accounted for\n", r.Height, display.Column(r.Supply.Minted), display.Column(r.Supply.Accounted))
	for _, s := range r.Subnets {
		fmt.Fprintf(b.out, "Token of %s: %s came to be, %s are accounted for\n", s.Name, display.Column(s.Token.Minted), display.Column(s.Token.Accounted))
	}
	if r.Passed {
		fmt.Fprintln(b.out, "\nPASSED: experts earned by what they are worth, nobody else earned, every coin is accounted for.")
		return
	}
	fmt.Fprintln(b.out, "\nFAILED:")
	for _, failure := range r.Failures {
		fmt.Fprintf(b.out, "  - %s\n", failure)
	}
}

// subnet shows what one subnet's miners are worth on questions that no validator asks, and what everybody earned.
func (b *board) subnet(s SubnetResult) {
	header := table.Row{
		"miner", "kind", "uid", "accuracy", "95 % interval", "incentive", "earned (tokens)",
		fmt.Sprintf("of it in %d epochs of all", s.EpochsTogether),
	}
	accused := slices.ContainsFunc(s.Miners, func(m MinerResult) bool { return m.Accused != "" })
	if accused {
		header = append(header, "caught by")
	}
	miners := display.NewTable(s.Name+" ("+s.Task+"): true accuracy on held-out questions, and what the network paid for it", header, "miner", "kind", "caught by")
	for _, m := range s.Miners {
		row := table.Row{
			m.Name, m.Kind, m.UID, fmt.Sprintf("%.3f", m.HeldOutAccuracy),
			fmt.Sprintf("%.3f – %.3f", m.AccuracyLower, m.AccuracyUpper), fmt.Sprintf("%5.1f %%", 100*m.Incentive), display.Column(m.Earned),
			display.Column(m.EarnedTogether),
		}
		if accused {
			row = append(row, m.Accused)
		}
		miners.AppendRow(row)
	}
	validators := display.NewTable("Validators: what a unit of stake earned",
		table.Row{"validator", "kind", "uid", "stake (tokens)", "earned (tokens)", "earned per stake"}, "validator", "kind")
	for _, v := range s.Validators {
		validators.AppendRow(table.Row{v.Name, v.Kind, v.UID, display.Column(v.Stake), display.Column(v.Earned), fmt.Sprintf("%.5f", v.EarnedPerStake)})
	}
	fmt.Fprintf(b.out, "\n%s\n\n%s\n\n", miners.Render(), validators.Render())
	for _, c := range s.Cases {
		fmt.Fprintf(b.out, "Case %d against %s (%s): %s, %s AGON of its collateral slashed\n", c.Case, c.Miner, c.Reason, c.Status, display.Column(c.Slashed))
	}
	for _, one := range s.Bindings {
		proven := "not asked yet"
		if one.ProvenAt > 0 {
			proven = fmt.Sprintf("proved its files at height %d", one.ProvenAt)
		}
		fmt.Fprintf(b.out, "%s is bound to %s: %s\n", one.Miner, one.Version, proven)
	}
}

// fraction is a part of 65535 as a part of 1.
func fraction(u16 uint16) float64 { return float64(u16) / 65_535 }

// pad fills a string up to a width in characters.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-text.RuneWidthWithoutEscSequences(s)))
}
