package explain

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/x/scoring/yuma"
)

// source is a small generator (splitmix64): a seed means the same epoch always.
type source uint64

func (s *source) below(n int) int {
	*s += 0x9E3779B97F4A7C15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return int((z ^ z>>31) % uint64(n))
}

func (s *source) row(n int) (row []yuma.Entry) {
	for j := range n {
		if s.below(3) == 0 {
			row = append(row, yuma.Entry{UID: uint16(j), Value: uint16(s.below(4) * s.below(20000))})
		}
	}
	return row
}

func (s *source) epoch() epoch {
	n := 1 + s.below(8)
	x := epoch{
		yuma.Params{
			Kappa: uint16(s.below(65536)), BondsPenalty: uint16(s.below(3) * 32767), BondsMovingAverage: uint64(s.below(3) * 500000),
			AlphaLow: 6553, AlphaHigh: 58982, AlphaSigmoidSteepness: 1000,
			Yuma3: s.below(2) == 0, LiquidAlpha: s.below(2) == 0, CommitReveal: s.below(2) == 0, BondsDecayOmitted: s.below(2) == 0,
			ActivityCutoff: uint64(s.below(40)), Tempo: 10, MaxValidators: uint16(s.below(n + 1)), StakeThreshold: uint64(s.below(30)),
			LastStepBlock: uint64(s.below(2) * (20 + s.below(30))),
		},
		&yuma.Input{Block: 50, N: n, OwnerUID: s.below(n+1) - 1},
	}
	in := x.in
	for i := range n {
		in.Stake = append(in.Stake, uint64(s.below(3)*s.below(40)))
		if s.below(9) == 0 {
			in.Stake[i] = 1 << 40
		}
		in.LastUpdate, in.RegisteredAt = append(in.LastUpdate, uint64(20+s.below(31))), append(in.RegisteredAt, uint64(s.below(40)))
		in.Permits = append(in.Permits, s.below(3) > 0)
		in.Weights, in.Bonds = append(in.Weights, s.row(n)), append(in.Bonds, s.row(n))
		if s.below(5) == 0 {
			in.Commits = append(in.Commits, yuma.Commit{UID: uint16(i), Block: uint64(s.below(50))})
		}
	}
	return x
}

// Whoever earned nothing in a role is told at least one cause, and nobody else
// is told any.
func TestEveryNothingHasACause(t *testing.T) {
	seen := map[yuma.Reason]int{}
	for seed := range 3000 {
		s := source(seed)
		x := s.epoch()
		for uid := range x.in.N {
			e, err := yuma.Explain(x.p, x.in, uid)
			require.NoError(t, err)
			require.NoError(t, Text(io.Discard, e, Options{}))
			count := map[Role]int{}
			for _, c := range WhyNot(e, Options{}) {
				require.NotEmpty(t, c.Text)
				require.NotEmpty(t, c.Next)
				count[c.Role]++
				seen[c.Reason]++
			}
			require.Equal(t, e.Shares.Server == 0, count[Miner] > 0, "seed %d uid %d", seed, uid)
			require.Equal(t, e.Shares.Validator == 0, count[Validator] > 0, "seed %d uid %d", seed, uid)
		}
	}
	for _, r := range []yuma.Reason{
		CauseNoVoters, CauseNoVotes, CauseNoWeights, CauseNothingBought, CauseNoIncentive, yuma.ReasonConsensusZero,
		yuma.ReasonSelf, yuma.ReasonNoPermit, yuma.ReasonNoStake, yuma.ReasonBelowThreshold, yuma.ReasonInactive,
		yuma.ReasonSetBeforeRegistration, yuma.ReasonCommittedBeforeRegistration, yuma.ReasonZeroWeight, yuma.ReasonNoWeight,
		yuma.ReasonBondVoided,
	} {
		require.NotZero(t, seen[r], "%s never came up", r)
	}
}

func TestCausesInOrder(t *testing.T) {
	x := honest()
	x.in.RegisteredAt[4] = 985 // younger than the weights of 1 and 2, not of 0
	x.in.Weights[0] = []yuma.Entry{{UID: 3, Value: 1}}
	e, err := yuma.Explain(x.p, x.in, 4)
	require.NoError(t, err)
	var reasons []yuma.Reason
	for _, c := range WhyNot(e, Options{}) {
		if c.Role == Miner {
			reasons = append(reasons, c.Reason)
		}
	}
	require.Equal(t, []yuma.Reason{yuma.ReasonSetBeforeRegistration, yuma.ReasonNoWeight}, reasons)

	x.in.RegisteredAt[4] = 984 // the weights of 1 count, but its stake is a minority
	e, err = yuma.Explain(x.p, x.in, 4)
	require.NoError(t, err)
	c := WhyNot(e, Options{})
	require.Equal(t, yuma.ReasonConsensusZero, c[0].Reason)
	require.Equal(t, yuma.ReasonSetBeforeRegistration, c[1].Reason)
	require.Equal(t, yuma.ReasonNoWeight, c[2].Reason)
	require.Equal(t, "a weight from validators with another 15.00 % of the voting stake.", c[0].Next)
}
