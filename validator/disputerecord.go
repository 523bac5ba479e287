package validator

import (
	"math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/task"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
)

// AccusationRecord is the last accusation of a miner: what is said, and how far it has come.
type AccusationRecord struct {
	Miner    string `json:"miner"`
	Of       string `json:"of"`    // what the miner says it serves
	Round    uint64 `json:"round"` // last round that the evidence has; an account that was opened later is another matter
	Evidence []byte `json:"evidence"`
	Log10E   uint32 `json:"log10_e"`
	Reason   string `json:"reason"`
	// Tried says that it may have been sent. Case is 0 until it is seen on the chain.
	Tried bool   `json:"tried,omitempty"`
	Case  uint64 `json:"case,omitempty"`
	// Done says that nothing comes of it any more: the case has ended, or none will be opened. Why says which.
	Done bool   `json:"done,omitempty"`
	Why  string `json:"why,omitempty"`
	// Again is the height from which it may be tried, or from which another may be made of the same account: 0 for none.
	Again int64 `json:"again,omitempty"`
	// Refused is how often the chain would not take it.
	Refused uint32 `json:"refused,omitempty"`
}

// VoteStatus is how far a vote has come. It only moves down this list.
type VoteStatus string

const (
	// VoteSeen: the case is known, nothing is decided.
	VoteSeen VoteStatus = "seen"
	// VotePromised: decided and durable here, perhaps sent, not seen on the chain.
	VotePromised VoteStatus = "promised"
	// VoteCommitted: its hash was seen on the chain.
	VoteCommitted VoteStatus = "committed"
	// VoteRevealing: the reveal may have been sent.
	VoteRevealing VoteStatus = "revealing"
	// VoteRevealed: it counts.
	VoteRevealed VoteStatus = "revealed"
	// VoteMissed: its hash was not on the chain in time.
	VoteMissed VoteStatus = "missed"
	// VoteExpired: it was not shown in time.
	VoteExpired VoteStatus = "expired"
	// VoteFailed: the chain has, or takes, none of ours.
	VoteFailed VoteStatus = "failed"
)

// lost says that the vote will not count.
func (s VoteStatus) lost() bool { return s == VoteMissed || s == VoteExpired || s == VoteFailed }

// VoteRecord is a case on whose bench this validator sits, and its vote.
type VoteRecord struct {
	Case  uint64 `json:"case"`
	Miner string `json:"miner"`
	// SeenAt is the height at which the case was first seen, Answers and Log10 what was known of the miner by then: from there on it may behave.
	SeenAt  int64   `json:"seen_at"`
	Answers int     `json:"answers"`
	Log10   float64 `json:"log10"`

	Verdict  disputetypes.Verdict `json:"verdict,omitempty"`
	Evidence []byte               `json:"evidence,omitempty"`
	Round    uint64               `json:"round,omitempty"` // last that the evidence has
	Salt     []byte               `json:"salt,omitempty"`
	Hash     []byte               `json:"hash,omitempty"`

	Status VoteStatus `json:"status"`
	Why    string     `json:"why,omitempty"`
	// Done says that the case has ended, Outcome how, Rest from which height the same evidence may be brought again where it was not decided.
	Done    bool                    `json:"done,omitempty"`
	Outcome disputetypes.CaseStatus `json:"outcome,omitempty"`
	Rest    int64                   `json:"rest,omitempty"`
}

// vote is what the record promises.
func (r VoteRecord) vote(hotkey sdk.AccAddress) disputetypes.Vote {
	return disputetypes.Vote{CaseID: r.Case, Hotkey: hotkey, Verdict: r.Verdict, Evidence: r.Evidence, Salt: r.Salt}
}

// honestAnswers is how many answers a judge must have looked at before it was told of a case to say that a miner is not guilty: every cheat of
// docs/verification.md that a layer sees at all is found within so many. Its evidence must not lean towards guilt either.
const honestAnswers = 50

// standing is what is known of a miner: answers that were looked at, and the evidence that weighs most, of all that it says it serves.
func standing(accounts []task.Account) (answers int, log10 float64) {
	log10 = math.Inf(-1)
	for _, a := range accounts {
		answers += a.Answers
		log10 = max(log10, a.Log10)
	}
	if len(accounts) == 0 {
		log10 = 0
	}
	return answers, log10
}

// guilty says whether an account was ever enough.
func guilty(accounts []task.Account) bool {
	for _, a := range accounts {
		if a.Accused {
			return true
		}
	}
	return false
}

// judge says what a judge thinks: guilty by an account that was once enough, whenever that was; not guilty only by what was seen before the case
// was known. Without a verdict of guilty it waits until it has to say something, for evidence may still come.
func (r VoteRecord) judge(accounts []task.Account, mustSay bool) (disputetypes.Verdict, bool) {
	switch {
	case guilty(accounts):
		return disputetypes.Verdict_VERDICT_GUILTY, true
	case !mustSay:
		return disputetypes.Verdict_VERDICT_UNSPECIFIED, false
	case r.Answers >= honestAnswers && r.Log10 <= 0:
		return disputetypes.Verdict_VERDICT_NOT_GUILTY, true
	}
	return disputetypes.Verdict_VERDICT_CANNOT_TELL, true
}

// mustSay is the height from which a judge says what it can: a quarter of the time for commits before its end, and a few blocks at least.
func mustSay(c disputetypes.Case) int64 {
	return c.Terms.CommitUntil - max(4, (c.Terms.CommitUntil-c.OpenedAt)/4)
}

// thousandths is the evidence as the chain counts it: log10 in thousandths, rounded down but for what floating point lost.
func thousandths(log10 float64) uint32 {
	t := math.Floor(log10*1000 + 1e-6)
	return uint32(max(0, min(t, disputetypes.MaxLog10E)))
}

// toDo is what a vote waits for.
type toDo int

const (
	voteWait toDo = iota
	voteDecide
	voteCommit
	voteReveal
)

// nextVote is the state machine of one vote: what it is, given the case and the judge's seat on the chain at a height, and what to do about it.
func nextVote(r VoteRecord, c disputetypes.Case, seat disputetypes.Judge, height int64) (VoteStatus, string, toDo) {
	revealed := seat.Verdict != disputetypes.Verdict_VERDICT_UNSPECIFIED
	promised := len(seat.Commit) > 0
	switch {
	case r.Status.lost():
		return r.Status, r.Why, voteWait
	case promised && string(seat.Commit) != string(r.Hash):
		return VoteFailed, "the chain has a vote of this hotkey that is not ours: does another process use it?", voteWait
	case revealed:
		return VoteRevealed, "", voteWait
	case promised && (!c.Open() || height >= c.Terms.RevealUntil):
		return VoteExpired, "not revealed in time", voteWait
	case promised && height >= c.Terms.CommitUntil:
		return VoteRevealing, "", voteReveal
	case promised:
		return VoteCommitted, "", voteWait
	case !c.Open() || height >= c.Terms.CommitUntil && (r.Status == VoteSeen || r.Status == VotePromised):
		return VoteMissed, "not promised in time", voteWait
	case r.Status == VoteSeen:
		return VoteSeen, "", voteDecide
	case r.Status == VotePromised:
		return VotePromised, "", voteCommit
	}
	// Seen on the chain before and not now: the node lags behind the one asked before.
	return r.Status, r.Why, voteWait
}
