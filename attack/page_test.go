package attack

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/x/scoring/yuma"
)

// The worked example of docs/consensus.md: validators 0 to 2 with 45, 35 and 20 parts of the stake, miners 3 to 5. Validator 2
// gives all weight to miner 5, which is its own, and from the second epoch on judges as validator 1 does.
func exampleInput() yuma.Input {
	const n = 6
	in := yuma.Input{
		N: n, Stake: make([]uint64, n), LastUpdate: make([]uint64, n), RegisteredAt: make([]uint64, n), Permits: make([]bool, n),
		Weights: make([][]yuma.Entry, n), Bonds: make([][]yuma.Entry, n), OwnerUID: yuma.NoOwner,
	}
	copy(in.Stake, []uint64{45e9, 35e9, 20e9})
	copy(in.Permits, []bool{true, true, true})
	in.Weights[0] = []yuma.Entry{{UID: 3, Value: 60}, {UID: 4, Value: 40}}
	in.Weights[1] = []yuma.Entry{{UID: 3, Value: 50}, {UID: 4, Value: 50}}
	in.Weights[2] = []yuma.Entry{{UID: 5, Value: 100}}
	return in
}

// example runs the example for so many epochs and calls see after each, counted from 1.
func example(t *testing.T, v Variant, epochs int, see func(epoch int, out *yuma.Output)) {
	t.Helper()
	var workspace yuma.Workspace
	var out yuma.Output
	in := exampleInput()
	params := DefaultRules().params(Case{Variant: v, Kappa: 0.5, Penalty: 1})
	for e := range epochs {
		in.Block = uint64(e+1) * params.Tempo
		for uid := range 3 {
			in.LastUpdate[uid] = in.Block - 1
		}
		if e == 1 {
			in.Weights[2] = in.Weights[1]
		}
		require.NoError(t, workspace.Run(params, &in, &out))
		see(e+1, &out)
		params.LastStepBlock = in.Block
		in.Bonds = out.Bonds
		copy(in.Permits, out.Permits)
	}
}

// exampleTables are what the page shows.
func exampleTables(t *testing.T) string {
	var b strings.Builder
	u16 := func(x uint16) string { return fmt.Sprintf("%.4f", float64(x)/65_535) }
	example(t, Classic, 2, func(epoch int, out *yuma.Output) {
		n := len(out.Incentive)
		paid := make([]uint64, 2*n)
		yuma.Payout(append(append([]int64(nil), out.ServerShare...), out.ValidatorShare...), 1000, paid)
		fmt.Fprintf(&b, "Epoch %d, classic bonds:\n\n", epoch)
		b.WriteString("| uid | stake S | consensus C | validator trust | incentive I | dividends D | bond on 3 | bond on 4 | paid of 1000 units |\n")
		b.WriteString("|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n")
		for uid := range n {
			fmt.Fprintf(&b, "| %d | %s | %s | %s | %s | %s | %s | %s | %d |\n", uid, u16(out.StakeWeight[uid]), u16(out.Consensus[uid]),
				u16(out.ValidatorTrust[uid]), u16(out.Incentive[uid]), u16(out.Dividends[uid]),
				u16(bondOn(out.Bonds[uid], 3)), u16(bondOn(out.Bonds[uid], 4)), paid[uid]+paid[n+uid])
		}
		b.WriteString("\n")
	})
	shown := []int{1, 2, 3, 9, 31, 101}
	b.WriteString("Dividends of validator 2, which has 0.2 of the stake, by epoch:\n\n| bonds |")
	for _, e := range shown {
		fmt.Fprintf(&b, " %d |", e)
	}
	b.WriteString("\n|---|" + strings.Repeat("---:|", len(shown)) + "\n")
	for _, v := range Variants() {
		fmt.Fprintf(&b, "| %s |", v)
		example(t, v, shown[len(shown)-1], func(epoch int, out *yuma.Output) {
			for _, e := range shown {
				if e == epoch {
					fmt.Fprintf(&b, " %s |", u16(out.Dividends[2]))
				}
			}
		})
		b.WriteString("\n")
	}
	return b.String()
}

func bondOn(row []yuma.Entry, uid uint16) uint16 {
	for _, e := range row {
		if e.UID == uid {
			return e.Value
		}
	}
	return 0
}

// bestTable is, for every way to set the rules, the most that one of four strategies earns per stake.
func bestTable(t *testing.T) string {
	g := FullGrid()
	g.Strategies, g.Stakes = []string{"self-dealing", "copy", "front-run", "dilute"}, []float64{0.05, 0.45}
	results, err := Sweep(t.Context(), DefaultWorld(), DefaultRules(), g, nil)
	require.NoError(t, err)
	var b strings.Builder
	b.WriteString("| bonds | kappa | penalty 0 | penalty 0.5 | penalty 1 |\n|---|---:|---|---|---|\n")
	for i, cell := range slices.Collect(slices.Chunk(results, len(g.Strategies)*len(g.Stakes))) {
		best := cell[0]
		for _, r := range cell {
			if r.Relative > best.Relative {
				best = r
			}
		}
		if i%len(g.Penalties) == 0 {
			fmt.Fprintf(&b, "| %s | %g |", best.Variant, best.Kappa)
		}
		fmt.Fprintf(&b, " %.2f %s, %.0f %% |", best.Relative, best.Strategy, 100*best.Stake)
		if (i+1)%len(g.Penalties) == 0 {
			b.WriteString("\n")
		}
	}
	return b.String()
}

// The page shows what the arithmetic gives. AGON_UPDATE_DOCS=1 rewrites it.
func TestConsensusPageShowsTheExample(t *testing.T) {
	const page = "../docs/consensus.md"
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	fresh := string(text)
	for name, table := range map[string]string{"worked-example": exampleTables(t), "best-of-a-minority": bestTable(t)} {
		block := regexp.MustCompile("(?s)(<!-- " + name + " -->\n).*?(<!-- end -->)")
		require.Len(t, block.FindAllString(fresh, -1), 1, "the page has lost its %s", name)
		fresh = block.ReplaceAllString(fresh, "${1}\n"+table+"\n${2}")
	}
	if os.Getenv("AGON_UPDATE_DOCS") != "" {
		require.NoError(t, os.WriteFile(page, []byte(fresh), 0o644))
		return
	}
	require.Equal(t, fresh, string(text), "rewrite the page: AGON_UPDATE_DOCS=1 go test ./attack")
}

// What the page works out by hand, step by step.
func TestExampleByHand(t *testing.T) {
	example(t, Classic, 2, func(epoch int, out *yuma.Output) {
		near := func(want []float64, got []uint16) {
			t.Helper()
			for i := range want {
				require.InDelta(t, want[i], float64(got[i])/65_535, 2e-4, "uid %d", i)
			}
		}
		if epoch == 1 {
			near([]float64{0.45, 0.35, 0.2, 0, 0, 0}, out.StakeWeight)
			near([]float64{0, 0, 0, 0.5, 0.4, 0}, out.Consensus)
			near([]float64{0.9, 0.9, 0, 0, 0, 0}, out.ValidatorTrust)
			near([]float64{0, 0, 0, 0.40 / 0.72, 0.32 / 0.72, 0}, out.Incentive)
			near([]float64{0.5625, 0.4375, 0, 0, 0, 0}, out.Dividends)
			return
		}
		near([]float64{0, 0, 0, 0.5, 0.5, 0}, out.Consensus)
		near([]float64{0, 0, 0, 0.500 / 0.955, 0.455 / 0.955, 0}, out.Incentive)
		onFour := 0.05 * 0.10 / 0.455
		near([]float64{0.5556, 0.4339, 0.01*0.500/0.955 + onFour*0.455/0.955}, out.Dividends)
	})
}
