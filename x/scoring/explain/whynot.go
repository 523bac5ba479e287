package explain

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/agon-chain/agon/x/scoring/yuma"
)

// Role is what a neuron earns as.
type Role string

// A neuron may be both.
const (
	Miner     Role = "miner"
	Validator Role = "validator"
)

// Causes beside the reasons of an explanation.
const (
	// CauseNoVoters: no validator has active stake.
	CauseNoVoters yuma.Reason = "no_voters"
	// CauseNoVotes: no validator's row names the miner.
	CauseNoVotes yuma.Reason = "no_votes"
	// CauseNoWeights: the validator's row is empty.
	CauseNoWeights yuma.Reason = "no_weights"
	// CauseNothingBought: the weights that count bought no bond.
	CauseNothingBought yuma.Reason = "nothing_bought"
	// CauseNoIncentive: none of the miners with bonds of the validator has
	// incentive.
	CauseNoIncentive yuma.Reason = "no_incentive"
	// CauseTooSmall: what was earned is below 2^-32 of the epoch.
	CauseTooSmall yuma.Reason = "too_small"
)

// Cause is one thing that kept a neuron from earning.
type Cause struct {
	Role   Role        `json:"role"`
	Reason yuma.Reason `json:"reason"`
	// Text is what is so, Next what to do about it.
	Text string `json:"text"`
	Next string `json:"next"`
}

// WhyNot lists what kept a neuron from earning, in each role in which it earned
// nothing, the most decisive cause first. It is empty for one that earned in
// both.
func WhyNot(e *yuma.Explanation, o Options) []Cause {
	causes := []Cause{}
	if e.Shares.Server == 0 {
		causes = append(causes, minerCauses(e, &o)...)
	}
	if e.Shares.Validator == 0 {
		causes = append(causes, validatorCauses(e, &o)...)
	}
	return causes
}

// WhyNotText writes the causes. Errors are those of w.
func WhyNotText(w io.Writer, e *yuma.Explanation, o Options) error {
	if err := paragraphs(w, headline(e, &o)); err != nil {
		return err
	}
	causes := WhyNot(e, o)
	if len(causes) == 0 {
		return paragraphs(w, "It earned both as a miner and as a validator, so there is no cause to name.")
	}
	last := Role("")
	for _, c := range causes {
		if c.Role != last {
			if err := paragraphs(w, "WHY NOTHING AS A "+strings.ToUpper(string(c.Role))); err != nil {
				return err
			}
			last = c.Role
		}
		if err := paragraphs(w, fmt.Sprintf("- %s\n  Next: %s", c.Text, c.Next)); err != nil {
			return err
		}
	}
	return nil
}

// minerCauses is why the incentive, or the share that it gives, is zero.
func minerCauses(e *yuma.Explanation, o *Options) []Cause {
	m, c := &e.Miner, &e.Miner.Consensus
	var causes []Cause
	add := func(reason yuma.Reason, text, next string) {
		causes = append(causes, Cause{Role: Miner, Reason: reason, Text: text, Next: next})
	}
	if c.Voters == 0 {
		add(CauseNoVoters, "No validator has both a permit and active stake, so no weight in this subnet counts.",
			"validators need stake above the threshold, a permit and weights within the activity cutoff.")
	}
	if len(m.Votes) == 0 {
		add(CauseNoVotes, "No validator has a weight on it.",
			"if it serves, announce an endpoint that answers: validators weigh whom they have examined.")
		return causes
	}
	if m.Rank != 0 {
		add(CauseTooSmall, "Its rank is below what 32 bits can share out.", "more weight from validators with stake.")
		return causes
	}
	if c.Weight == 0 && c.Above != 0 {
		missing := c.Kappa - c.Above
		add(yuma.ReasonConsensusZero,
			fmt.Sprintf("Consensus is zero: %s of the voting stake gives it a weight and %s (kappa) must, so all of it is cut off.",
				percent(c.Above), percent(c.Kappa)),
			fmt.Sprintf("a weight from validators with another %s of the voting stake.", percent(missing)))
	}
	for _, g := range voteGroups(m.Votes) {
		text, next := voteCause(e, o, &g)
		add(g.reason, text, next)
	}
	if n, silent := withoutRow(m); n != 0 {
		add(yuma.ReasonNoWeight, fmt.Sprintf("%s with %s of the voting stake %s no weight on it.",
			number(n, "validator"), percent(silent), verb(n, "has", "have")),
			"be judged well by "+verb(n, "it", "them")+".")
	}
	return causes
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// withoutRow is how many voters do not name the miner at all, and their stake.
func withoutRow(m *yuma.MinerAccount) (n int, stake uint64) {
	n, stake = m.Consensus.SilentVoters, m.Consensus.Silent
	for _, v := range m.Votes {
		if v.VotingStake != 0 && v.Weight == 0 {
			n--
			stake -= v.VotingStake
		}
	}
	return n, stake
}

// group is the votes that have one first reason.
type group struct {
	reason yuma.Reason
	n      int
	stake  uint64
	first  uint64 // block of the oldest update, or commit
	last   uint64
}

// voteGroups groups the votes that brought nothing, those with the largest
// stake first. What consensus cut off is not among them.
func voteGroups(votes []yuma.Vote) []group {
	var groups []group
	for _, v := range votes {
		if len(v.Reasons) == 0 || v.Reasons[0] == yuma.ReasonConsensusZero {
			continue
		}
		at := v.LastUpdate
		if v.Reasons[0] == yuma.ReasonCommittedBeforeRegistration && v.CommittedAt != nil {
			at = *v.CommittedAt
		}
		k := slices.IndexFunc(groups, func(g group) bool { return g.reason == v.Reasons[0] })
		if k < 0 {
			k = len(groups)
			groups = append(groups, group{reason: v.Reasons[0], first: at, last: at})
		}
		g := &groups[k]
		g.n++
		g.stake += v.StakeShare
		g.first, g.last = min(g.first, at), max(g.last, at)
	}
	slices.SortStableFunc(groups, func(a, b group) int {
		switch {
		case a.stake > b.stake:
			return -1
		case a.stake < b.stake:
			return 1
		}
		return b.n - a.n
	})
	return groups
}

// blocks are those of a group: "at 900" or "from 880 to 900".
func (g *group) blocks() string {
	if g.first == g.last {
		return fmt.Sprintf("at block %d", g.first)
	}
	return fmt.Sprintf("from block %d to %d", g.first, g.last)
}

func voteCause(e *yuma.Explanation, o *Options, g *group) (text, next string) {
	who := fmt.Sprintf("%s with %s of the stake", number(g.n, "validator"), percent(g.stake))
	registered := e.Standing.RegisteredAt
	switch g.reason {
	case yuma.ReasonSetBeforeRegistration:
		return fmt.Sprintf("%s gave it weights that were set %s, no later than it registered, at %d.", who, g.blocks(), registered),
			"wait: they count from the next weights of these validators."
	case yuma.ReasonCommittedBeforeRegistration:
		return fmt.Sprintf("%s gave it weights, but %s an unexpired commit %s, from before it registered at %d.",
				who, verb(g.n, "has", "have"), g.blocks(), registered),
			"wait: they count once these commits are revealed or expired."
	case yuma.ReasonNoPermit:
		return fmt.Sprintf("%s weighed it without a permit.", who),
			"they need stake among the largest; their weights count from the epoch after they get a permit."
	case yuma.ReasonSelf:
		return "It weighs itself, which counts for nobody but the owner.", "let other validators judge it."
	case yuma.ReasonZeroWeight:
		return fmt.Sprintf("%s judged it and gave weight zero.", who), "answer better: they have seen its answers."
	case yuma.ReasonInactive:
		return fmt.Sprintf("%s gave it weights, but last updated %s, longer ago than the cutoff of %s.",
			who, g.blocks(), number(e.Rules.ActivityCutoff, "block")), "wait for their next weights."
	case yuma.ReasonBelowThreshold:
		return fmt.Sprintf("%s gave it weights, but %s stake below the threshold of %s.",
			number(g.n, "validator"), verb(g.n, "has", "have"), o.amount(e.Rules.StakeThreshold)), "a weight from a validator above it."
	case yuma.ReasonNoStake:
		return fmt.Sprintf("%s gave it weights, but %s no stake.", number(g.n, "validator"), verb(g.n, "has", "have")),
			"a weight from a validator with stake."
	}
	return fmt.Sprintf("%s gave it weights that came to nothing: %s.", who, phrase(g.reason)),
		"a weight from a validator with more stake."
}
