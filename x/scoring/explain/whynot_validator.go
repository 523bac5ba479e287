package explain

import (
	"fmt"
	"slices"

	"github.com/agon-chain/agon/x/scoring/yuma"
)

// validatorCauses is why the dividends, or the share that they give, are zero.
// Under classic bonds a validator without active stake still earns on bonds that
// it holds; so these causes come only where it did not.
func validatorCauses(e *yuma.Explanation, o *Options) []Cause {
	v := &e.Validator
	var causes []Cause
	add := func(reason yuma.Reason, text, next string) {
		causes = append(causes, Cause{Role: Validator, Reason: reason, Text: text, Next: next})
	}
	if v.Earned != 0 && e.Standing.ActiveStake != 0 {
		add(CauseTooSmall, "Its dividends are below what 32 bits can share out.", "more stake, and weights near consensus.")
		return causes
	}
	for _, r := range e.Standing.StakeReasons {
		if r == yuma.ReasonNoPermit && e.Standing.StakeShare == 0 && !e.Standing.NewPermit {
			continue // it follows from the stake
		}
		if e.Shares.FallbackBy == yuma.ByStake && (r == yuma.ReasonInactive || r == yuma.ReasonNoPermit) {
			continue // stake alone would do
		}
		text, next := stakeCause(e, o, r)
		add(r, text, next)
	}
	if e.Shares.Fallback {
		return causes
	}

	weights, counted, bonds, cut := 0, 0, 0, 0
	for _, t := range v.Targets {
		if t.RawWeightU16 != 0 {
			weights++
		}
		if t.Weight != 0 {
			counted++
			if t.Clipped == 0 {
				cut++
			}
		}
		if t.BondShare != 0 {
			bonds++
		}
	}
	if weights == 0 {
		add(CauseNoWeights, "It weighs nobody.", "set weights; they buy the bonds that earn dividends.")
	}
	for _, g := range targetGroups(v.Targets) {
		text, next := targetCause(g)
		add(g.reason, text, next)
	}
	if counted > 0 && cut == counted {
		add(yuma.ReasonConsensusZero, fmt.Sprintf("It weighs only miners whose consensus is zero: %s.", number(cut, "miner")),
			"weigh the miners by their answers; consensus follows the majority of the stake.")
	}
	switch {
	case bonds == 0 && counted > cut && e.Standing.ActiveStake != 0:
		add(CauseNothingBought, "Its weights bought no bond: the speed of bonds or what the penalty leaves of the weights is zero.",
			"weights nearer to consensus.")
	case bonds > 0 && v.Earned == 0:
		add(CauseNoIncentive, fmt.Sprintf("It has bonds in %s, of whom none earned incentive.", number(bonds, "miner")),
			"move weight to miners that others weigh too.")
	}
	for _, t := range v.Targets {
		if len(t.BondReasons) > 0 && t.BondReasons[0] == yuma.ReasonBondVoided {
			add(yuma.ReasonBondVoided, "Old bonds are void where a new miner has taken the uid.", "nothing: new weights buy new bonds.")
			break
		}
	}
	return causes
}

func stakeCause(e *yuma.Explanation, o *Options, r yuma.Reason) (text, next string) {
	s := &e.Standing
	then := ""
	if !s.Permit {
		then = fmt.Sprintf("; among the %d largest stakes it then gets a permit", e.Rules.MaxValidators)
	}
	switch r {
	case yuma.ReasonNoStake:
		return "It has no stake.", "stake to its hotkey, or have others stake to it" + then + "."
	case yuma.ReasonBelowThreshold:
		return fmt.Sprintf("Its stake, %s, is below the threshold, %s, and counts as none.",
				o.amount(s.Stake), o.amount(e.Rules.StakeThreshold)),
			fmt.Sprintf("stake %s more%s.", o.amount(e.Rules.StakeThreshold-s.Stake), then)
	case yuma.ReasonInactive:
		return fmt.Sprintf("It is not active: its last update was at block %d, and the cutoff of %s ended at %d.",
			s.LastUpdate, number(e.Rules.ActivityCutoff, "block"), s.ActiveUntil), "set weights."
	case yuma.ReasonNoPermit:
		return permit(e, o), permitNext(s)
	}
	return "Its stake is too small a part of the subnet's to count.", "more stake" + then + "."
}

func permitNext(s *yuma.Standing) string {
	switch {
	case s.NewPermit:
		return "wait: its weights count in the next epoch."
	case s.PermitReason == yuma.ReasonOutranked && s.LastPermitted >= 0:
		return fmt.Sprintf("more stake than uid %d has, which is %s of the stake.", s.LastPermitted, percent(s.LastPermittedShare))
	case s.PermitReason == yuma.ReasonOutranked:
		return "the subnet's owner can allow validators."
	}
	return "stake enough to be among the largest."
}

// targetGroups counts the stored weights that do not count by their first
// reason; the want of a permit is told with the stake.
func targetGroups(targets []yuma.Target) []group {
	var groups []group
	for _, t := range targets {
		if len(t.Reasons) == 0 || t.RawWeightU16 == 0 {
			continue
		}
		r := t.Reasons[0]
		if r == yuma.ReasonNoPermit {
			continue
		}
		k := slices.IndexFunc(groups, func(g group) bool { return g.reason == r })
		if k < 0 {
			k = len(groups)
			groups = append(groups, group{reason: r})
		}
		groups[k].n++
	}
	return groups
}

func targetCause(g group) (text, next string) {
	switch g.reason {
	case yuma.ReasonSelf:
		return "Its weight on itself does not count; only the owner's does.", "weigh others."
	case yuma.ReasonSetBeforeRegistration:
		return fmt.Sprintf("Its weights on %s were set before %s registered.", number(g.n, "miner"), verb(g.n, "it", "they")),
			"set weights again."
	case yuma.ReasonCommittedBeforeRegistration:
		return fmt.Sprintf("Its weights on %s were committed before %s registered.", number(g.n, "miner"), verb(g.n, "it", "they")),
			"wait until the commit is revealed, and commit again."
	}
	return fmt.Sprintf("Its weights on %s do not count: %s.", number(g.n, "miner"), phrase(g.reason)), "set weights again."
}
