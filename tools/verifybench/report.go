package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/agon-chain/agon/verify"
)

// The page has the table between these lines, so that it is written anew with the rest as people wrote it.
const (
	begin = "<!-- table: make verify-bench -->"
	end   = "<!-- end of table -->"
)

var columns = []verify.Layer{verify.Replay, verify.Likelihood, verify.Claim, verify.Usage, verify.Duplicate}

// table is the outcome as people read it.
func (o outcome) table() string {
	var b strings.Builder
	p := o.Plan
	fmt.Fprintf(&b, "%d trials for each row, each of other answers in another order, drawn from %d answers of each cheat and %d (by other engines %d) of each honest miner; an answer has at most %d tokens.\n\n",
		p.Trials, p.Probes, p.Honest, p.Peer, p.Tokens)
	fmt.Fprintf(&b, "| miner | accused after 5 probes | 20 | 50 | evidence after 50, in powers of ten, by layer |\n|---|---|---|---|---|\n")
	for _, r := range o.Results {
		name := r.Miner
		if !r.Honest {
			name = "**" + name + "**"
		}
		fmt.Fprintf(&b, "| %s: %s |", name, r.What)
		for _, a := range r.Accused {
			fmt.Fprintf(&b, " %s |", percent(a, r.Trials))
		}
		var seen []string
		for _, layer := range columns {
			if v := r.Layers[layer]; v >= 1 {
				seen = append(seen, fmt.Sprintf("%s %.0f", layer, v))
			}
		}
		switch {
		case len(seen) > 0:
			fmt.Fprintf(&b, " %s |\n", strings.Join(seen, ", "))
		case r.Limit != "":
			fmt.Fprintf(&b, " none sees it: %s |\n", r.Limit)
		default:
			fmt.Fprintf(&b, " none |\n")
		}
	}
	f := o.Profile
	fmt.Fprintf(&b, "\nWhat is honest, by calibration on the pinned file and %s: a drawn token within %.4f in probability of its number, at temperature 0 within %.4f nats of the best, beyond it at most %.2f %% of tokens; "+
		"a claimed log-probability within %.4f nats, beyond it at most %.2f %%; distributions within %.4f of each other.\n",
		strings.Join(o.Variants, ", "), f.ReplayTolerance, f.GreedyTolerance, 100*f.ReplayRate, f.ClaimTolerance, 100*f.ClaimRate, f.Apart)
	return b.String()
}

// percent of trials; none or all of them say how many there were.
func percent(v float64, trials int) string {
	switch {
	case v == 0:
		return fmt.Sprintf("0 of %d", trials)
	case v > 1-0.5/float64(trials):
		return "100 %"
	}
	return fmt.Sprintf("%.1f %%", 100*v)
}

// errGoal says that a goal of the table is missed.
var errGoal = errors.New("goal missed")

// goals are what the table must show: cheats that change what is drawn are accused within 20 probes in 99 % of trials, honest
// miners after 50 in at most 0.1 %, and no answer of theirs is proof by itself.
func (o outcome) goals() error {
	changes := []string{"smaller model", "heavier quantization", "fine-tune", "cached answers", "early stop", "prefill attack"}
	var missed []error
	for _, r := range o.Results {
		if r.Honest && r.Accused[len(lookAt)-1] > 0.001 {
			missed = append(missed, fmt.Errorf("%w: %s is accused in %.2f %% of trials", errGoal, r.Miner, 100*r.Accused[len(lookAt)-1]))
		}
		if r.Honest && r.Alone > 0 {
			missed = append(missed, fmt.Errorf("%w: an answer of %s is proof by itself", errGoal, r.Miner))
		}
		if slices.Contains(changes, r.Miner) && r.Accused[slices.Index(lookAt, 20)] < 0.99 {
			missed = append(missed, fmt.Errorf("%w: %s is accused within 20 probes in %.1f %% of trials", errGoal, r.Miner, 100*r.Accused[slices.Index(lookAt, 20)]))
		}
	}
	return errors.Join(missed...)
}

// write puts the table into the page and the figures beside it.
func (o outcome) write(page, figures string) error {
	b, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	head, rest, ok := strings.Cut(string(b), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("%s: no place for the table: want the lines %s and %s", page, begin, end)
	}
	if err := os.WriteFile(page, []byte(head+begin+"\n\n"+o.table()+"\n"+end+tail), 0o644); err != nil {
		return err
	}
	bz, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(figures, append(bz, '\n'), 0o644)
}
