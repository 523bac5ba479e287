package yuma

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Medians are found block by block of columns. Here the columns are of all
// lengths, and so are the rows.
func TestConsensusOverBlocksOfColumns(t *testing.T) {
	for _, c := range []struct {
		name          string
		n, validators int
	}{
		{"few-validators", 3000, 40},
		{"many-validators", 700, 700}, // blocks are larger
		{"one-validator", 10_000, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := source(c.n)
			in := &Input{
				Block: 100, N: c.n, Stake: make([]uint64, c.n), LastUpdate: make([]uint64, c.n), RegisteredAt: make([]uint64, c.n),
				Permits: make([]bool, c.n), Weights: make([][]Entry, c.n), Bonds: make([][]Entry, c.n), OwnerUID: NoOwner,
			}
			budget := 300_000
			for i := range c.n {
				in.LastUpdate[i] = 99
				if i >= c.validators {
					continue
				}
				in.Permits[i] = s.chance(9, 10)
				in.Stake[i] = pick(&s, uint64(0), 1+s.next()%1000, 1+s.next()%1000, 1+s.next()%1000)
				density := pick(&s, 0, 1, 8, 15)
				switch {
				case i == 0:
					density = 12
				case budget <= 0:
					density = 0
				}
				for j := range c.n {
					// The second column is full, and every seventh empty.
					if j == 1 || j%7 != 0 && s.chance(density, 16) {
						in.Weights[i] = append(in.Weights[i], Entry{UID: uint16(j), Value: s.value()})
						budget--
					}
				}
			}
			in.Permits[0], in.Stake[0] = true, 500
			p := Params{Kappa: 9000, ActivityCutoff: 10} // few columns have no consensus

			var w Workspace
			var out Output
			require.NoError(t, w.Run(p, in, &out))
			got := w.consensus

			var plain Workspace
			plain.mark = make([]bool, c.n)
			require.NoError(t, plain.weights.load("weights", in.Weights, c.n, plain.mark))
			plain.stakeColumns(&p, in)
			plain.findVoters(&p)
			plain.maskWeights(&p, in)
			stake, columns := make([]int64, len(plain.voters)), make([][]int64, c.n)
			for k, i := range plain.voters {
				stake[k] = int64(plain.median.stake[k])
				cols, vals := plain.weightRow(i)
				for e, j := range cols {
					if columns[j] == nil {
						columns[j] = make([]int64, len(plain.voters))
					}
					columns[j][k] = int64(vals[e])
				}
			}
			judged := 0
			for j, column := range columns {
				var want int64
				if column != nil {
					want = splitMedian(stake, column, indices(len(column)), plain.median.minority, 0, int64(plain.median.sum))
				}
				require.EqualValues(t, want, got[j], "column %d", j)
				judged += btoi(want != 0)
			}
			require.Greater(t, judged, c.n/2)
		})
	}
}

// Several blocks, against the oracle from end to end.
func TestLargeAgainstDenseOracle(t *testing.T) {
	for seed := range source(rounds(30)) {
		s := seed + 3_000_000
		n := 150
		in, p := s.input(n), s.params(n)
		p.LiquidAlpha = p.LiquidAlpha && seed%10 == 1 // slow
		for i := range n {
			in.Permits[i], in.RegisteredAt[i] = true, 0
		}
		want := runOracle(p, in)
		var w Workspace
		var out Output
		require.NoError(t, w.Run(p, in, &out))
		require.Empty(t, difference(want, &out), "seed %d", seed)
	}
}
