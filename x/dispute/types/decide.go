package types

import (
	"slices"

	"github.com/agon-chain/agon/internal/wide"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Decide counts what a bench said, with the weight of each judge that counts, in the bench's order. Their sum must fit into 64 bits.
//
// Nothing is decided unless the weight that said guilty or not guilty is at least the quorum of the whole bench's. Then more than two
// thirds of it, by judges of at least min_judges distinct owners, make a verdict either way; in between there is none. A judge without
// weight is not heard, and its owner is not counted.
func (t Terms) Decide(judges []Judge, weights []uint64) (CaseStatus, Outcome) {
	var o Outcome
	var guilty, notGuilty []string
	for i, j := range judges {
		w := weights[i]
		if w == 0 {
			continue
		}
		o.Weight += w
		switch j.Verdict {
		case Verdict_VERDICT_GUILTY:
			o.Guilty += w
			guilty = append(guilty, j.Owner)
		case Verdict_VERDICT_NOT_GUILTY:
			o.NotGuilty += w
			notGuilty = append(notGuilty, j.Owner)
		case Verdict_VERDICT_CANNOT_TELL:
			o.CannotTell += w
		}
	}
	o.GuiltyOwners, o.NotGuiltyOwners = distinct(guilty), distinct(notGuilty)
	decided := o.Guilty + o.NotGuilty
	if decided == 0 || wide.Mul64(decided, subnettypes.MaxBps).Cmp(wide.Mul64(o.Weight, uint64(t.QuorumBps))) < 0 {
		return CaseStatus_CASE_STATUS_UNDECIDED, o
	}
	carries := func(weight uint64, owners uint32) bool {
		return wide.Mul64(weight, 3).Cmp(wide.Mul64(decided, 2)) > 0 && owners >= t.MinJudges
	}
	switch {
	case carries(o.Guilty, o.GuiltyOwners):
		return CaseStatus_CASE_STATUS_GUILTY, o
	case carries(o.NotGuilty, o.NotGuiltyOwners):
		return CaseStatus_CASE_STATUS_REJECTED, o
	}
	return CaseStatus_CASE_STATUS_UNDECIDED, o
}

// distinct counts the different texts of a list.
func distinct(list []string) uint32 {
	slices.Sort(list)
	return uint32(len(slices.Compact(list)))
}
