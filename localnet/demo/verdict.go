package demo

import (
	"fmt"
	"slices"
)

const (
	// dishonestShare is what a dishonest miner may earn at most of what the best expert earns.
	dishonestShare = 0.02
	// freeriderShare is what a copying or colluding validator may earn at most, per unit of stake, of what the honest earn.
	freeriderShare = 0.5
	// togetherShare is in how much of the epochs watched every expert must have been paid.
	togetherShare = 0.25
)

// honest is the kind of a participant that does what it says.
const honest = "honest"

// judge says what did not hold, and so whether the demonstration passed.
func (r *Report) judge() {
	r.Failures = r.Supply.judge("AGON")
	for _, s := range r.Subnets {
		for _, failure := range slices.Concat(s.judgeMiners(r.Epochs), s.judgeValidators(), s.judgeCases(), s.Token.judge("the token")) {
			r.Failures = append(r.Failures, s.Name+": "+failure)
		}
	}
	r.Passed = len(r.Failures) == 0
}

// judgeMiners: in the epochs in which all are paid, experts earn in the order of their true accuracy, and nobody else earns.
func (r SubnetResult) judgeMiners(epochs uint64) []string {
	var failures []string
	var experts []MinerResult
	for _, m := range r.Miners {
		if m.Kind == honest {
			experts = append(experts, m)
		}
	}
	if len(experts) < 2 {
		return []string{fmt.Sprintf("%d honest experts, at least 2 are needed to compare", len(experts))}
	}
	if float64(r.EpochsTogether) < togetherShare*float64(epochs) {
		failures = append(failures, fmt.Sprintf("every expert was paid in %d of %d epochs", r.EpochsTogether, epochs))
	}
	slices.SortStableFunc(experts, func(a, b MinerResult) int {
		switch {
		case a.HeldOutAccuracy > b.HeldOutAccuracy:
			return -1
		case a.HeldOutAccuracy < b.HeldOutAccuracy:
			return 1
		}
		return 0
	})
	for i, better := range experts[:len(experts)-1] {
		worse := experts[i+1]
		if better.EarnedTogether <= worse.EarnedTogether {
			failures = append(failures, fmt.Sprintf("%s is more accurate than %s (%.3f, %.3f) and did not earn more (%d, %d)",
				better.Name, worse.Name, better.HeldOutAccuracy, worse.HeldOutAccuracy, better.EarnedTogether, worse.EarnedTogether))
		}
	}
	best := experts[0]
	if best.Earned == 0 {
		return append(failures, fmt.Sprintf("%s, the best expert, earned nothing", best.Name))
	}
	for _, m := range r.Miners {
		if m.Kind == relay {
			failures = append(failures, judgeRelay(m, best)...)
			continue
		}
		if m.Kind != honest && float64(m.Earned) >= dishonestShare*float64(best.Earned) {
			failures = append(failures, fmt.Sprintf("%s (%s) earned %.2f %% of what the best expert earned, at most %.0f %%",
				m.Name, m.Kind, 100*float64(m.Earned)/float64(best.Earned), 100*dishonestShare))
		}
	}
	return failures
}

// relay is the kind of a miner that has no model and passes calls on: its answers are an honest miner's, so that it is paid like
// one. What bounds it is what it pays.
const relay = "relay"

// relayShare is what a relay may earn at most of what the best expert earns: like it, with what chance adds.
const relayShare = 1.15

func judgeRelay(m, best MinerResult) []string {
	if float64(m.EarnedTogether) > relayShare*float64(best.EarnedTogether) {
		return []string{fmt.Sprintf("%s earned more than the miner that it relays to could (%d, %d)", m.Name, m.EarnedTogether, best.EarnedTogether)}
	}
	return nil
}

// judgeValidators: who copies or colludes earns less than half per stake of what any honest validator earns.
func (r SubnetResult) judgeValidators() []string {
	least := -1.0
	for _, v := range r.Validators {
		if v.Kind == honest && (least < 0 || v.EarnedPerStake < least) {
			least = v.EarnedPerStake
		}
	}
	if least <= 0 {
		return []string{"an honest validator earned nothing"}
	}
	var failures []string
	for _, v := range r.Validators {
		if v.Kind != honest && v.EarnedPerStake >= freeriderShare*least {
			failures = append(failures, fmt.Sprintf("%s (%s) earned %.4f per unit of stake, honest ones at least %.4f; it must stay under half",
				v.Name, v.Kind, v.EarnedPerStake, least))
		}
	}
	return failures
}

// judge: every coin is accounted for.
func (s Supply) judge(name string) []string {
	if s.Minted == 0 || s.Minted != s.Accounted {
		return []string{fmt.Sprintf("%s: %d base units came to be, %d are accounted for", name, s.Minted, s.Accounted)}
	}
	return nil
}

// judgeCases: nobody who is what it says is found guilty, and who is not is never acquitted.
func (r SubnetResult) judgeCases() []string {
	var failures []string
	for _, c := range r.Cases {
		i := slices.IndexFunc(r.Miners, func(m MinerResult) bool { return m.Name == c.Miner })
		innocent := i >= 0 && r.Miners[i].Kind == honest
		switch {
		case innocent && c.Status == "guilty":
			failures = append(failures, fmt.Sprintf("%s is honest and was found guilty in case %d", c.Miner, c.Case))
		case !innocent && c.Status == "rejected":
			failures = append(failures, fmt.Sprintf("%s cheats and was acquitted in case %d", c.Miner, c.Case))
		}
	}
	return failures
}
