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

// draw shows where the network stands. Elsewhere than on a terminal it speaks only when an epoch has ended.
func (b *board) draw(graph *chain.Metagraph, epoch, epochs uint64, ended bool) {
	if !b.terminal {
		if ended {
			fmt.Fprintf(b.out, "epoch %2d/%d  %s\n", epoch, epochs, b.line(graph))
		}
		return
	}
	drawn := b.table(graph, epoch, epochs)
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
	for _, m := range b.network.Miners() {
		if neuron, ok := graph.ByHotkey(m.Hotkey); ok {
			parts = append(parts, m.Name+" "+display.Fraction(uint64(neuron.Incentive)))
		}
	}
	return strings.Join(parts, "  ")
}

// table is the leaderboard with a bar for each miner and a line of progress.
func (b *board) table(graph *chain.Metagraph, epoch, epochs uint64) string {
	t := display.NewTable("", table.Row{"miner", "kind", "uid", "incentive", "", "last epoch"}, "miner", "kind", "")
	miners := slices.Clone(b.network.Miners())
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
	for _, v := range b.network.Validators() {
		neuron, _ := graph.ByHotkey(v.Hotkey)
		share := fraction(neuron.Dividends)
		t.AppendRow(table.Row{
			v.Name, v.Kind, neuron.UID, display.Fraction(uint64(neuron.Dividends)),
			pad(strings.Repeat("▒", int(share*barWidth+0.5)), barWidth), display.Column(neuron.Emission),
		})
	}
	done := int(float64(barWidth) * float64(epoch) / float64(max(epochs, 1)))
	progress := fmt.Sprintf("height %d  epoch %d of %d  %s%s  next in %d blocks", graph.Height, epoch, epochs,
		strings.Repeat("━", done), strings.Repeat("─", barWidth-done), max(graph.Epoch.DueAt-graph.Height, 0))
	return t.Render() + "\n" + progress
}

// results shows the final report.
func (b *board) results(r Report) {
	miners := display.NewTable("Miners: true accuracy on held-out questions, and what the network paid for it",
		table.Row{"miner", "kind", "uid", "accuracy", "95 % interval", "incentive", "earned (tokens)"}, "miner", "kind")
	for _, m := range r.Miners {
		miners.AppendRow(table.Row{
			m.Name, m.Kind, m.UID, fmt.Sprintf("%.3f", m.HeldOutAccuracy),
			fmt.Sprintf("%.3f – %.3f", m.AccuracyLower, m.AccuracyUpper), fmt.Sprintf("%5.1f %%", 100*m.Incentive), display.Column(m.Earned),
		})
	}
	validators := display.NewTable("Validators: what a unit of stake earned",
		table.Row{"validator", "kind", "uid", "stake (tokens)", "earned (tokens)", "earned per stake"}, "validator", "kind")
	for _, v := range r.Validators {
		validators.AppendRow(table.Row{v.Name, v.Kind, v.UID, display.Column(v.Stake), display.Column(v.Earned), fmt.Sprintf("%.5f", v.EarnedPerStake)})
	}
	fmt.Fprintf(b.out, "\n%s\n\n%s\n\n", miners.Render(), validators.Render())
	fmt.Fprintf(b.out, "AGON at height %d: %s came to be, %s are accounted for\n", r.Height, display.Column(r.Supply.Minted), display.Column(r.Supply.Accounted))
	fmt.Fprintf(b.out, "Token of the subnet: %s came to be, %s are accounted for\n\n", display.Column(r.Token.Minted), display.Column(r.Token.Accounted))
	if r.Passed {
		fmt.Fprintln(b.out, "PASSED: experts earned by their true accuracy, nobody else earned, every coin is accounted for.")
		return
	}
	fmt.Fprintln(b.out, "FAILED:")
	for _, failure := range r.Failures {
		fmt.Fprintf(b.out, "  - %s\n", failure)
	}
}

// fraction is a part of 65535 as a part of 1.
func fraction(u16 uint16) float64 { return float64(u16) / 65_535 }

// pad fills a string up to a width in characters.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-text.RuneWidthWithoutEscSequences(s)))
}
