package validator_test

import (
	"bytes"
	"context"
	"slices"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/validator"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
)

// court keeps cases as x/dispute does. Its rules are those of its keeper's accuse and vote; it decides by heads instead of by weight. The
// fakeChain's mutex guards it.
type court struct {
	chain  *fakeChain
	params disputetypes.Params
	cases  []*disputetypes.Case
	bench  map[uint64][]disputetypes.Judge
	judges []string // who sits
	barred int64

	promises map[uint64]map[string]bool // every hash ever sent, by case
}

func newCourt(c *fakeChain, judges ...string) *court {
	p := disputetypes.DefaultParams()
	p.CommitBlocks, p.RevealBlocks, p.RestAfterUndecided = 8, 8, 5
	c.court = &court{chain: c, params: p, bench: map[uint64][]disputetypes.Judge{}, judges: judges, promises: map[uint64]map[string]bool{}}
	return c.court
}

func (k *court) open(miner, accuser string, evidence []byte) (*disputetypes.Case, error) {
	for _, c := range k.cases {
		if c.Miner == miner && c.Open() {
			return nil, disputetypes.ErrCaseOpen
		}
	}
	if k.barred > k.chain.height {
		return nil, disputetypes.ErrBarred
	}
	c := &disputetypes.Case{
		Id: uint64(len(k.cases) + 1), Netuid: testNetuid, Miner: miner, Accuser: accuser, Evidence: evidence, OpenedAt: k.chain.height,
		Terms: k.params.TermsAt(k.chain.height), Status: disputetypes.CaseStatus_CASE_STATUS_OPEN,
	}
	k.cases = append(k.cases, c)
	for _, j := range k.judges {
		k.bench[c.Id] = append(k.bench[c.Id], disputetypes.Judge{CaseId: c.Id, Hotkey: j, Owner: j, Weight: 1})
	}
	return c, nil
}

func (k *court) handle(m sdk.Msg) error {
	if a, ok := m.(*disputetypes.MsgAccuse); ok {
		require.NoError(k.chain.t, a.ValidateBasic())
		if a.Log10E < k.params.MinEvidence {
			return disputetypes.ErrInvalidAccusation
		}
		_, err := k.open(a.Miner, a.Hotkey, a.Evidence)
		return err
	}
	var id uint64
	var hotkey string
	switch m := m.(type) {
	case *disputetypes.MsgCommitVote:
		require.NoError(k.chain.t, m.ValidateBasic())
		id, hotkey = m.CaseId, m.Hotkey
		if k.promises[id] == nil {
			k.promises[id] = map[string]bool{}
		}
		k.promises[id][string(m.Hash)] = true
	case *disputetypes.MsgRevealVote:
		require.NoError(k.chain.t, m.ValidateBasic())
		id, hotkey = m.CaseId, m.Hotkey
	}
	c := k.cases[id-1]
	i := slices.IndexFunc(k.bench[id], func(j disputetypes.Judge) bool { return j.Hotkey == hotkey })
	if i < 0 {
		return disputetypes.ErrNotJudge
	}
	j, now := &k.bench[id][i], k.chain.height
	switch m := m.(type) {
	case *disputetypes.MsgCommitVote:
		switch {
		case now > c.Terms.CommitUntil:
			return disputetypes.ErrTooLate
		case len(j.Commit) > 0:
			return disputetypes.ErrAlreadyVoted
		}
		j.Commit = m.Hash
	case *disputetypes.MsgRevealVote:
		address, err := sdk.AccAddressFromBech32(hotkey)
		require.NoError(k.chain.t, err)
		hash := disputetypes.Vote{CaseID: id, Hotkey: address, Verdict: m.Verdict, Evidence: m.Evidence, Salt: m.Salt}.Hash()
		switch {
		case now <= c.Terms.CommitUntil:
			return disputetypes.ErrTooEarly
		case now > c.Terms.RevealUntil:
			return disputetypes.ErrTooLate
		case len(j.Commit) == 0:
			return disputetypes.ErrNotCommitted
		case j.Verdict != disputetypes.Verdict_VERDICT_UNSPECIFIED:
			return disputetypes.ErrAlreadyVoted
		case !bytes.Equal(hash[:], j.Commit):
			return disputetypes.ErrHashMismatch
		}
		j.Verdict, j.Evidence = m.Verdict, m.Evidence
	}
	return nil
}

// decide what is due: all that was said must say the same.
func (k *court) decide() {
	for _, c := range k.cases {
		if !c.Open() || k.chain.height <= c.Terms.RevealUntil {
			continue
		}
		said := map[disputetypes.Verdict]int{}
		for _, j := range k.bench[c.Id] {
			said[j.Verdict]++
		}
		guilty, not := said[disputetypes.Verdict_VERDICT_GUILTY], said[disputetypes.Verdict_VERDICT_NOT_GUILTY]
		c.Outcome = &disputetypes.Outcome{EndedAt: k.chain.height}
		switch {
		case guilty > 0 && not == 0:
			c.Status = disputetypes.CaseStatus_CASE_STATUS_GUILTY
		case not > 0 && guilty == 0:
			c.Status = disputetypes.CaseStatus_CASE_STATUS_REJECTED
		default:
			c.Status = disputetypes.CaseStatus_CASE_STATUS_UNDECIDED
		}
	}
}

// verdict of a judge in a case.
func (k *court) verdict(id uint64, hotkey string) disputetypes.Judge {
	k.chain.mu.Lock()
	defer k.chain.mu.Unlock()
	for _, j := range k.bench[id] {
		if j.Hotkey == hotkey {
			return j
		}
	}
	return disputetypes.Judge{}
}

// asks is what one validator's node says of the court.
type asks struct {
	*court
	self validator.Self
}

// DisputeParams implements validator.Disputes.
func (a asks) DisputeParams(context.Context) (disputetypes.Params, error) { return a.params, nil }

// OpenCases implements validator.Disputes.
func (a asks) OpenCases(context.Context) ([]disputetypes.Case, error) {
	return a.some(func(c *disputetypes.Case) bool { return c.Open() }), nil
}

// CasesOf implements validator.Disputes.
func (a asks) CasesOf(_ context.Context, miner string) ([]disputetypes.Case, error) {
	return a.some(func(c *disputetypes.Case) bool { return c.Miner == miner }), nil
}

func (a asks) some(want func(*disputetypes.Case) bool) (out []disputetypes.Case) {
	a.chain.mu.Lock()
	defer a.chain.mu.Unlock()
	for _, c := range slices.Backward(a.cases) {
		if want(c) {
			out = append(out, *c)
		}
	}
	return out
}

// Case implements validator.Disputes.
func (a asks) Case(_ context.Context, id uint64) (disputetypes.Case, []disputetypes.Judge, bool, error) {
	a.chain.mu.Lock()
	defer a.chain.mu.Unlock()
	if id == 0 || id > uint64(len(a.cases)) {
		return disputetypes.Case{}, nil, false, nil
	}
	return *a.cases[id-1], slices.Clone(a.bench[id]), true, nil
}

// Accuser implements validator.Disputes.
func (a asks) Accuser(context.Context) (disputetypes.QueryAccuserResponse, error) {
	var out disputetypes.QueryAccuserResponse
	for _, c := range a.some(func(c *disputetypes.Case) bool { return c.Open() && c.Accuser == a.self.Hotkey.String() }) {
		out.OpenCases = append(out.OpenCases, c.Id)
	}
	if a.barred > a.chain.height {
		out.BarredUntil = a.barred
	}
	return out, nil
}
