package validator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/task"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const (
	// firstAgain is how many blocks an accusation that was refused waits; the wait doubles up to lastAgain.
	firstAgain = 20
	lastAgain  = 5_000
)

// accuseAll looks after the accusations that are under way, and brings those that are due.
func (d *Disputer) accuseAll(ctx context.Context, v *View, open []disputetypes.Case) error {
	records, err := d.store.Accusations()
	if err != nil {
		return err
	}
	last := map[string]AccusationRecord{}
	for _, r := range records {
		last[r.Miner] = r
		if r.Done {
			continue
		}
		if r, err = d.follow(ctx, v, r, open); err != nil {
			return err
		}
		last[r.Miner] = r
	}
	for _, m := range d.book.Accused() {
		r, there := last[string(m)]
		if there && !r.Done {
			continue
		}
		if err := d.accuse(ctx, v, string(m), r, open); err != nil {
			return err
		}
	}
	return nil
}

// fresh is the account on a miner that is enough and was not brought before: not by ourselves, and not in one of the cases against it that we judged.
// What was not decided may be brought again after its rest. False: there is none.
func fresh(accounts []task.Account, last AccusationRecord, votes []VoteRecord, height int64) (task.Account, bool) {
	for _, a := range accounts {
		spent := !a.Accused
		if last.Miner != "" && a.Since <= last.Round && (last.Again == 0 || height < last.Again) {
			spent = true
		}
		for _, r := range votes {
			told := r.Verdict == disputetypes.Verdict_VERDICT_GUILTY && a.Since <= r.Round
			if told && (r.Outcome != disputetypes.CaseStatus_CASE_STATUS_UNDECIDED || height < r.Rest) {
				spent = true
			}
		}
		if !spent {
			return a, true
		}
	}
	return task.Account{}, false
}

// accuse brings the account on a miner that is enough, if there is one that was not brought and somebody to accuse. Evidence and record are durable
// before anything is sent.
func (d *Disputer) accuse(ctx context.Context, v *View, miner string, last AccusationRecord, open []disputetypes.Case) error {
	votes, err := d.store.Votes()
	if err != nil {
		return err
	}
	votes = slices.DeleteFunc(votes, func(r VoteRecord) bool { return r.Miner != miner })
	accounts, err := d.book.Accounts(task.MinerID(miner))
	if err != nil {
		return err
	}
	a, ok := fresh(accounts, last, votes, v.Height())
	if !ok || against(open, miner) != nil {
		return nil // a case that is open is for its bench
	}
	if ok, err := d.may(ctx, v, miner, thousandths(a.Peak)); err != nil || !ok {
		return err
	}
	e, err := d.compose(v, miner)
	if err != nil {
		return err
	}
	hash, err := d.evidence.Put(e)
	if err != nil {
		return err
	}
	r := AccusationRecord{
		Miner: miner, Of: a.Of, Round: e.round(), Evidence: hash[:], Log10E: thousandths(a.Peak),
		Reason: fmt.Sprintf("%.64s by %s in %d answers", a.Of, a.By, a.Answers),
	}
	if err := d.store.PutAccusation(r); err != nil {
		return err
	}
	if err := d.crossed(stepAccusing); err != nil {
		return err
	}
	return d.sendAccusation(ctx, v, r)
}

func against(open []disputetypes.Case, miner string) *disputetypes.Case {
	for i := range open {
		if open[i].Miner == miner {
			return &open[i]
		}
	}
	return nil
}

// may says whether the chain would take an accusation now, as far as can be seen without paying for a try.
func (d *Disputer) may(ctx context.Context, v *View, miner string, log10E uint32) (bool, error) {
	uid, err := d.self.UID(v)
	if err != nil {
		return false, err
	}
	wait := func(why string, args ...any) (bool, error) {
		d.once("accuse/"+miner+"/"+why, "a miner is found out and cannot be accused yet: "+why, append([]any{"miner", miner}, args...)...)
		return false, nil
	}
	self, _ := v.Metagraph.Neuron(uid)
	if !self.Permit || self.Stake < v.Subnet.Hyperparams.StakeThreshold {
		return wait("this validator has no permit, or too little stake", "stake", self.Stake, "stake_threshold", v.Subnet.Hyperparams.StakeThreshold)
	}
	n, ok := v.Metagraph.ByHotkey(miner)
	switch {
	case !ok:
		return false, nil // it has gone
	case n.URL == "":
		return wait("it serves nothing")
	case n.Owner == self.Owner:
		return wait("it is of the same owner")
	}
	p, err := d.disputes.DisputeParams(ctx)
	if err != nil {
		return false, err
	}
	if log10E < p.MinEvidence {
		return wait("the chain asks for more evidence", "log10_e", log10E, "min_evidence", p.MinEvidence)
	}
	by, err := d.disputes.Accuser(ctx)
	if err != nil {
		return false, err
	}
	switch {
	case by.BarredUntil > v.Height():
		return wait("this validator is barred", "until", by.BarredUntil)
	case len(by.OpenCases) >= int(p.MaxOpenCases):
		return wait("as many cases are open as this validator may have", "max_open_cases", p.MaxOpenCases)
	}
	return true, nil
}

// follow moves an accusation on that was made before: to its case, to the end of that, or to the next try.
func (d *Disputer) follow(ctx context.Context, v *View, r AccusationRecord, open []disputetypes.Case) (AccusationRecord, error) {
	if r.Case == 0 {
		found, err := d.find(ctx, r, open)
		if err != nil {
			return r, err
		}
		if found != nil {
			r.Case, r.Why = found.Id, ""
			d.metrics.disputes.WithLabelValues("accused").Inc()
			d.log.Info("a miner is accused", "case", r.Case, "miner", r.Miner, "reason", r.Reason)
			if err := d.store.PutAccusation(r); err != nil {
				return r, err
			}
		}
	}
	if r.Case != 0 {
		return d.await(ctx, r)
	}
	if _, there := v.Metagraph.ByHotkey(r.Miner); !there {
		return d.give(r, 0, "the miner lost its place")
	}
	if c := against(open, r.Miner); c != nil {
		// Somebody was first. What we have found, we say as a judge; then it is spent.
		return d.give(r, c.Terms.RevealUntil, fmt.Sprintf("case %d was opened first", c.Id))
	}
	if v.Height() < r.Again {
		return r, nil
	}
	if ok, err := d.may(ctx, v, r.Miner, r.Log10E); err != nil || !ok {
		return r, err
	}
	return r, d.sendAccusation(ctx, v, r)
}

// give ends an accusation of which nothing came. Another may be made of the same account from the height again on; 0: never.
func (d *Disputer) give(r AccusationRecord, again int64, why string) (AccusationRecord, error) {
	r.Done, r.Again, r.Why = true, again, why
	d.metrics.disputes.WithLabelValues("not-accused").Inc()
	d.log.Info("an accusation is left", "miner", r.Miner, "why", why)
	return r, d.store.PutAccusation(r)
}

// find the case that an accusation opened, if it did.
func (d *Disputer) find(ctx context.Context, r AccusationRecord, open []disputetypes.Case) (*disputetypes.Case, error) {
	if !r.Tried {
		return nil, nil
	}
	ours := func(c disputetypes.Case) bool {
		return c.Miner == r.Miner && c.Accuser == d.self.Hotkey.String() && bytes.Equal(c.Evidence, r.Evidence)
	}
	if i := slices.IndexFunc(open, ours); i >= 0 {
		return &open[i], nil
	}
	all, err := d.disputes.CasesOf(ctx, r.Miner)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(all, ours); i >= 0 {
		return &all[i], nil
	}
	return nil, nil
}

// await the end of a case.
func (d *Disputer) await(ctx context.Context, r AccusationRecord) (AccusationRecord, error) {
	c, _, there, err := d.disputes.Case(ctx, r.Case)
	if err != nil || there && c.Open() {
		return r, err
	}
	r.Done, r.Why = true, "the chain keeps it no more"
	if there {
		r.Why = word(c.Status)
		d.metrics.disputes.WithLabelValues("ended-" + r.Why).Inc()
		if c.Status == disputetypes.CaseStatus_CASE_STATUS_UNDECIDED {
			r.Again = c.Outcome.EndedAt + int64(max(c.Terms.RestAfterUndecided, 1))
		}
	}
	return r, d.store.PutAccusation(r)
}

func (d *Disputer) sendAccusation(ctx context.Context, v *View, r AccusationRecord) error {
	r.Tried = true
	if err := d.store.PutAccusation(r); err != nil {
		return err
	}
	limited, cancel := d.patience(ctx)
	defer cancel()
	res, err := d.sender.Submit(limited, &disputetypes.MsgAccuse{
		Hotkey: d.self.Signer().String(), Netuid: uint32(d.self.Netuid), Miner: r.Miner, Evidence: r.Evidence, Log10E: r.Log10E, Reason: r.Reason,
	})
	if err != nil {
		return d.refusedAccusation(ctx, v, r, err)
	}
	if err := d.crossed(stepAccuseSent); err != nil {
		return err
	}
	var opened disputetypes.MsgAccuseResponse
	if err := chain.Response(res, 0, &opened); err != nil {
		return nil // the next look finds it
	}
	r.Case = opened.CaseId
	d.metrics.disputes.WithLabelValues("accused").Inc()
	d.log.Info("a miner is accused", "case", r.Case, "miner", r.Miner, "reason", r.Reason, "held", opened.Held, "judges", opened.Judges)
	return d.store.PutAccusation(r)
}

// neverAccused are refusals that no time changes.
var neverAccused = []error{disputetypes.ErrOwnMiner, disputetypes.ErrInvalidAccusation}

// refusedAccusation decides what a failed transaction means: given up where nothing can change, else tried again after a while.
func (d *Disputer) refusedAccusation(ctx context.Context, v *View, r AccusationRecord, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, subnettypes.ErrKeySwapped) {
		return err
	}
	d.metrics.failures.WithLabelValues("submit").Inc()
	for _, never := range neverAccused {
		if errors.Is(err, never) {
			_, err := d.give(r, 0, err.Error())
			return err
		}
	}
	if errors.Is(err, chain.ErrOutcomeUnknown) {
		return nil // the next look finds it, or sends it again
	}
	wait := int64(firstAgain)
	for range min(r.Refused, 16) {
		wait = min(2*wait, lastAgain)
	}
	r.Refused, r.Again, r.Why = r.Refused+1, v.Height()+wait, err.Error()
	d.log.Warn("the chain did not take an accusation; trying again", "miner", r.Miner, "in_blocks", wait, "error", err)
	return d.store.PutAccusation(r)
}
