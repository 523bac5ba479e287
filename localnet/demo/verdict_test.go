package demo

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// good is a report in which the mechanism did what it promises.
func good() Report {
	return Report{Supply: Supply{5, 5}, Epochs: 12, Subnets: []SubnetResult{{
		Name: "s", EpochsTogether: 3,
		Miners: []MinerResult{
			{Name: "b", Kind: "honest", HeldOutAccuracy: 0.7, Earned: 1300, EarnedTogether: 400},
			{Name: "a", Kind: "honest", HeldOutAccuracy: 0.9, Earned: 1000, EarnedTogether: 900},
			{Name: "r", Kind: "random", Earned: 19},
		},
		Validators: []ValidatorResult{
			{Name: "h1", Kind: "honest", EarnedPerStake: 0.4},
			{Name: "h2", Kind: "honest", EarnedPerStake: 0.5},
			{Name: "c", Kind: "copier", EarnedPerStake: 0.19},
		},
		Token: Supply{7, 7},
	}}}
}

func TestVerdict(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spoil func(*Report)
		want  string // part of the only failure; empty: passes
	}{
		{"all-well", func(*Report) {}, ""},
		{"worse-expert-earns-more", func(r *Report) { r.Subnets[0].Miners[0].EarnedTogether = 901 }, "did not earn more"},
		{"equal-earnings-of-unequal-experts", func(r *Report) { r.Subnets[0].Miners[0].EarnedTogether = 900 }, "did not earn more"},
		{"an-expert-hardly-paid", func(r *Report) { r.Subnets[0].EpochsTogether = 2 }, "paid in 2 of 12 epochs"},
		{"dishonest-miner-at-the-bound", func(r *Report) { r.Subnets[0].Miners[2].Earned = 20 }, "r (random) earned 2.00 %"},
		{"nobody-earns", func(r *Report) { r.Subnets[0].Miners = nil }, "0 honest experts"},
		{"copier-at-half-of-the-least-honest", func(r *Report) { r.Subnets[0].Validators[2].EarnedPerStake = 0.2 }, "c (copier)"},
		{"honest-validator-unpaid", func(r *Report) { r.Subnets[0].Validators[0].EarnedPerStake = 0 }, "an honest validator earned nothing"},
		{"coin-lost", func(r *Report) { r.Supply.Accounted-- }, "AGON: 5 base units came to be, 4"},
		{"token-from-nowhere", func(r *Report) { r.Subnets[0].Token.Accounted++ }, "token: 7 base units came to be, 8"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := good()
			tc.spoil(&r)
			r.judge()
			if tc.want == "" {
				require.Empty(t, r.Failures)
				require.True(t, r.Passed)
				return
			}
			require.False(t, r.Passed)
			require.Len(t, r.Failures, 1)
			require.Contains(t, r.Failures[0], tc.want)
		})
	}
}

func TestJudgesCases(t *testing.T) {
	r := SubnetResult{Miners: []MinerResult{{Name: "late", Kind: "honest"}, {Name: "cheat", Kind: "quantizer"}}}
	r.Cases = []CaseResult{{Case: 1, Miner: "cheat", Status: "guilty"}, {Case: 2, Miner: "late", Status: "rejected"}, {Case: 3, Miner: "late", Status: "undecided"}}
	require.Empty(t, r.judgeCases())
	r.Cases = []CaseResult{{Case: 1, Miner: "late", Status: "guilty"}, {Case: 2, Miner: "cheat", Status: "rejected"}}
	require.Equal(t, []string{"late is honest and was found guilty in case 1", "cheat cheats and was acquitted in case 2"}, r.judgeCases())
}
