package keeper

import (
	"bytes"
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/dispute/types"
)

// commitVote takes the promise of a judge, once: who saw what others promise could not learn from it, but who could promise again could
// wait for what is said outside the chain.
func (k *Keeper) commitVote(ctx context.Context, m *types.MsgCommitVote) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	c, j, _, err := k.judge(ctx, m.CaseId, m.Hotkey)
	if err != nil {
		return err
	}
	if now := height(ctx); now > c.Terms.CommitUntil {
		return errorsmod.Wrapf(types.ErrTooLate, "case %d took commits until block %d, this is block %d", c.Id, c.Terms.CommitUntil, now)
	}
	if len(j.Commit) > 0 {
		return errorsmod.Wrapf(types.ErrAlreadyVoted, "%s has promised its vote in case %d; reveal it in blocks %d to %d", j.Hotkey, c.Id, c.Terms.CommitUntil+1, c.Terms.RevealUntil)
	}
	j.Commit = m.Hash
	if err := k.putJudge(ctx, j); err != nil {
		return err
	}
	return emit(ctx, &types.EventVoteCommitted{CaseId: c.Id, Hotkey: j.Hotkey})
}

// revealVote takes the vote that was promised.
func (k *Keeper) revealVote(ctx context.Context, m *types.MsgRevealVote) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	c, j, hotkey, err := k.judge(ctx, m.CaseId, m.Hotkey)
	if err != nil {
		return err
	}
	switch now := height(ctx); {
	case now <= c.Terms.CommitUntil:
		return errorsmod.Wrapf(types.ErrTooEarly, "case %d takes commits until block %d, this is block %d; others could copy what is revealed now", c.Id, c.Terms.CommitUntil, now)
	case now > c.Terms.RevealUntil:
		return errorsmod.Wrapf(types.ErrTooLate, "case %d took reveals until block %d, this is block %d", c.Id, c.Terms.RevealUntil, now)
	case len(j.Commit) == 0:
		return errorsmod.Wrapf(types.ErrNotCommitted, "%s in case %d; commits were taken until block %d", j.Hotkey, c.Id, c.Terms.CommitUntil)
	case j.Verdict != types.Verdict_VERDICT_UNSPECIFIED:
		return errorsmod.Wrapf(types.ErrAlreadyVoted, "%s revealed %s in case %d", j.Hotkey, j.Verdict, c.Id)
	}
	hash := types.Vote{CaseID: c.Id, Hotkey: hotkey, Verdict: m.Verdict, Evidence: m.Evidence, Salt: m.Salt}.Hash()
	if !bytes.Equal(hash[:], j.Commit) {
		return errorsmod.Wrapf(types.ErrHashMismatch, "%s in case %d: verdict, evidence and salt give %x, promised was %x", j.Hotkey, c.Id, hash, j.Commit)
	}
	j.Verdict, j.Evidence = m.Verdict, m.Evidence
	if err := k.putJudge(ctx, j); err != nil {
		return err
	}
	return emit(ctx, &types.EventVoteRevealed{CaseId: c.Id, Hotkey: j.Hotkey, Verdict: j.Verdict, Evidence: j.Evidence})
}

// judge finds the seat for which a signer votes. Who sat when the case was opened sits until its end, whatever becomes of its permit.
func (k *Keeper) judge(ctx context.Context, id uint64, signer string) (types.Case, types.Judge, sdk.AccAddress, error) {
	hotkey, err := k.signsFor(ctx, signer)
	if err != nil {
		return types.Case{}, types.Judge{}, nil, err
	}
	c, err := k.GetCase(ctx, id)
	if err != nil {
		return types.Case{}, types.Judge{}, nil, err
	}
	if !c.Open() {
		return types.Case{}, types.Judge{}, nil, errorsmod.Wrapf(types.ErrTooLate, "case %d ended at block %d as %s", id, c.Outcome.EndedAt, c.Status)
	}
	j, err := k.judges.Get(ctx, collections.Join(id, hotkey))
	if err != nil {
		return types.Case{}, types.Judge{}, nil, missing(err, types.ErrNotJudge, "%s is not on the bench of case %d, which was seated at block %d", hotkey, id, c.OpenedAt)
	}
	return c, j, hotkey, nil
}
