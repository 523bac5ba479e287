package keeper_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/dispute/keeper"
	"github.com/agon-chain/agon/x/dispute/types"
	stakekeeper "github.com/agon-chain/agon/x/stake/keeper"
	staketypes "github.com/agon-chain/agon/x/stake/types"
)

// A case from the accusation to the slash: half of what is held, rounded up, of which half is burned; the evidence's hash is in the case and
// in the events, what each judge saw beside it; nobody who accused or judged is paid.
func TestGuilty(t *testing.T) {
	f := setup(t)
	held := f.collateral(first).Held()
	require.EqualValues(t, price/2, held)
	disputed := (held + 1) / 2
	community := f.nagon(pool())

	res, err := f.tryAccuse(f.accusation(0, first))
	require.NoError(t, err)
	require.Equal(t, &types.MsgAccuseResponse{CaseId: 1, Held: disputed, Judges: validators}, res)
	require.Equal(t, disputed, f.collateral(first).Disputed)
	require.EqualValues(t, 1, f.record(first).OpenCase)
	opened := markettest.Events[*types.EventCaseOpened](f.Ctx.EventManager().Events())
	require.Len(t, opened, 1)
	require.Equal(t, hash("what the accuser saw"), opened[0].Evidence)

	// 5, 4 and 3 of 15 say guilty, 2 cannot tell, 1 says not guilty: 12 of 13 that decided.
	events := f.votes(1, guilty, guilty, guilty, cannotTell, notGuilty)
	ended := markettest.Events[*types.EventCaseEnded](events)
	require.Len(t, ended, 1)
	c := f.get(1)
	require.Equal(t, types.Outcome{
		EndedAt: f.Ctx.BlockHeight(), Weight: 15_000_000, Guilty: 12_000_000, NotGuilty: 1_000_000, CannotTell: 2_000_000,
		GuiltyOwners: 3, NotGuiltyOwners: 1, Burned: disputed / 2, Pooled: disputed - disputed/2,
	}, *c.Outcome)
	require.Equal(t, &types.EventCaseEnded{
		CaseId: 1, Netuid: f.netuid, Miner: c.Miner, Status: types.CaseStatus_CASE_STATUS_GUILTY, Outcome: *c.Outcome, Evidence: hash("what the accuser saw"),
	}, ended[0])
	require.Equal(t, held-disputed, f.collateral(first).Held())
	require.Zero(t, f.collateral(first).Disputed)
	require.GreaterOrEqual(t, f.nagon(pool())-community, c.Outcome.Pooled, "emission pays into it too")
	for n := range validators {
		require.Zero(t, f.nagon(markettest.Owner(n)), "a reward would pay for false accusations")
		require.Zero(t, f.nagon(markettest.Hotkey(n)))
	}
	require.Equal(t, types.Record{
		Netuid: f.netuid, Hotkey: c.Miner, Verdicts: 1, LastHeight: c.Outcome.EndedAt, Slashed: disputed, LastCase: 1,
	}, f.record(first).Record)
	require.Zero(t, f.record(first).OpenCase)

	shown, err := f.queries().Case(f.Ctx, &types.QueryCaseRequest{CaseId: 1})
	require.NoError(t, err)
	require.Len(t, shown.Bench, validators)
	for n, j := range shown.Bench {
		require.Equal(t, vote(1, n, 0).Evidence, j.Evidence)
	}

	// It can be found guilty again, of what is left.
	id := f.accuse(1, first)
	f.votes(id, guilty, guilty, guilty)
	require.EqualValues(t, 2, f.record(first).Record.Verdicts)
	require.Equal(t, disputed+(held-disputed+1)/2, f.record(first).Record.Slashed)
}

// Who accuses an honest miner waits; who is not decided upon waits less. The collateral is free again.
func TestNotGuilty(t *testing.T) {
	f := setup(t)
	for _, c := range []struct {
		name           string
		miner, accuser int
		verdicts       []types.Verdict
		status         types.CaseStatus
		wait           int64
	}{
		{"two-thirds-are-not-more", first, 0, []types.Verdict{guilty, notGuilty, notGuilty, notGuilty, notGuilty}, types.CaseStatus_CASE_STATUS_UNDECIDED, 4},
		{"rejected", first + 1, 1, []types.Verdict{notGuilty, notGuilty, notGuilty, guilty}, types.CaseStatus_CASE_STATUS_REJECTED, 20},
		{"no-quorum", first + 2, 2, []types.Verdict{guilty, absent, guilty, cannotTell}, types.CaseStatus_CASE_STATUS_UNDECIDED, 4},
		{"two-owners", first, 3, []types.Verdict{guilty, guilty}, types.CaseStatus_CASE_STATUS_UNDECIDED, 4},
		{"nobody-can-tell", first, 4, []types.Verdict{cannotTell, cannotTell, cannotTell}, types.CaseStatus_CASE_STATUS_UNDECIDED, 4},
		{"nobody-votes", first, 4, nil, types.CaseStatus_CASE_STATUS_UNDECIDED, 4},
		{"others-are-absent", first, 4, []types.Verdict{guilty, absent, guilty, guilty}, types.CaseStatus_CASE_STATUS_GUILTY, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			f.To(f.Ctx.BlockHeight() + 21) // no bar is left
			before := f.collateral(c.miner).Held()
			id := f.accuse(c.accuser, c.miner)
			f.votes(id, c.verdicts...)
			require.Equal(t, c.status, f.get(id).Status)
			accuser := &types.QueryAccuserRequest{Hotkey: markettest.Hotkey(c.accuser).String()}
			res, err := f.queries().Accuser(f.Ctx, accuser)
			require.NoError(t, err)
			require.Empty(t, res.OpenCases)
			require.Zero(t, f.collateral(c.miner).Disputed)
			if c.wait == 0 {
				require.Zero(t, res.BarredUntil)
				return
			}
			require.Equal(t, before, f.collateral(c.miner).Held())
			require.Equal(t, f.get(id).Outcome.EndedAt+c.wait, res.BarredUntil)
			_, err = f.tryAccuse(f.accusation(c.accuser, c.miner))
			require.ErrorIs(t, err, types.ErrBarred)
			f.To(res.BarredUntil - 1)
			_, err = f.tryAccuse(f.accusation(c.accuser, c.miner))
			require.ErrorIs(t, err, types.ErrBarred)
			f.Next()
			res, err = f.queries().Accuser(f.Ctx, accuser)
			require.NoError(t, err)
			require.Zero(t, res.BarredUntil)
		})
	}
}

// Stake that comes for an accusation and leaves, or leaves before the end, counts for nothing; neither does it count for the quorum.
func TestWeightIsTheLesserOfBothEnds(t *testing.T) {
	f := setup(t)
	f.StakeToken(f.netuid, 4, 99_000_000) // 100 of 114 now
	id := f.accuse(4, first)
	require.EqualValues(t, 114_000_000, f.get(id).Weight)
	f.unstake(4, 99_500_000)
	f.StakeToken(f.netuid, 3, 50_000_000)
	f.votes(id, notGuilty, notGuilty, notGuilty, guilty, guilty)
	c := f.get(id)
	require.EqualValues(t, 2_500_000, c.Outcome.Guilty, "2 of judge 3 and the half that judge 4 has left")
	require.EqualValues(t, 12_000_000, c.Outcome.NotGuilty)
	require.EqualValues(t, 14_500_000, c.Outcome.Weight)
	require.Equal(t, types.CaseStatus_CASE_STATUS_REJECTED, c.Status)
}

func (f *fixture) unstake(n int, alpha uint64) {
	f.t.Helper()
	_, err := stakekeeper.NewMsgServer(f.Stake).RemoveStake(f.Ctx, &staketypes.MsgRemoveStake{
		Owner: markettest.Owner(n).String(), Hotkey: markettest.Hotkey(n).String(), Netuid: f.netuid, Alpha: alpha, KeepToken: true,
	})
	require.NoError(f.t, err)
}

// broken are refunds that take nothing.
type broken struct{ panics bool }

func (b broken) FundRefunds(context.Context, uint64, uint32, sdk.AccAddress, int64, uint64, sdk.AccAddress) error {
	if b.panics {
		panic("refunds that are broken")
	}
	return errors.New("the refunds are broken \xff")
}

// A case that cannot be decided stops no block and no other case, leaves nothing behind, and is tried again.
func TestFailureIsSetAside(t *testing.T) {
	for _, panics := range []bool{false, true} {
		f := setup(t)
		id, other := f.accuse(0, first), f.accuse(1, first+1)
		bad := keeper.NewKeeper(f.Cdc, f.Store(types.StoreKey), f.Authority, f.Bank, broken{panics}, f.Subnet, f.Stake, f.Scoring)
		for _, v := range []struct {
			id uint64
			v  types.Verdict
		}{{id, guilty}, {other, notGuilty}} {
			for n := range 4 {
				require.NoError(t, f.commit(v.id, n, v.v))
			}
		}
		f.To(f.get(id).Terms.CommitUntil + 1)
		for n := range 4 {
			require.NoError(t, f.reveal(id, n))
			require.NoError(t, f.reveal(other, n))
		}
		f.To(f.get(id).Terms.RevealUntil)
		f.At(f.Ctx.BlockHeight() + 1)
		held, supply := f.collateral(first), f.supply()
		require.NoError(t, bad.BeginBlock(f.Ctx))
		f.CheckInvariants()
		require.Equal(t, held, f.collateral(first))
		require.Equal(t, supply, f.supply())
		require.Zero(t, f.record(first).Record.Verdicts)
		failed := markettest.Events[*types.EventCaseFailed](f.Ctx.EventManager().Events())
		require.Len(t, failed, 1)
		require.Equal(t, id, failed[0].CaseId)
		if panics {
			require.Equal(t, "the case panicked; the node's log says where", failed[0].Reason)
		} else {
			require.Equal(t, "the refunds are broken ", failed[0].Reason)
		}
		require.Equal(t, types.CaseStatus_CASE_STATUS_REJECTED, f.get(other).Status)
		require.True(t, f.get(id).Open())
		require.ErrorIs(t, f.reveal(id, 0), types.ErrTooLate)

		f.At(failed[0].AgainAt + 1)
		require.NoError(t, f.Dispute.BeginBlock(f.Ctx))
		require.Equal(t, types.CaseStatus_CASE_STATUS_GUILTY, f.get(id).Status)
		f.CheckInvariants()
	}
}

// A block decides and forgets as many cases as its budget has; the rest slip and say so.
func TestBudgetAndRetention(t *testing.T) {
	f := setup(t)
	f.setParams(func(p *types.Params) { p.MaxCasesPerBlock = 1 })
	for n := range 3 {
		f.accuse(n, first+n)
	}
	until := f.get(1).Terms.RevealUntil
	f.To(until + 1)
	deferred := markettest.Events[*types.EventCasesDeferred](f.Ctx.EventManager().Events())
	require.Equal(t, []*types.EventCasesDeferred{{Deferred: 1}}, deferred, "counted up to one more budget")
	for n, open := range []bool{false, true, true} {
		require.Equal(t, open, f.get(uint64(n+1)).Open())
	}
	f.To(until + 3)
	require.Equal(t, until+3, f.get(3).Outcome.EndedAt)

	list, err := f.queries().Cases(f.Ctx, &types.QueryCasesRequest{Netuid: f.netuid})
	require.NoError(t, err)
	require.Len(t, list.Cases, 3)
	f.To(until + 1 + 30 + 1)
	_, err = f.Dispute.GetCase(f.Ctx, 1)
	require.ErrorIs(t, err, types.ErrCaseNotFound)
	f.get(2)
	f.To(until + 3 + 30 + 1)
	list, err = f.queries().Cases(f.Ctx, &types.QueryCasesRequest{Netuid: f.netuid})
	require.NoError(t, err)
	require.Empty(t, list.Cases)
	gs, err := f.Dispute.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.Empty(t, gs.Judges)
	require.EqualValues(t, 4, gs.NextCaseId, "ids are never used again")
}
