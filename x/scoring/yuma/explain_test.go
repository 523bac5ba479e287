package yuma

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// requireExplained checks every uid's explanation of an epoch against the
// columns that the slow reference gives for it: what the parts come to must be
// the column itself.
func requireExplained(t testing.TB, p Params, in *Input, seen map[Reason]int) {
	t.Helper()
	want := runOracle(p, in)
	r, err := reckon(p, in)
	require.NoError(t, err)
	all := make([]*Explanation, in.N)
	var ranks, dividends, total int64
	for uid := range all {
		all[uid], err = r.explain(uid)
		require.NoError(t, err)
		for _, v := range all[uid].Miner.Votes {
			ranks += oMul(int64(v.ActiveStake), int64(v.Clipped))
		}
		d := int64(0)
		for _, x := range all[uid].Validator.Targets {
			d += oMul(int64(x.BondShare), int64(x.Incentive))
		}
		if p.Yuma3 {
			d = oMul(int64(all[uid].Standing.ActiveStake), d)
		}
		dividends += d
	}
	for _, e := range all {
		total += oQuo(int64(e.Miner.Rank), ranks) + oQuo(int64(e.Validator.Dividend), dividends)
	}

	for uid, e := range all {
		m, v, s := &e.Miner, &e.Validator, &e.Standing
		require.Equal(t, want.Active[uid], s.Active)
		require.Equal(t, want.Permits[uid], s.NewPermit)
		require.Equal(t, want.StakeWeight[uid], oU16(int64(s.StakeShare)))
		require.Equal(t, s.ActiveStake == 0, len(s.StakeReasons) > 0)
		count(seen, append(slices.Clone(s.StakeReasons), s.PermitReason))

		require.EqualValues(t, ranks, m.RankTotal)
		require.Equal(t, want.Incentive[uid], oU16(oQuo(int64(m.Rank), ranks)))
		require.EqualValues(t, oQuo(int64(m.Rank), ranks), m.Incentive)
		require.Equal(t, want.Consensus[uid], oU16(int64(m.Consensus.Weight)))
		requireConsensus(t, m)
		for _, vote := range m.Votes {
			require.Equal(t, vote.Rank == 0, len(vote.Reasons) > 0, "uid %d vote %+v", uid, vote)
			require.Equal(t, vote.Weight, vote.Clipped+vote.Cut)
			books := all[vote.UID].Validator.Targets
			x := books[find(books, uid)]
			require.Equal(t, []uint64{x.Weight, x.Clipped, uint64(x.RawWeightU16)}, []uint64{vote.Weight, vote.Clipped, uint64(vote.RawWeightU16)})
			count(seen, vote.Reasons)
		}

		var trust int64
		var bonds []Entry
		for _, x := range v.Targets {
			trust += int64(x.Clipped)
			require.Equal(t, x.Weight == 0, len(x.Reasons) > 0, "uid %d target %+v", uid, x)
			require.Equal(t, all[x.UID].Miner.Incentive, x.Incentive)
			require.Equal(t, all[x.UID].Miner.Consensus.Weight, x.Consensus)
			if x.NewBondU16 != 0 {
				bonds = append(bonds, Entry{UID: uint16(x.UID), Value: x.NewBondU16})
			}
			count(seen, append(slices.Clone(x.Reasons), x.BondReasons...))
		}
		require.Equal(t, want.ValidatorTrust[uid], oU16(trust))
		require.Equal(t, want.Bonds[uid], bonds)
		require.EqualValues(t, dividends, v.DividendTotal)
		require.EqualValues(t, oQuo(int64(v.Dividend), dividends), v.Dividends)
		require.Equal(t, want.Dividends[uid], oU16(int64(v.Dividends)))

		require.EqualValues(t, total, e.Shares.Total)
		require.EqualValues(t, want.ServerShare[uid], e.Shares.Server)
		require.EqualValues(t, want.ValidatorShare[uid], e.Shares.Validator)
		require.EqualValues(t, want.CombinedShare[uid], e.Shares.Combined)
		require.Equal(t, want.Fallback, e.Shares.Fallback)
		if e.Shares.Fallback {
			by := map[Reason]uint64{ByActiveStake: s.ActiveStake, ByStake: s.StakeShare}
			require.Equal(t, e.Shares.Validator, by[e.Shares.FallbackBy])
			count(seen, []Reason{e.Shares.FallbackBy})
		}
	}
}

// requireConsensus finds the consensus again from the votes: the smallest
// weight, nothing included, above which there is less stake than kappa.
func requireConsensus(t testing.TB, m *MinerAccount) {
	t.Helper()
	c := m.Consensus
	above := func(weight uint64) (stake uint64) {
		for _, v := range m.Votes {
			if v.Weight > weight {
				stake += v.VotingStake
			}
		}
		return stake
	}
	silent, weights := c.VotingStake, []uint64{}
	if c.SilentVoters > 0 {
		weights = append(weights, 0)
	}
	for _, v := range m.Votes {
		if v.VotingStake != 0 && v.Weight != 0 {
			silent -= v.VotingStake
			weights = append(weights, v.Weight)
		}
	}
	slices.Sort(weights)
	want := uint64(0)
	for _, weight := range weights {
		want = weight
		if above(weight) < c.Kappa {
			break
		}
	}
	require.Equal(t, want, c.Weight)
	require.Equal(t, silent, c.Silent)
	require.Equal(t, above(c.Weight), c.Above)
	if c.Weight > 0 {
		require.Equal(t, above(c.Weight-1), c.Support)
	} else {
		require.Equal(t, c.VotingStake, c.Support)
	}
	require.True(t, c.Above < c.Kappa || c.Above == 0)
	require.True(t, c.Support >= c.Kappa || c.Support == c.VotingStake)
	require.Equal(t, c.Above == 0, c.NextWeight == 0)
}

func count(seen map[Reason]int, reasons []Reason) {
	for _, r := range reasons {
		seen[r]++
	}
}

func TestExplanationOfVectors(t *testing.T) {
	epochs := 0
	for _, s := range epochScenarios(t) {
		t.Run(s.Name, func(t *testing.T) {
			for k := range s.Epochs {
				requireExplained(t, s.Epochs[k].Params.params(), s.Epochs[k].input(t), map[Reason]int{})
				epochs++
			}
		})
	}
	require.GreaterOrEqual(t, epochs, 172)
}

func TestExplanationOfRandomEpochs(t *testing.T) {
	rounds := 1200
	if testing.Short() {
		rounds = 200
	}
	seen := map[Reason]int{}
	for seed := range rounds {
		t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) { explainRandomEpochs(t, seed, seen) })
	}
	for _, r := range []Reason{
		ReasonNoPermit, ReasonSelf, ReasonSetBeforeRegistration, ReasonCommittedBeforeRegistration, ReasonZeroWeight,
		ReasonNoWeight, ReasonNoStake, ReasonBelowThreshold, ReasonStakeRoundsToZero, ReasonInactive, ReasonConsensusZero,
		ReasonBondVoided, ReasonBondDeleted, ReasonPassedOver, ReasonBondNotKept, ReasonOwner,
		ReasonRanked, ReasonOutranked, ByActiveStake, ByStake,
	} {
		require.NotZero(t, seen[r], "%s never came up", r)
	}
}

func explainRandomEpochs(t *testing.T, seed int, seen map[Reason]int) {
	var w Workspace
	var out Output
	s := source(seed + 3_000_000)
	n := 1 + s.below(12)
	if seed%100 == 0 {
		n = 20 + s.below(20)
	}
	in := s.input(n)
	for range 2 {
		p := s.params(n)
		requireExplained(t, p, in, seen)
		require.NoError(t, w.Run(p, in, &out))
		in.Bonds, in.Permits = out.Bonds, out.Permits
		in.Block += 5
		for i := range n {
			if s.chance(1, 2) {
				in.Weights[i], in.LastUpdate[i] = s.row(n), in.Block-1
			}
		}
	}
}

// Two honest validators and a colluder that gives its friend everything.
func collusion() (Params, *Input) {
	return Params{Kappa: 32767, BondsPenalty: 65535, BondsMovingAverage: 900000, ActivityCutoff: 100, Tempo: 10, MaxValidators: 3},
		&Input{
			Block: 1000, N: 5, Stake: []uint64{400, 350, 250, 0, 0}, LastUpdate: []uint64{990, 990, 990, 900, 900},
			RegisteredAt: make([]uint64, 5), Permits: []bool{true, true, true, false, false},
			Weights: [][]Entry{{{3, 40000}, {4, 10000}}, {{3, 40000}, {4, 10000}}, {{4, 65535}}, nil, nil},
			Bonds:   make([][]Entry, 5), OwnerUID: NoOwner,
		}
}

func TestExplainClipping(t *testing.T) {
	p, in := collusion()
	e, err := Explain(p, in, 4)
	require.NoError(t, err)
	fifth := one / 5
	c := e.Miner.Consensus
	require.Equal(t, fifth, c.Weight, "the honest weight")
	require.Equal(t, one, c.NextWeight, "the colluder's")
	require.Equal(t, one/4, c.Above)
	require.Equal(t, c.VotingStake, c.Support)
	require.Equal(t, 3, c.Voters)
	require.Zero(t, c.SilentVoters)
	v := e.Miner.Votes[2]
	require.Equal(t, Vote{
		UID: 2, StakeShare: one / 4, ActiveStake: one / 4, VotingStake: one / 4, LastUpdate: 990, RawWeightU16: 65535,
		Weight: one, Clipped: fifth, Cut: one - fifth, Rank: mulShare(one/4, fifth),
	}, v)

	e, err = Explain(p, in, 2)
	require.NoError(t, err)
	require.Equal(t, fifth, e.Validator.Trust)
	require.Len(t, e.Validator.Targets, 1)
	require.Equal(t, one-fifth, e.Validator.Targets[0].Cut)
	require.Zero(t, e.Shares.Server)
	require.Equal(t, e.Shares.Validator, e.Shares.Combined)
	require.Equal(t, 3, e.Standing.Rank)
	require.Equal(t, 2, e.Standing.LastPermitted)
}

// Each reason decides alone, so each can be made the first one.
func TestExplainReasons(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Params, *Input)
		want   []Reason
	}{
		{"counts", func(*Params, *Input) {}, nil},
		{"no-permit", func(_ *Params, in *Input) { in.Permits[2] = false }, []Reason{ReasonNoPermit}},
		{"set-before", func(_ *Params, in *Input) { in.RegisteredAt[4] = 990 }, []Reason{ReasonSetBeforeRegistration}},
		{"set-after", func(_ *Params, in *Input) { in.RegisteredAt[4] = 989 }, nil},
		{"committed-before", func(p *Params, in *Input) {
			p.CommitReveal, in.RegisteredAt[4], in.Commits = true, 980, []Commit{{2, 985}, {2, 979}}
		}, []Reason{ReasonCommittedBeforeRegistration}},
		{"committed-then", func(p *Params, in *Input) {
			p.CommitReveal, in.RegisteredAt[4], in.Commits = true, 980, []Commit{{2, 980}}
		}, nil},
		{"zero", func(_ *Params, in *Input) { in.Weights[2] = []Entry{{3, 5}, {4, 0}} }, []Reason{ReasonZeroWeight}},
		{"inactive", func(_ *Params, in *Input) { in.LastUpdate[2] = 899 }, []Reason{ReasonInactive}},
		{"no-stake", func(_ *Params, in *Input) { in.Stake[2] = 0 }, []Reason{ReasonNoStake}},
		{"below-threshold", func(p *Params, in *Input) { p.StakeThreshold = 251 }, []Reason{ReasonBelowThreshold}},
		{"owner-below-threshold", func(p *Params, in *Input) { p.StakeThreshold, in.OwnerUID = 251, 2 }, nil},
		{"dust", func(_ *Params, in *Input) { in.Stake[0], in.Stake[2] = 1<<60, 1 }, []Reason{ReasonStakeRoundsToZero}},
		{"dust-times-weight", func(p *Params, in *Input) {
			in.Stake[0], in.Stake[2], in.Weights[2] = 1<<31, 1, []Entry{{3, 1}, {4, 1}}
		}, []Reason{ReasonRoundsToZero}},
		{"consensus-zero", func(_ *Params, in *Input) {
			in.Weights[0], in.Weights[1] = []Entry{{3, 1}}, []Entry{{3, 1}}
		}, []Reason{ReasonConsensusZero}},
		{"inactive-without-permit-and-stake", func(_ *Params, in *Input) {
			in.LastUpdate[2], in.Permits[2], in.Stake[2] = 899, false, 0
		}, []Reason{ReasonNoPermit, ReasonNoStake, ReasonInactive}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, in := collusion()
			c.change(&p, in)
			e, err := Explain(p, in, 4)
			require.NoError(t, err)
			votes := e.Miner.Votes
			require.Equal(t, c.want, votes[len(votes)-1].Reasons)
			requireExplained(t, p, in, map[Reason]int{})
		})
	}
	p, in := collusion()
	in.Weights[2] = []Entry{{2, 7}}
	e, err := Explain(p, in, 2)
	require.NoError(t, err)
	require.Equal(t, []Reason{ReasonSelf}, e.Miner.Votes[0].Reasons)
}

func TestExplainRefusals(t *testing.T) {
	p, in := collusion()
	for _, uid := range []int{-1, 5} {
		_, err := Explain(p, in, uid)
		require.ErrorIs(t, err, ErrUID)
		require.ErrorContains(t, err, fmt.Sprintf("uid %d to explain, below 5 expected", uid))
	}
	p.BondsMovingAverage = 1_000_001
	_, err := Explain(p, in, 0)
	require.ErrorIs(t, err, ErrParams)
}

// An explanation that were wrong would not be given.
func TestExplanationIsChecked(t *testing.T) {
	for name, falsify := range map[string]func(*reckoning){
		"incentive":       func(r *reckoning) { r.w.incentive[4]++ },
		"validator-trust": func(r *reckoning) { r.w.trust[4]++ },
		"dividends":       func(r *reckoning) { r.w.dividends[4]++ },
		"bonds":           func(r *reckoning) { r.out.Bonds[4] = []Entry{{3, 1}} },
		"permit":          func(r *reckoning) { r.out.Permits[4] = true },
	} {
		t.Run(name, func(t *testing.T) {
			p, in := collusion()
			r, err := reckon(p, in)
			require.NoError(t, err)
			falsify(r)
			_, err = r.explain(4)
			require.ErrorIs(t, err, ErrExplanation)
		})
	}
}

// Programs read the names of the fields, so a change of one is a break.
func TestExplanationNames(t *testing.T) {
	p, in := collusion()
	p.CommitReveal, in.Commits = true, []Commit{{0, 5}}
	e, err := Explain(p, in, 3)
	require.NoError(t, err)
	text, err := json.Marshal(e)
	require.NoError(t, err)
	var back Explanation
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, *e, back)
	for _, part := range []string{
		`{"uid":3,"neurons":5,"block":1000,"rules":{"kappa":2147450879,`,
		`"standing":{"owner":false,"stake":0,"last_update":900,"registered_at":0,"active":true,"active_until":1000,`,
		`"miner":{"votes":[{"uid":0,"stake_share":1717986918,`, `"committed_at":5,"raw_weight_u16":40000,"weight":3435973836,`,
		`"validator":{"targets":[],"trust":0,`, `"shares":{"server":`,
	} {
		require.Contains(t, string(text), part)
	}
}
