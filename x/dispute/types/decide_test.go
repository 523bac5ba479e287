package types

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// decided is Decide in fractions, as the README says it.
func decided(t Terms, judges []Judge, weights []uint64) CaseStatus {
	sum := map[Verdict]*big.Rat{}
	owners := map[Verdict]map[string]bool{}
	for v := range Verdict_name {
		sum[Verdict(v)], owners[Verdict(v)] = new(big.Rat), map[string]bool{}
	}
	all := new(big.Rat)
	for i, j := range judges {
		w := new(big.Rat).SetInt(new(big.Int).SetUint64(weights[i]))
		all.Add(all, w)
		sum[j.Verdict].Add(sum[j.Verdict], w)
		if weights[i] > 0 {
			owners[j.Verdict][j.Owner] = true
		}
	}
	yes, no := sum[Verdict_VERDICT_GUILTY], sum[Verdict_VERDICT_NOT_GUILTY]
	heard := new(big.Rat).Add(yes, no)
	if heard.Sign() == 0 || new(big.Rat).Quo(heard, all).Cmp(big.NewRat(int64(t.QuorumBps), 10_000)) < 0 {
		return CaseStatus_CASE_STATUS_UNDECIDED
	}
	for v, status := range map[Verdict]CaseStatus{Verdict_VERDICT_GUILTY: CaseStatus_CASE_STATUS_GUILTY, Verdict_VERDICT_NOT_GUILTY: CaseStatus_CASE_STATUS_REJECTED} {
		if new(big.Rat).Quo(sum[v], heard).Cmp(big.NewRat(2, 3)) > 0 && len(owners[v]) >= int(t.MinJudges) {
			return status
		}
	}
	return CaseStatus_CASE_STATUS_UNDECIDED
}

func TestDecideAgainstFractions(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 2))
	seen := map[CaseStatus]int{}
	for range 40_000 {
		terms := Terms{MinJudges: 2 + r.Uint32N(3), QuorumBps: MinQuorumBps + r.Uint32N(5_001)}
		n := 1 + r.IntN(8)
		judges, weights := make([]Judge, n), make([]uint64, n)
		tilt := Verdict(1 + r.IntN(2))
		for i := range judges {
			judges[i] = Judge{Owner: fmt.Sprint(r.IntN(6)), Verdict: tilt}
			if r.IntN(3) == 0 {
				judges[i].Verdict = Verdict(r.IntN(4))
			}
			switch r.IntN(4) {
			case 0:
				weights[i] = r.Uint64N(4)
			case 1:
				weights[i] = math.MaxUint64 / 8 // the most that fits together
			default:
				weights[i] = r.Uint64N(1 << (2 + r.UintN(58)))
			}
		}
		status, o := terms.Decide(judges, weights)
		require.Equal(t, decided(terms, judges, weights), status, "%v %v %v", terms, judges, weights)
		require.LessOrEqual(t, o.Guilty+o.NotGuilty+o.CannotTell, o.Weight)
		seen[status]++
		// More weight for guilty never saves a guilty miner.
		if i := r.IntN(n); status == CaseStatus_CASE_STATUS_GUILTY && judges[i].Verdict == Verdict_VERDICT_GUILTY && weights[i] < math.MaxUint64/16 {
			weights[i] *= 2
			again, _ := terms.Decide(judges, weights)
			require.Equal(t, status, again)
		}
	}
	for _, s := range []CaseStatus{CaseStatus_CASE_STATUS_GUILTY, CaseStatus_CASE_STATUS_REJECTED, CaseStatus_CASE_STATUS_UNDECIDED} {
		require.Greater(t, seen[s], 2_000, "%s", s)
	}
}

// A case that is guilty needs more than two thirds of a quorum: at the least quorum a third of the bench, whatever the parameters say.
func TestLeastThatCanSlash(t *testing.T) {
	terms := Terms{MinJudges: 2, QuorumBps: MinQuorumBps}
	judges := []Judge{{Owner: "a", Verdict: Verdict_VERDICT_GUILTY}, {Owner: "b", Verdict: Verdict_VERDICT_GUILTY}, {Owner: "c", Verdict: Verdict_VERDICT_NOT_GUILTY}, {Owner: "d"}}
	status, _ := terms.Decide(judges, []uint64{100, 101, 99, 300})
	require.Equal(t, CaseStatus_CASE_STATUS_GUILTY, status)
	status, _ = terms.Decide(judges, []uint64{100, 100, 100, 300})
	require.Equal(t, CaseStatus_CASE_STATUS_UNDECIDED, status)
	status, _ = terms.Decide(judges, []uint64{100, 101, 99, 301})
	require.Equal(t, CaseStatus_CASE_STATUS_UNDECIDED, status)
}

// Whatever a vote binds changes its hash; the bytes are what other programs reckon.
func TestVoteHash(t *testing.T) {
	vote := func() Vote {
		return Vote{CaseID: 7, Hotkey: []byte("12345678901234567890"), Verdict: Verdict_VERDICT_GUILTY, Evidence: make([]byte, HashSize), Salt: make([]byte, MinSalt)}
	}
	seen := map[[HashSize]byte]string{vote().Hash(): "itself"}
	for name, change := range map[string]func(*Vote){
		"case":     func(v *Vote) { v.CaseID++ },
		"hotkey":   func(v *Vote) { v.Hotkey = []byte("12345678901234567891") },
		"verdict":  func(v *Vote) { v.Verdict = Verdict_VERDICT_NOT_GUILTY },
		"evidence": func(v *Vote) { v.Evidence[31] = 1 },
		"salt":     func(v *Vote) { v.Salt[0] = 1 },
		"longer":   func(v *Vote) { v.Salt = make([]byte, MinSalt+1) },
		"shifted":  func(v *Vote) { v.Evidence, v.Salt = v.Evidence[:31], make([]byte, MinSalt+1) },
	} {
		v := vote()
		change(&v)
		require.Empty(t, seen[v.Hash()], name)
		seen[v.Hash()] = name
	}
	require.Equal(t, "8cb280b226854a75fbb968f9e1fd6163091d67292bfe4d9a78f8d972ae9ba95a", fmt.Sprintf("%x", vote().Hash()))
}

func TestParamBounds(t *testing.T) {
	require.NoError(t, DefaultParams().Validate())
	for _, b := range DefaultParams().bounds() {
		require.LessOrEqual(t, b.least, b.value, b.name)
	}
	for name, change := range map[string]func(*Params){
		"commit_blocks":       func(p *Params) { p.CommitBlocks = MaxWindow + 1 },
		"reveal_blocks":       func(p *Params) { p.RevealBlocks = 0 },
		"min_judges":          func(p *Params) { p.MinJudges = 1 },
		"quorum_bps":          func(p *Params) { p.QuorumBps = MinQuorumBps - 1 },
		"slash_bps":           func(p *Params) { p.SlashBps = 10_001 },
		"burn_bps":            func(p *Params) { p.BurnBps = 10_001 },
		"retention":           func(p *Params) { p.Retention = 0 },
		"max_cases_per_block": func(p *Params) { p.MaxCasesPerBlock = 0 },
	} {
		p := DefaultParams()
		change(&p)
		err := p.Validate()
		require.ErrorIs(t, err, ErrInvalidParams)
		require.ErrorContains(t, err, name)
	}
}
