package explain

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/agon-chain/agon/x/scoring/yuma"
)

// miner writes how the incentive came about.
func miner(w io.Writer, e *yuma.Explanation, o *Options) error {
	m := &e.Miner
	if len(m.Votes) == 0 {
		return paragraphs(w, "AS A MINER", "No validator has a weight on it.")
	}
	if err := paragraphs(w, "AS A MINER", sentences(consensus(&m.Consensus), incentive(m))); err != nil {
		return err
	}

	votes := slices.Clone(m.Votes)
	slices.SortStableFunc(votes, func(a, b yuma.Vote) int { return cmp.Compare(b.StakeShare, a.StakeShare) })
	shown := o.rows(len(votes))
	rows, uids := make([][]string, shown), make([]int, shown)
	for k, v := range votes[:shown] {
		uids[k] = v.UID
		rows[k] = []string{
			strconv.Itoa(v.UID), percentCell(v.StakeShare), percentCell(v.ActiveStake),
			cell(v.RawWeightU16 == 0, strconv.Itoa(int(v.RawWeightU16))), decimalCell(v.Weight), decimalCell(v.Clipped),
			decimalCell(v.Cut), decimalCell(v.Rank), voteNote(e, &v),
		}
	}
	head := []string{"VALIDATOR", "STAKE", "ACTIVE", "STORED", "WEIGHT", "CLIPPED", "CUT OFF", "RANK", ""}
	if err := table(w, o.withNames(head, rows, uids)); err != nil {
		return err
	}
	return paragraphs(w, votesLeftOut(votes[shown:]))
}

// votesLeftOut says which votes the table does not show.
func votesLeftOut(votes []yuma.Vote) string {
	if len(votes) == 0 {
		return ""
	}
	var stake, rank uint64
	for _, v := range votes {
		stake += v.StakeShare
		rank += v.Rank
	}
	return fmt.Sprintf("Left out: %s with less stake, together %s of the stake and %s of the rank.",
		number(len(votes), "more validator"), percent(stake), decimal(rank))
}

func consensus(c *yuma.Consensus) string {
	silent := ""
	if c.SilentVoters > 0 && c.SilentVoters < c.Voters {
		silent = fmt.Sprintf("Of %s, %d with %s of the voting stake give it nothing.",
			number(c.Voters, "voter"), c.SilentVoters, percent(c.Silent))
	}
	switch {
	case c.Voters == 0:
		return "No validator has active stake, so nobody votes and consensus is zero."
	case c.Weight == 0 && c.Above == 0:
		return "No weight on it counts as a vote, so consensus is zero."
	case c.Weight == 0:
		return sentences(fmt.Sprintf("Consensus on it is zero: %s of the voting stake gives it a weight, and %s (kappa) must. "+
			"So all of these weights are cut off.", percent(c.Above), percent(c.Kappa)), silent)
	}
	above := "Nobody gives more, so nothing is cut off."
	if c.Above != 0 {
		above = fmt.Sprintf("%s gives more, from %s up; that is less than kappa, so what is above consensus is cut off.",
			percent(c.Above), decimal(c.NextWeight))
	}
	return sentences(fmt.Sprintf("Consensus on it is %s: %s of the voting stake gives it at least that much, and %s (kappa) must.",
		decimal(c.Weight), percent(c.Support), percent(c.Kappa)), above, silent)
}

func incentive(m *yuma.MinerAccount) string {
	if m.Rank == 0 {
		return "Its incentive is zero."
	}
	return fmt.Sprintf("Active stake times clipped weight sums to a rank of %s, of %s for all miners: its incentive is %s.",
		decimal(m.Rank), decimal(m.RankTotal), percent(m.Incentive))
}

// voteNote is why a vote brings nothing, with the blocks that tell.
func voteNote(e *yuma.Explanation, v *yuma.Vote) string {
	if len(v.Reasons) == 0 {
		return ""
	}
	note := phrases(v.Reasons)
	switch v.Reasons[0] {
	case yuma.ReasonSetBeforeRegistration:
		note += fmt.Sprintf(" (at %d, it at %d)", v.LastUpdate, e.Standing.RegisteredAt)
	case yuma.ReasonCommittedBeforeRegistration:
		if v.CommittedAt != nil {
			note += fmt.Sprintf(" (at %d, it at %d)", *v.CommittedAt, e.Standing.RegisteredAt)
		}
	case yuma.ReasonInactive:
		note += fmt.Sprintf(" (last update at %d)", v.LastUpdate)
	}
	return note
}
