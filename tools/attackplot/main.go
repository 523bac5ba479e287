package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

func main() {
	out := bufio.NewWriter(os.Stdout)
	err := plot(os.Stdin, out)
	if err = errors.Join(err, out.Flush()); err != nil {
		fmt.Fprintln(os.Stderr, "attackplot:", err)
		os.Exit(1)
	}
}

// Sizes are in units of the picture.
const (
	side   = 240 // of a panel
	gap    = 44  // between panels
	left   = 52
	top    = 34
	bottom = 78 // below the panels: axis and legend
)

// colours can be told apart by the colour-blind; lines also differ by their dashes.
var (
	colours = []string{"#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999"}
	dashes  = []string{"", "7 3", "2 3", "9 3 2 3", "4 2", "1 2", "12 4", "3 6"}
)

type point struct{ stake, share float64 }

// figure is the data: lines by panel and strategy, both in the order in which they come.
type figure struct {
	panels, strategies []string
	lines              map[[2]string][]point
	most               float64 // the largest stake
}

// read takes the columns by their names.
func read(in io.Reader) (figure, error) {
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		return figure{}, err
	}
	if len(rows) < 2 {
		return figure{}, errors.New("the input has no results: pipe in agond epoch attack --output csv")
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	for _, name := range []string{"strategy", "stake", "variant", "kappa", "penalty", "share"} {
		if _, ok := column[name]; !ok {
			return figure{}, fmt.Errorf("the input has no column %q: pipe in agond epoch attack --output csv", name)
		}
	}
	f := figure{lines: map[[2]string][]point{}}
	for i, row := range rows[1:] {
		get := func(name string) string { return row[column[name]] }
		if get("kappa") != rows[1][column["kappa"]] || get("penalty") != rows[1][column["penalty"]] {
			return figure{}, fmt.Errorf("line %d has kappa %s and penalty %s, others have other ones: plot one of each", i+2, get("kappa"), get("penalty"))
		}
		stake, err := strconv.ParseFloat(get("stake"), 64)
		if err != nil {
			return figure{}, fmt.Errorf("line %d: stake: %w", i+2, err)
		}
		share, err := strconv.ParseFloat(get("share"), 64)
		if err != nil {
			return figure{}, fmt.Errorf("line %d: share: %w", i+2, err)
		}
		panel, strategy := get("variant"), get("strategy")
		if !slices.Contains(f.panels, panel) {
			f.panels = append(f.panels, panel)
		}
		if !slices.Contains(f.strategies, strategy) {
			f.strategies = append(f.strategies, strategy)
		}
		f.lines[[2]string{panel, strategy}] = append(f.lines[[2]string{panel, strategy}], point{stake, share})
		f.most = max(f.most, stake)
	}
	if len(f.strategies) > len(colours) {
		return figure{}, fmt.Errorf("%d strategies, at most %d can be told apart: choose with --strategy", len(f.strategies), len(colours))
	}
	return f, nil
}

func plot(in io.Reader, out io.Writer) error {
	f, err := read(in)
	if err != nil {
		return err
	}
	var b strings.Builder
	width, height := left+len(f.panels)*(side+gap), top+side+bottom
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="11" role="img">`+"\n", width, height)
	fmt.Fprintln(&b, "<title>Share of the emission that a cabal gets, against its share of the stake</title>")
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text transform="translate(14 %d) rotate(-90)" text-anchor="middle">cabal's share of the emission</text>`+"\n", top+side/2)
	for k, panel := range f.panels {
		f.draw(&b, left+k*(side+gap), panel)
	}
	for k, s := range f.strategies {
		x, y := left+k%4*190, top+side+50+k/4*18
		fmt.Fprintf(&b, `<path d="M%d %dh26" %s/><text x="%d" y="%d">%s</text>`+"\n", x, y-4, stroke(k), x+32, y, s)
	}
	b.WriteString("</svg>\n")
	_, err = io.WriteString(out, b.String())
	return err
}

func stroke(k int) string {
	return fmt.Sprintf(`fill="none" stroke="%s" stroke-width="2" stroke-dasharray="%s"`, colours[k], dashes[k])
}

// draw draws one panel whose left edge is at x0.
func (f *figure) draw(b *strings.Builder, x0 int, panel string) {
	x := func(stake float64) float64 { return float64(x0) + stake/f.most*side }
	y := func(share float64) float64 { return top + (1-share)*side }
	fmt.Fprintf(b, `<text x="%d" y="%d" font-size="13" font-weight="bold">%s</text>`+"\n", x0, top-12, panel)
	for tick := range 5 {
		share, stake := float64(tick)/4, f.most*float64(tick)/4
		fmt.Fprintf(b, `<path d="M%d %.1fh%d" stroke="#dddddd"/><text x="%d" y="%.1f" text-anchor="end">%g %%</text>`,
			x0, y(share), side, x0-4, y(share)+4, 100*share)
		fmt.Fprintf(b, `<path d="M%.1f %dv%d" stroke="#dddddd"/><text x="%.1f" y="%d" text-anchor="middle">%.0f %%</text>`+"\n",
			x(stake), top, side, x(stake), top+side+14, 100*stake)
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle">cabal's share of the stake</text>`+"\n", x0+side/2, top+side+29)
	fmt.Fprintf(b, `<path d="M%.1f %.1fL%.1f %.1f" stroke="#999999" stroke-width="1"/>`+"\n", x(0), y(0), x(f.most), y(f.most))
	for k, s := range f.strategies {
		line := f.lines[[2]string{panel, s}]
		if len(line) == 0 {
			continue
		}
		var d strings.Builder
		for i, p := range line {
			fmt.Fprintf(&d, "%c%.1f %.1f", "ML"[min(i, 1)], x(p.stake), y(p.share))
		}
		fmt.Fprintf(b, `<path d="%s" %s/>`+"\n", d.String(), stroke(k))
	}
}
