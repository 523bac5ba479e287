package types

import (
	errorsmod "cosmossdk.io/errors"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// TermsAt are those of a case that is opened at a height.
func (p Params) TermsAt(height int64) Terms {
	commit := height + int64(p.CommitBlocks)
	return Terms{
		CommitUntil: commit, RevealUntil: commit + int64(p.RevealBlocks),
		MinJudges: p.MinJudges, QuorumBps: p.QuorumBps, BurnBps: p.BurnBps,
		BarAfterRejection: p.BarAfterRejection, RestAfterUndecided: p.RestAfterUndecided, Retention: p.Retention,
	}
}

// Open says whether the case has not ended.
func (c Case) Open() bool { return c.Status == CaseStatus_CASE_STATUS_OPEN }

// ForgetAt is the height from whose end on a case that has ended is not kept any more.
func (c Case) ForgetAt() int64 { return c.Outcome.EndedAt + int64(c.Terms.Retention) }

// Validate reports the first contradiction in a stored case. Errors: ErrInvalidCase, and ErrInvalidAddress of x/subnet.
func (c Case) Validate() error {
	if c.Id < FirstCaseID {
		return errorsmod.Wrapf(ErrInvalidCase, "id is %d, want at least %d", c.Id, FirstCaseID)
	}
	wrap := func(err error) error { return errorsmod.Wrapf(err, "case %d", c.Id) }
	for _, a := range []struct{ field, text string }{{"miner", c.Miner}, {"accuser", c.Accuser}} {
		if _, err := subnettypes.ParseHotkey(a.field, a.text); err != nil {
			return wrap(err)
		}
	}
	if err := checkAccusation(ErrInvalidCase, c.Netuid, c.Evidence, c.Log10E, c.Reason); err != nil {
		return wrap(err)
	}
	t := c.Terms
	if c.OpenedAt < 0 || t.CommitUntil <= c.OpenedAt || t.RevealUntil <= t.CommitUntil || c.DueAt < t.RevealUntil {
		return wrap(errorsmod.Wrapf(ErrInvalidCase, "opened_at is %d, commit_until %d, reveal_until %d, due_at %d: want 0 <= opened_at < commit_until < reveal_until <= due_at",
			c.OpenedAt, t.CommitUntil, t.RevealUntil, c.DueAt))
	}
	if err := check(ErrInvalidCase, []bound{
		{"commit_until - opened_at", uint64(t.CommitUntil - c.OpenedAt), 1, MaxWindow},
		{"reveal_until - commit_until", uint64(t.RevealUntil - t.CommitUntil), 1, MaxWindow},
		{"min_judges", uint64(t.MinJudges), 2, MaxBench},
		{"quorum_bps", uint64(t.QuorumBps), MinQuorumBps, subnettypes.MaxBps},
		{"burn_bps", uint64(t.BurnBps), 0, subnettypes.MaxBps},
		{"bar_after_rejection", t.BarAfterRejection, 0, MaxWait},
		{"rest_after_undecided", t.RestAfterUndecided, 0, MaxWait},
		{"retention", t.Retention, 1, MaxWait},
		{"held", c.Held, 0, maxAmount},
		{"judges", uint64(c.Judges), uint64(t.MinJudges), MaxBench},
	}); err != nil {
		return wrap(err)
	}
	if c.Status < CaseStatus_CASE_STATUS_OPEN || c.Status > CaseStatus_CASE_STATUS_UNDECIDED {
		return wrap(errorsmod.Wrapf(ErrInvalidCase, "status is %d, want %d to %d", c.Status, CaseStatus_CASE_STATUS_OPEN, CaseStatus_CASE_STATUS_UNDECIDED))
	}
	if c.Open() != (c.Outcome == nil) {
		return wrap(errorsmod.Wrapf(ErrInvalidCase, "status is %s, want an outcome unless it is open, and then none", c.Status))
	}
	return wrap(c.validateOutcome())
}

func (c Case) validateOutcome() error {
	o := c.Outcome
	if o == nil {
		return nil
	}
	if o.EndedAt < 0 {
		return errorsmod.Wrapf(ErrInvalidCase, "ended_at is %d, want at least 0", o.EndedAt)
	}
	rest := c.Weight
	for _, f := range []struct {
		name  string
		value uint64
		of    *uint64
	}{{"weight", o.Weight, &rest}, {"guilty", o.Guilty, &o.Weight}, {"not_guilty", o.NotGuilty, &o.Weight}, {"cannot_tell", o.CannotTell, &o.Weight}} {
		if f.value > *f.of {
			return errorsmod.Wrapf(ErrInvalidCase, "%s of the outcome is %d, want at most %d", f.name, f.value, *f.of)
		}
	}
	if voices := o.Weight - o.Guilty; o.NotGuilty > voices || o.CannotTell > voices-o.NotGuilty {
		return errorsmod.Wrapf(ErrInvalidCase, "the outcome has %d guilty, %d not guilty and %d that cannot tell, of a weight of %d", o.Guilty, o.NotGuilty, o.CannotTell, o.Weight)
	}
	if o.GuiltyOwners > c.Judges || o.NotGuiltyOwners > c.Judges {
		return errorsmod.Wrapf(ErrInvalidCase, "%d owners said guilty and %d not guilty, of %d judges", o.GuiltyOwners, o.NotGuiltyOwners, c.Judges)
	}
	if o.Burned > c.Held || o.Pooled > c.Held-o.Burned {
		return errorsmod.Wrapf(ErrInvalidCase, "burned is %d and pooled %d, want together at most %d (held)", o.Burned, o.Pooled, c.Held)
	}
	if c.Status != CaseStatus_CASE_STATUS_GUILTY && o.Burned+o.Pooled > 0 {
		return errorsmod.Wrapf(ErrInvalidCase, "burned is %d and pooled %d in a case that ended as %s, want 0", o.Burned, o.Pooled, c.Status)
	}
	return nil
}

// Validate reports the first contradiction in a stored judge. Errors: ErrInvalidCase, and ErrInvalidAddress of x/subnet.
func (j Judge) Validate() error {
	if _, err := subnettypes.ParseHotkey("hotkey", j.Hotkey); err != nil {
		return err
	}
	if _, err := subnettypes.ParseAddress("owner", j.Owner); err != nil {
		return err
	}
	if j.Weight == 0 {
		return errorsmod.Wrapf(ErrInvalidCase, "judge %s of case %d has no weight", j.Hotkey, j.CaseId)
	}
	if len(j.Commit) > 0 {
		if err := hashField(ErrInvalidCase, "commit", j.Commit); err != nil {
			return err
		}
	}
	if j.Verdict == Verdict_VERDICT_UNSPECIFIED {
		if len(j.Evidence) > 0 {
			return errorsmod.Wrapf(ErrInvalidCase, "judge %s of case %d has evidence and no verdict", j.Hotkey, j.CaseId)
		}
		return nil
	}
	if len(j.Commit) == 0 {
		return errorsmod.Wrapf(ErrInvalidCase, "judge %s of case %d has a verdict and no commit", j.Hotkey, j.CaseId)
	}
	if err := validVerdict(j.Verdict); err != nil {
		return errorsmod.Wrap(ErrInvalidCase, err.Error())
	}
	return hashField(ErrInvalidCase, "evidence", j.Evidence)
}
