package explain

import (
	"strings"

	"github.com/agon-chain/agon/x/scoring/yuma"
)

// phrase is a reason in a few words, as a table notes it.
func phrase(r yuma.Reason) string {
	switch r {
	case yuma.ReasonNoPermit:
		return "no permit"
	case yuma.ReasonSelf:
		return "weight on itself"
	case yuma.ReasonSetBeforeRegistration:
		return "set no later than the miner registered"
	case yuma.ReasonCommittedBeforeRegistration:
		return "committed before the miner registered"
	case yuma.ReasonZeroWeight:
		return "weight zero"
	case yuma.ReasonNoWeight:
		return "no weight"
	case yuma.ReasonNoStake:
		return "no stake"
	case yuma.ReasonBelowThreshold:
		return "stake below the threshold"
	case yuma.ReasonStakeRoundsToZero:
		return "stake too small to count"
	case yuma.ReasonInactive:
		return "inactive"
	case yuma.ReasonConsensusZero:
		return "consensus is zero"
	case yuma.ReasonRoundsToZero:
		return "too small to count"
	case yuma.ReasonBondVoided:
		return "bond void: the miner registered since"
	case yuma.ReasonBondDeleted:
		return "bond deleted: no weight"
	case yuma.ReasonPassedOver:
		return "passed over: row not in order"
	case yuma.ReasonBondNotKept:
		return "bond not kept: no new permit"
	case yuma.ReasonOwner:
		return "the owner's"
	case yuma.ReasonRanked:
		return "among the largest stakes"
	case yuma.ReasonOutranked:
		return "stakes of others are larger"
	case yuma.ByActiveStake:
		return "active stake"
	case yuma.ByStake:
		return "stake"
	}
	return strings.ReplaceAll(string(r), "_", " ")
}

func phrases(reasons []yuma.Reason) string {
	out := make([]string, len(reasons))
	for k, r := range reasons {
		out[k] = phrase(r)
	}
	return strings.Join(out, ", ")
}
