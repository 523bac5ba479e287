package keeper_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/verify"
	"github.com/agon-chain/agon/verify/sequential"
	"github.com/agon-chain/agon/x/dispute/types"
)

// The whole way: several validators ask a miner on their own and keep the sequential account of what they saw; the first whose account is
// enough accuses with the account's hash; the others judge by theirs; a cheat's collateral is slashed with that hash on the chain, and an honest miner
// is not even accused. Behaving well once accused does not help: accounts remember their peak.
func TestEscalation(t *testing.T) {
	f := setup(t)
	profile := sequential.Profile{ReplayRate: 0.01, ClaimRate: 0.01, UsageRate: 0.001, RepeatRate: 0.02, Apart: 0.01}
	r := rand.New(rand.NewPCG(5, 7))
	// A cheat misses one drawn token in eight, an honest miner one in four hundred.
	rates := map[int]float64{first: 0.125, first + 1: 0.0025}
	accounts := map[[2]int]*sequential.Account{} // by judge and miner
	probe := func(judge, miner int, rate float64) *sequential.Account {
		a := accounts[[2]int{judge, miner}]
		if a == nil {
			var err error
			a, err = sequential.New(profile)
			require.NoError(t, err)
			accounts[[2]int{judge, miner}] = a
		}
		misses := 0
		for range 24 {
			if r.Float64() < rate {
				misses++
			}
		}
		a.Observe([]verify.Finding{verify.Counted(verify.Replay, 24, misses, "")}, nil)
		return a
	}
	evidence := func(a *sequential.Account) []byte {
		b, err := a.Marshal()
		require.NoError(t, err)
		return hash(string(b))
	}
	thousandths := func(a *sequential.Account) uint32 { return uint32(math.Floor(1000 * a.Peak / math.Ln10)) }

	round := func() {
		for miner := first; miner <= first+1; miner++ {
			for judge := range 3 {
				probe(judge, miner, rates[miner])
			}
		}
	}
	for range 8 {
		round()
	}
	var id uint64
	for judge := range 3 {
		require.False(t, accounts[[2]int{judge, first + 1}].Accused(), "an honest miner is not accused")
		a := accounts[[2]int{judge, first}]
		if !a.Accused() || id != 0 {
			continue
		}
		m := f.accusation(judge, first)
		m.Evidence, m.Log10E = evidence(a), thousandths(a)
		res, err := f.tryAccuse(m)
		require.NoError(t, err)
		id = res.CaseId
		require.Equal(t, m.Evidence, f.get(id).Evidence)
	}
	require.NotZero(t, id, "a cheat that is this coarse is caught in 8 probes")
	rates[first] = 0 // it is careful from here on
	for range 200 {
		round()
	}
	require.Negative(t, accounts[[2]int{0, first}].Log())

	verdicts := make([]types.Verdict, 3)
	for judge := range verdicts {
		verdicts[judge] = cannotTell
		if accounts[[2]int{judge, first}].Accused() {
			verdicts[judge] = guilty
		}
	}
	f.votes(id, verdicts...)
	c := f.get(id)
	require.Equal(t, types.CaseStatus_CASE_STATUS_GUILTY, c.Status, "%v", verdicts)
	require.NotZero(t, c.Outcome.Burned)
	require.Equal(t, c.Held, c.Outcome.Burned+c.Outcome.Pooled)
	require.Equal(t, c.Held, f.record(first).Record.Slashed)
	require.Zero(t, f.record(first+1).Record.Verdicts)
}
