package validator

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/agon-chain/agon/task"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// judgeAll looks after every case on whose bench this validator sits.
func (d *Disputer) judgeAll(ctx context.Context, v *View, votes []VoteRecord, open []disputetypes.Case) error {
	known, still := map[uint64]bool{}, map[uint64]bool{}
	for _, r := range votes {
		known[r.Case] = true
	}
	for _, c := range open {
		still[c.Id] = d.foreign[c.Id]
		if known[c.Id] || d.foreign[c.Id] {
			continue
		}
		r, seated, err := d.sit(ctx, v, c)
		if err != nil {
			return err
		}
		still[c.Id] = !seated
		if seated {
			votes = append(votes, r)
		}
	}
	d.foreign = still
	for _, r := range votes {
		if r.Done {
			continue
		}
		if err := d.advance(ctx, v, r); err != nil {
			return err
		}
	}
	return nil
}

// sit takes note of a case on whose bench this validator sits, and of what it knows of the miner by now.
func (d *Disputer) sit(ctx context.Context, v *View, c disputetypes.Case) (VoteRecord, bool, error) {
	_, bench, there, err := d.disputes.Case(ctx, c.Id)
	if err != nil || !there {
		return VoteRecord{}, false, err
	}
	if _, seated := seatOf(bench, d.self.Hotkey.String()); !seated {
		return VoteRecord{}, false, nil
	}
	accounts, err := d.book.Accounts(task.MinerID(c.Miner))
	if err != nil {
		return VoteRecord{}, false, err
	}
	r := VoteRecord{Case: c.Id, Miner: c.Miner, SeenAt: v.Height(), Status: VoteSeen}
	r.Answers, r.Log10 = standing(accounts)
	d.log.Info("on the bench of a case", "case", c.Id, "miner", c.Miner, "answers", r.Answers, "log10", r.Log10, "commit_until", c.Terms.CommitUntil)
	return r, true, d.store.PutVote(r)
}

func seatOf(bench []disputetypes.Judge, hotkey string) (disputetypes.Judge, bool) {
	i := slices.IndexFunc(bench, func(j disputetypes.Judge) bool { return j.Hotkey == hotkey })
	if i < 0 {
		return disputetypes.Judge{}, false
	}
	return bench[i], true
}

// advance moves one vote on.
func (d *Disputer) advance(ctx context.Context, v *View, r VoteRecord) error {
	c, bench, there, err := d.disputes.Case(ctx, r.Case)
	if err != nil {
		return err
	}
	seat, seated := seatOf(bench, d.self.Hotkey.String())
	if !there || !seated {
		r.Done, r.Why = true, "the chain keeps it no more"
		return d.store.PutVote(r)
	}
	status, why, do := nextVote(r, c, seat, v.Height())
	ended := !c.Open()
	if was := r.Status; status != was || ended {
		r.Status, r.Why = status, why
		if ended {
			r.Done, r.Outcome = true, c.Status
			if c.Status == disputetypes.CaseStatus_CASE_STATUS_UNDECIDED {
				r.Rest = c.Outcome.EndedAt + int64(c.Terms.RestAfterUndecided)
			}
			d.log.Info("a case ended", "case", c.Id, "miner", c.Miner, "status", c.Status, "voted", r.Verdict)
		}
		if err := d.put(r, was); err != nil {
			return err
		}
	}
	switch do {
	case voteDecide:
		return d.decide(ctx, v, r, c)
	case voteCommit:
		return d.sendVote(ctx, r)
	case voteReveal:
		return d.sendReveal(ctx, r)
	}
	return nil
}

// put keeps a vote as it stands now, and says so where its status is another than it was.
func (d *Disputer) put(r VoteRecord, was VoteStatus) error {
	if err := d.store.PutVote(r); err != nil || r.Status == was {
		return err
	}
	d.metrics.disputes.WithLabelValues(string(r.Status)).Inc()
	if r.Status.lost() {
		d.log.Error("a vote is lost", "case", r.Case, "status", r.Status, "reason", r.Why)
	}
	return nil
}

// decide makes up the judge's mind once it can, or has to: evidence and vote are durable before anything is sent.
func (d *Disputer) decide(ctx context.Context, v *View, r VoteRecord, c disputetypes.Case) error {
	accounts, err := d.book.Accounts(task.MinerID(r.Miner))
	if err != nil {
		return err
	}
	verdict, decided := r.judge(accounts, v.Height() >= mustSay(c))
	if !decided {
		return nil
	}
	e, err := d.compose(v, r.Miner)
	if err != nil {
		return err
	}
	hash, err := d.evidence.Put(e)
	if err != nil {
		return err
	}
	r.Verdict, r.Evidence, r.Round, r.Status = verdict, hash[:], e.round(), VotePromised
	r.Salt = make([]byte, saltSize)
	rand.Read(r.Salt) //nolint:errcheck // crypto/rand.Read never returns an error: it ends the program instead
	promise := r.vote(d.self.Hotkey).Hash()
	r.Hash = promise[:]
	if err := d.put(r, VoteSeen); err != nil {
		return err
	}
	d.log.Info("judged", "case", r.Case, "miner", r.Miner, "verdict", verdict, "evidence", fmt.Sprintf("%x", hash))
	if err := d.crossed(stepVotePromised); err != nil {
		return err
	}
	return d.sendVote(ctx, r)
}

func (d *Disputer) sendVote(ctx context.Context, r VoteRecord) error {
	limited, cancel := d.patience(ctx)
	defer cancel()
	_, err := d.sender.Submit(limited, &disputetypes.MsgCommitVote{Hotkey: d.self.Signer().String(), CaseId: r.Case, Hash: r.Hash})
	if err != nil {
		return d.refusedVote(ctx, r, err)
	}
	if err := d.crossed(stepVoteSent); err != nil {
		return err
	}
	r.Status = VoteCommitted
	return d.put(r, VotePromised)
}

func (d *Disputer) sendReveal(ctx context.Context, r VoteRecord) error {
	if promise := r.vote(d.self.Hotkey).Hash(); string(promise[:]) != string(r.Hash) {
		r.Status, r.Why = VoteFailed, "what is kept of the vote does not match its hash"
		return d.put(r, VoteRevealing)
	}
	limited, cancel := d.patience(ctx)
	defer cancel()
	_, err := d.sender.Submit(limited, &disputetypes.MsgRevealVote{
		Hotkey: d.self.Signer().String(), CaseId: r.Case, Verdict: r.Verdict, Evidence: r.Evidence, Salt: r.Salt,
	})
	if err != nil {
		return d.refusedVote(ctx, r, err)
	}
	if err := d.crossed(stepVoteRevealed); err != nil {
		return err
	}
	r.Status = VoteRevealed
	d.log.Info("voted", "case", r.Case, "miner", r.Miner, "verdict", r.Verdict)
	return d.put(r, VoteRevealing)
}

// hopelessVotes are refusals that would be repeated for ever.
var hopelessVotes = []error{disputetypes.ErrNotJudge, disputetypes.ErrInvalidVote, disputetypes.ErrHashMismatch}

// refusedVote decides what a failed transaction means. Whatever is not hopeless is tried again at the next height, when the chain says what became
// of it.
func (d *Disputer) refusedVote(ctx context.Context, r VoteRecord, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, subnettypes.ErrKeySwapped) {
		return err
	}
	for _, h := range hopelessVotes {
		if errors.Is(err, h) {
			was := r.Status
			r.Status, r.Why = VoteFailed, err.Error()
			return d.put(r, was)
		}
	}
	if errors.Is(err, disputetypes.ErrTooEarly) {
		return nil // the node plays it through in the block that it has; the next one takes it
	}
	d.metrics.failures.WithLabelValues("submit").Inc()
	d.once(fmt.Sprintf("vote/%d/%s", r.Case, r.Status), "the chain did not take a vote; trying again", "case", r.Case, "error", err)
	return nil
}
