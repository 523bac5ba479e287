package registry_test

import (
	"fmt"
	"testing"

	"github.com/agon-chain/agon/task"
)

func TestZZ(t *testing.T) {
	c := newContest(t, "lingua-high", "whatlang", "lingua-low-all", "random", "constant", "flaky")
	for _, rounds := range []int{5, 10, 20, 40} {
		flips, flip2, fl := 0, 0, 0
		var h, w, l float64
		const N = 60
		for s := 0; s < N; s++ {
			b := c.run(t, byte(s+1), rounds, 12)
			x, y, z := b.Standing("lingua-high").Score, b.Standing("whatlang").Score, b.Standing("lingua-low-all").Score
			h += x
			w += y
			l += z
			if x <= y {
				flips++
			}
			if y <= z {
				flip2++
			}
			for _, d := range []task.MinerID{"random", "constant", "flaky"} {
				if b.Standing(d).Score > 0 {
					fl++
				}
			}
		}
		fmt.Println(rounds*12, "questions: high<=what", flips, "what<=low", flip2, "of", N, "dishonest>0:", fl, "mean scores", h/N, w/N, l/N)
	}
}
