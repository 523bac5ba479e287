package explain

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/agon-chain/agon/x/scoring/yuma"
)

// validator writes how the dividends came about.
func validator(w io.Writer, e *yuma.Explanation, o *Options) error {
	v := &e.Validator
	if err := paragraphs(w, "AS A VALIDATOR", standing(e, o)); err != nil {
		return err
	}
	if len(v.Targets) == 0 {
		return paragraphs(w, "It weighs nobody and holds no bonds.")
	}
	if err := paragraphs(w, trust(v), sentences(bonds(&e.Rules), dividends(e))); err != nil {
		return err
	}

	targets := slices.Clone(v.Targets)
	slices.SortStableFunc(targets, func(a, b yuma.Target) int {
		return cmp.Or(cmp.Compare(b.Dividend, a.Dividend), cmp.Compare(b.Weight, a.Weight), cmp.Compare(b.BondShare, a.BondShare))
	})
	shown := o.rows(len(targets))
	rows, uids := make([][]string, shown), make([]int, shown)
	for k, t := range targets[:shown] {
		uids[k] = t.UID
		rows[k] = []string{
			strconv.Itoa(t.UID), decimalCell(t.Weight), decimalCell(t.Consensus), decimalCell(t.Clipped), decimalCell(t.Cut),
			cell(t.OldBondU16 == 0, fraction(t.OldBondU16)), decimalCell(t.Bought), percentCell(t.Alpha),
			cell(t.NewBondU16 == 0, fraction(t.NewBondU16)), percentCell(t.BondShare), percentCell(t.Incentive),
			decimalCell(t.Dividend), targetNote(&t),
		}
	}
	head := []string{
		"MINER", "WEIGHT", "CONSENSUS", "CLIPPED", "CUT OFF", "OLD BOND", "BOUGHT", "ALPHA", "NEW BOND",
		"OF ITS BONDS", "INCENTIVE", "DIVIDEND", "",
	}
	if err := table(w, o.withNames(head, rows, uids)); err != nil {
		return err
	}
	return paragraphs(w, targetsLeftOut(targets[shown:]))
}

// targetsLeftOut says which targets the table does not show.
func targetsLeftOut(targets []yuma.Target) string {
	if len(targets) == 0 {
		return ""
	}
	var rest uint64
	for _, t := range targets {
		rest += t.Dividend
	}
	return fmt.Sprintf("Left out: %s, together %s of the dividend.", number(len(targets), "more miner"), decimal(rest))
}

func targetNote(t *yuma.Target) string {
	reasons := slices.DeleteFunc(slices.Clone(t.Reasons), func(r yuma.Reason) bool { return r == yuma.ReasonNoWeight })
	return phrases(append(reasons, t.BondReasons...))
}

// standing is what it brings to the vote.
func standing(e *yuma.Explanation, o *Options) string {
	s := &e.Standing
	next := permit(e, o)
	switch {
	case s.Stake == 0 && !s.Permit && !s.NewPermit:
		return "It has no stake and no permit."
	case s.ActiveStake != 0:
		return sentences(fmt.Sprintf("It has %s of the stake and %s of the active stake. It is active until block %d: "+
			"its last update was at %d, and the cutoff is %s.", percent(s.StakeShare), percent(s.ActiveStake), s.ActiveUntil,
			s.LastUpdate, number(e.Rules.ActivityCutoff, "block")), next)
	case s.StakeShare != 0:
		return sentences(fmt.Sprintf("It has %s of the stake, and none of the active stake: %s.",
			percent(s.StakeShare), phrases(s.StakeReasons)), next)
	}
	return sentences(fmt.Sprintf("It has none of the stake that counts: %s.", phrases(s.StakeReasons)), next)
}

// permit is what becomes of its permit and why.
func permit(e *yuma.Explanation, o *Options) string {
	s, r := &e.Standing, &e.Rules
	var change string
	switch {
	case s.Permit && s.NewPermit:
		change = "It keeps its permit"
	case s.NewPermit:
		change = "It had no permit, and gets one for the next epoch"
	case s.Permit:
		change = "It had a permit, and loses it"
	default:
		change = "It has no permit"
	}
	switch s.PermitReason {
	case yuma.ReasonOwner:
		return change + ": the owner always has one."
	case yuma.ReasonRanked:
		return fmt.Sprintf("%s: its stake is number %d of %d, and the %d largest get one.", change, s.Rank, s.Ranked, r.MaxValidators)
	case yuma.ReasonOutranked:
		if s.LastPermitted < 0 {
			return change + ": the subnet gives none."
		}
		return fmt.Sprintf("%s: its stake is number %d of %d, and the %d largest get one; the last of them is uid %d with %s of the stake.",
			change, s.Rank, s.Ranked, r.MaxValidators, s.LastPermitted, percent(s.LastPermittedShare))
	case yuma.ReasonBelowThreshold:
		return fmt.Sprintf("%s: its stake is %s, and the threshold %s.", change, o.amount(s.Stake), o.amount(r.StakeThreshold))
	}
	return change + ": " + phrase(s.PermitReason) + "."
}

func trust(v *yuma.ValidatorAccount) string {
	var cut uint64
	for _, t := range v.Targets {
		cut += t.Cut
	}
	if v.Trust == 0 && cut == 0 {
		return "None of its weights count, so its validator trust is zero."
	}
	switch {
	case v.Trust == 0:
		return "Its validator trust is zero: the consensus on everyone whom it weighs is zero, and all of its weights are cut off."
	case cut == 0:
		return fmt.Sprintf("Its validator trust is %s: none of its weights is above consensus.", decimal(v.Trust))
	}
	return fmt.Sprintf("Its validator trust is %s: that much of its weights is within consensus, and %s is cut off.",
		decimal(v.Trust), decimal(cut))
}

func bonds(r *yuma.Rules) string {
	buys := "Bonds are bought with weights between unclipped and clipped: the penalty on what is cut off is " + percent(r.BondsPenalty) + "."
	switch r.BondsPenalty {
	case 0:
		buys = "Bonds are bought with unclipped weights."
	case 1 << q32Bits:
		buys = "Bonds are bought with clipped weights."
	}
	kind := "They are shares of a miner's bonds"
	if r.Yuma3 {
		kind = "They are fractions of one (Yuma 3)"
	}
	speed := fmt.Sprintf("and move by %s (alpha) toward what is bought.", percent(r.BondsAlpha))
	if r.LiquidAlpha {
		speed = fmt.Sprintf("and each moves at an alpha of its own toward what is bought, from %s to %s (liquid alpha).",
			percent(r.AlphaLow), percent(r.AlphaHigh))
	}
	return sentences(buys, kind, speed)
}

func dividends(e *yuma.Explanation) string {
	v := &e.Validator
	if v.Earned == 0 {
		return "None of its bonds is in a miner with incentive, so it has no dividends."
	}
	text := fmt.Sprintf("Over all miners, its share of the bonds times the incentive sums to %s", decimal(v.Earned))
	switch {
	case e.Rules.Yuma3 && e.Standing.ActiveStake == 0:
		return text + ", times its active stake of zero: it has no dividends."
	case e.Rules.Yuma3:
		text += fmt.Sprintf(", times its active stake %s is %s", percent(e.Standing.ActiveStake), decimal(v.Dividend))
	}
	if v.Dividend == 0 {
		return text + ": it has no dividends."
	}
	return text + fmt.Sprintf(", of %s for all validators: its dividends are %s.", decimal(v.DividendTotal), percent(v.Dividends))
}
