package keeper_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/dispute/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func TestAccuseRefusals(t *testing.T) {
	f := setup(t)
	for name, c := range map[string]struct {
		change func(*types.MsgAccuse)
		want   error
	}{
		"no-address":           {func(m *types.MsgAccuse) { m.Hotkey = "agon1x" }, subnettypes.ErrInvalidAddress},
		"miner-no-address":     {func(m *types.MsgAccuse) { m.Miner = "" }, subnettypes.ErrInvalidAddress},
		"netuid-zero":          {func(m *types.MsgAccuse) { m.Netuid = 0 }, types.ErrInvalidAccusation},
		"no-such-subnet":       {func(m *types.MsgAccuse) { m.Netuid = 9 }, subnettypes.ErrSubnetNotFound},
		"evidence-short":       {func(m *types.MsgAccuse) { m.Evidence = m.Evidence[1:] }, types.ErrInvalidAccusation},
		"no-evidence":          {func(m *types.MsgAccuse) { m.Evidence = nil }, types.ErrInvalidAccusation},
		"evidence-weak":        {func(m *types.MsgAccuse) { m.Log10E = 2_999 }, types.ErrInvalidAccusation},
		"evidence-incredible":  {func(m *types.MsgAccuse) { m.Log10E = types.MaxLog10E + 1 }, types.ErrInvalidAccusation},
		"reason-long":          {func(m *types.MsgAccuse) { m.Reason = strings.Repeat("x", types.MaxReason+1) }, types.ErrInvalidAccusation},
		"reason-hides":         {func(m *types.MsgAccuse) { m.Reason = "a\u202eb" }, types.ErrInvalidAccusation},
		"accuser-unknown":      {func(m *types.MsgAccuse) { m.Hotkey = markettest.Hotkey(20).String() }, subnettypes.ErrNotRegistered},
		"miner-unknown":        {func(m *types.MsgAccuse) { m.Miner = markettest.Hotkey(20).String() }, subnettypes.ErrNotRegistered},
		"no-permit":            {func(m *types.MsgAccuse) { m.Hotkey = markettest.Hotkey(first + 1).String() }, types.ErrNoPermit},
		"itself":               {func(m *types.MsgAccuse) { m.Miner = m.Hotkey }, types.ErrOwnMiner},
		"miner-serves-nothing": {func(m *types.MsgAccuse) { m.Miner = markettest.Hotkey(silent).String() }, types.ErrServesNothing},
	} {
		t.Run(name, func(t *testing.T) {
			m := f.accusation(0, first)
			c.change(m)
			_, err := f.tryAccuse(m)
			require.ErrorIs(t, err, c.want)
		})
	}
	require.Zero(t, f.collateral(first).Disputed, "a refusal holds nothing")

	t.Run("without-a-permit", func(t *testing.T) {
		f.UpdateHyperparams(f.netuid, func(h *subnettypes.Hyperparams) { h.MaxValidators = 4 })
		f.epoch()
		_, err := f.tryAccuse(f.accusation(4, first))
		require.ErrorIs(t, err, types.ErrNoPermit)
		require.EqualValues(t, 4, func() uint32 { id := f.accuse(0, first); return f.get(id).Judges }())
	})
	t.Run("one-case-for-a-miner", func(t *testing.T) {
		_, err := f.tryAccuse(f.accusation(1, first))
		require.ErrorIs(t, err, types.ErrCaseOpen)
		require.ErrorContains(t, err, "case 1")
	})
	t.Run("many-cases-of-an-accuser", func(t *testing.T) {
		f.setParams(func(p *types.Params) { p.MaxOpenCases = 1 })
		_, err := f.tryAccuse(f.accusation(0, first+1))
		require.ErrorIs(t, err, types.ErrTooManyCases)
	})
	t.Run("bench-of-few-owners", func(t *testing.T) {
		f.setParams(func(p *types.Params) { p.MinJudges = 5 })
		_, err := f.tryAccuse(f.accusation(1, first+1))
		require.ErrorIs(t, err, types.ErrBenchTooSmall)
		require.ErrorContains(t, err, "4 validators of 4 owners")
	})
	t.Run("stake-left", func(t *testing.T) {
		f.setParams(func(p *types.Params) { p.MinJudges = 2 })
		f.unstake(3, stakes[3]-999)
		_, err := f.tryAccuse(f.accusation(3, first+1))
		require.ErrorIs(t, err, types.ErrBelowThreshold)
		id := f.accuse(2, first+1)
		require.EqualValues(t, 3, f.get(id).Judges)
	})
	f.CheckInvariants()
}

// Nobody of the miner's owner sits on the bench, nor can accuse; a bench has the weightiest.
func TestBenchLeavesOutTheMinersOwner(t *testing.T) {
	f := setup(t)
	f.give(4, markettest.Owner(first))
	_, err := f.tryAccuse(f.accusation(4, first))
	require.ErrorIs(t, err, types.ErrOwnMiner)
	id := f.accuse(0, first)
	bench, err := f.Dispute.Bench(f.Ctx, id)
	require.NoError(t, err)
	require.Len(t, bench, 4)
	for n, j := range bench {
		require.Equal(t, types.Judge{CaseId: id, Hotkey: markettest.Hotkey(n).String(), Owner: markettest.Owner(n).String(), Weight: stakes[n]}, j)
	}
	require.ErrorIs(t, f.commit(id, 4, notGuilty), types.ErrNotJudge)
}

// give swaps the owner of the n-th hotkey for another account.
func (f *fixture) give(n int, to sdk.AccAddress) {
	f.t.Helper()
	p, err := f.Subnet.Params(f.Ctx)
	require.NoError(f.t, err)
	p.OwnerSwapDelay = 1
	_, err = f.subnetMsg().UpdateParams(f.Ctx, &subnettypes.MsgUpdateParams{Authority: f.Authority, Params: p})
	require.NoError(f.t, err)
	_, err = f.subnetMsg().AnnounceOwnerSwap(f.Ctx, &subnettypes.MsgAnnounceOwnerSwap{Owner: markettest.Owner(n).String(), NewOwner: to.String()})
	require.NoError(f.t, err)
	f.Next()
	f.Next()
	_, err = f.subnetMsg().SwapOwner(f.Ctx, &subnettypes.MsgSwapOwner{Owner: markettest.Owner(n).String(), NewOwner: to.String()})
	require.NoError(f.t, err)
}

func TestVoteRefusals(t *testing.T) {
	f := setup(t)
	id, other := f.accuse(0, first), f.accuse(0, first+1)
	require.ErrorIs(t, f.commit(9, 0, guilty), types.ErrCaseNotFound)
	require.ErrorIs(t, f.commit(id, silent, guilty), types.ErrNotJudge)
	require.NoError(t, f.commit(id, 0, guilty))
	require.ErrorIs(t, f.commit(id, 0, guilty), types.ErrAlreadyVoted, "once")
	commit := func(n int, hash []byte) error {
		return f.Tx(func(ctx sdk.Context) error {
			_, err := f.msg.CommitVote(ctx, &types.MsgCommitVote{Hotkey: markettest.Hotkey(n).String(), CaseId: id, Hash: hash})
			return err
		})
	}
	require.ErrorIs(t, commit(1, []byte("short")), types.ErrInvalidVote)
	// Judge 1 copies the promise of judge 0, judge 2 promises what it reveals in another case, judge 3 says more than it promised.
	copied := vote(id, 0, guilty).Hash()
	require.NoError(t, commit(1, copied[:]))
	elsewhere := vote(other, 2, guilty)
	sum := elsewhere.Hash()
	require.NoError(t, commit(2, sum[:]))
	require.NoError(t, f.commit(id, 3, cannotTell))
	require.ErrorIs(t, f.reveal(id, 0), types.ErrTooEarly)
	f.To(f.get(id).Terms.CommitUntil)
	require.ErrorIs(t, f.reveal(id, 0), types.ErrTooEarly, "the last block that takes commits")
	f.Next()
	require.ErrorIs(t, f.commit(id, 4, guilty), types.ErrTooLate)

	reveal := func(n int, v types.Vote) *types.MsgRevealVote {
		return &types.MsgRevealVote{Hotkey: markettest.Hotkey(n).String(), CaseId: id, Verdict: v.Verdict, Evidence: v.Evidence, Salt: v.Salt}
	}
	require.ErrorIs(t, f.send(reveal(1, vote(id, 0, guilty))), types.ErrHashMismatch)
	require.ErrorIs(t, f.send(reveal(2, elsewhere)), types.ErrHashMismatch)
	require.ErrorIs(t, f.send(reveal(3, vote(id, 3, guilty))), types.ErrHashMismatch)
	require.ErrorIs(t, f.send(reveal(4, vote(id, 4, guilty))), types.ErrNotCommitted)
	require.ErrorIs(t, f.send(reveal(silent, vote(id, silent, guilty))), types.ErrNotJudge)
	for name, change := range map[string]func(*types.MsgRevealVote){
		"verdict-none":   func(m *types.MsgRevealVote) { m.Verdict = 0 },
		"verdict-other":  func(m *types.MsgRevealVote) { m.Verdict = 4 },
		"verdict-minus":  func(m *types.MsgRevealVote) { m.Verdict = -255 },
		"evidence-short": func(m *types.MsgRevealVote) { m.Evidence = m.Evidence[1:] },
		"salt-short":     func(m *types.MsgRevealVote) { m.Salt = m.Salt[1:] },
		"salt-long":      func(m *types.MsgRevealVote) { m.Salt = make([]byte, types.MaxSalt+1) },
	} {
		t.Run(name, func(t *testing.T) {
			m := reveal(0, vote(id, 0, guilty))
			change(m)
			require.ErrorIs(t, f.send(m), types.ErrInvalidVote)
		})
	}
	require.NoError(t, f.reveal(id, 0))
	require.ErrorIs(t, f.reveal(id, 0), types.ErrAlreadyVoted)
	f.To(f.get(id).Terms.RevealUntil)
	require.NoError(t, f.reveal(id, 3), "the last block")
	f.Next()
	require.ErrorIs(t, f.reveal(id, 3), types.ErrTooLate)
	require.ErrorIs(t, f.commit(id, 4, guilty), types.ErrTooLate)
}

func TestUpdateParams(t *testing.T) {
	f := setup(t)
	p := types.DefaultParams()
	_, err := f.msg.UpdateParams(f.Ctx, &types.MsgUpdateParams{Authority: markettest.Owner(0).String(), Params: p})
	require.ErrorIs(t, err, govtypes.ErrInvalidSigner)
	p.MinJudges = 1
	_, err = f.msg.UpdateParams(f.Ctx, &types.MsgUpdateParams{Authority: f.Authority, Params: p})
	require.ErrorIs(t, err, types.ErrInvalidParams, "an accuser is never enough")

	// A case keeps its terms.
	id := f.accuse(0, first)
	terms, held := f.get(id).Terms, f.get(id).Held
	f.setParams(func(p *types.Params) {
		p.CommitBlocks, p.RevealBlocks, p.SlashBps, p.BurnBps, p.QuorumBps, p.MinJudges = 100, 100, 10_000, 0, 10_000, 5
	})
	require.Equal(t, terms, f.get(id).Terms)
	f.votes(id, guilty, guilty, guilty)
	require.Equal(t, types.CaseStatus_CASE_STATUS_GUILTY, f.get(id).Status)
	require.Equal(t, held/2, f.get(id).Outcome.Burned)
	require.Equal(t, held-held/2, f.get(id).Outcome.Pooled)
}
