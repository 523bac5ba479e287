package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/dispute/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// A miner cannot leave with what is disputed, whichever way it loses its uid: pushed out by a newcomer (its own friend's, perhaps), trimmed by
// a friendly owner, or with the whole subnet. What it had earned back and is not disputed is paid as ever.
func TestNoWayOut(t *testing.T) {
	leave := map[string]func(f *fixture){
		"stays": func(*fixture) {},
		"replaced": func(f *fixture) {
			require.NoError(f.t, f.Subnet.SetPruningScores(f.Ctx, f.netuid, []uint16{9, 9, 9, 9, 9, 0, 9, 9, 9}))
			require.EqualValues(f.t, first, f.Register(f.netuid, 20))
		},
		"trimmed": func(f *fixture) {
			require.NoError(f.t, f.Subnet.SetPruningScores(f.Ctx, f.netuid, []uint16{9, 9, 9, 9, 9, 0, 9, 9, 9}))
			f.trim(8)
		},
		"moved-by-a-trim": func(f *fixture) {
			require.NoError(f.t, f.Subnet.SetPruningScores(f.Ctx, f.netuid, []uint16{9, 9, 9, 9, 0, 9, 1, 2, 3}))
			f.trim(5)
			uid, err := f.Subnet.UIDOf(f.Ctx, f.netuid, markettest.Hotkey(first))
			require.NoError(f.t, err)
			require.EqualValues(f.t, 4, uid)
		},
		"dissolved": func(f *fixture) {
			_, err := f.subnetMsg().DissolveSubnet(f.Ctx, &subnettypes.MsgDissolveSubnet{Owner: markettest.Creator().String(), Netuid: f.netuid})
			require.NoError(f.t, err)
			f.Next()
			_, err = f.Subnet.UIDOf(f.Ctx, f.netuid, markettest.Hotkey(first))
			require.ErrorIs(f.t, err, subnettypes.ErrNotRegistered)
		},
	}
	for name, out := range leave {
		for _, verdict := range []types.Verdict{guilty, notGuilty} {
			t.Run(name+"-"+verdict.String(), func(t *testing.T) {
				f := setup(t)
				f.setParams(func(p *types.Params) { p.CommitBlocks = 5 })
				amount := f.collateral(first).Amount
				disputed := (amount + 1) / 2
				f.earn(first, 1<<62) // all of it has vested
				id := f.accuse(0, first)
				require.Equal(t, disputed, f.get(id).Held)
				owner := markettest.Owner(first)
				had := f.nagon(owner)
				out(f)
				f.CheckInvariants()
				voters := []types.Verdict{verdict, verdict, verdict, verdict}
				if name == "stays" || name == "moved-by-a-trim" {
					_, err := f.subnetMsg().ClaimCollateral(f.Ctx, &subnettypes.MsgClaimCollateral{
						Owner: owner.String(), Hotkey: markettest.Hotkey(first).String(), Netuid: f.netuid,
					})
					require.NoError(t, err)
				}
				require.Equal(t, amount-disputed, f.nagon(owner)-had, "what is not disputed is free, and no more")
				shown, err := f.queries().Case(f.Ctx, &types.QueryCaseRequest{CaseId: id})
				require.NoError(t, err)
				require.Equal(t, disputed, shown.Held)
				f.votes(id, voters...)
				o := f.get(id).Outcome
				if verdict == guilty {
					require.Equal(t, types.CaseStatus_CASE_STATUS_GUILTY, f.get(id).Status)
					require.Equal(t, disputed, o.Burned+o.Pooled)
					require.Equal(t, amount-disputed, f.nagon(owner)-had)
					require.EqualValues(t, 1, f.record(first).Record.Verdicts, "its hotkey is known for it")
					return
				}
				require.Equal(t, types.CaseStatus_CASE_STATUS_REJECTED, f.get(id).Status)
				want := amount
				if name == "stays" || name == "moved-by-a-trim" {
					want -= disputed // it has it when it claims it
				}
				require.Equal(t, want, f.nagon(owner)-had)
			})
		}
	}
}

func (f *fixture) trim(to uint32) {
	f.t.Helper()
	f.UpdateHyperparams(f.netuid, func(h *subnettypes.Hyperparams) { h.MaxValidators = 4 })
	_, err := f.subnetMsg().TrimNeurons(f.Ctx, &subnettypes.MsgTrimNeurons{Owner: markettest.Creator().String(), Netuid: f.netuid, MaxNeurons: to})
	require.NoError(f.t, err)
}

// What is withheld goes to whoever owns the hotkey in the end, and the accused can come back in between: that is another registration.
func TestWithheldFollowsTheOwner(t *testing.T) {
	f := setup(t)
	f.setParams(func(p *types.Params) { p.CommitBlocks = 9 })
	f.earn(first, 1<<62)
	id := f.accuse(0, first)
	require.NoError(t, f.Subnet.SetPruningScores(f.Ctx, f.netuid, []uint16{9, 9, 9, 9, 9, 0, 9, 9, 9}))
	f.Register(f.netuid, 20)
	require.NoError(t, f.Subnet.SetPruningScores(f.Ctx, f.netuid, []uint16{9, 9, 9, 9, 9, 0, 9, 9, 9}))
	f.Register(f.netuid, first)
	fresh := f.collateral(first)
	require.Zero(t, fresh.Disputed)
	f.Serve(f.netuid, first, markettest.ServiceKey(first, 1))
	_, err := f.tryAccuse(f.accusation(1, first))
	require.ErrorIs(t, err, types.ErrCaseOpen)
	heir := markettest.Account("heir", 0)
	f.give(first, heir)
	f.votes(id, notGuilty, notGuilty, notGuilty, notGuilty)
	require.Equal(t, f.get(id).Held, f.nagon(heir))
	require.Equal(t, fresh, f.collateral(first))
}

// A judge votes by whichever key signs for its hotkey, also one that took the place of another meanwhile; what was promised stays promised.
func TestJudgeSwapsItsKey(t *testing.T) {
	f := setup(t)
	id := f.accuse(0, first)
	f.commits(id, guilty, guilty, guilty)
	next := markettest.Account("key", 0)
	p, err := f.Subnet.Params(f.Ctx)
	require.NoError(t, err)
	f.Fund(markettest.Owner(0), sdk.NewInt64Coin(subnettypes.BaseDenom, int64(p.HotkeySwapCost)))
	_, err = f.subnetMsg().SwapHotkey(f.Ctx, &subnettypes.MsgSwapHotkey{
		Owner: markettest.Owner(0).String(), Hotkey: markettest.Hotkey(0).String(), NewKey: next.String(),
	})
	require.NoError(t, err)
	require.ErrorIs(t, f.reveal(id, 0), subnettypes.ErrKeySwapped)
	m := f.promised["1 0"]
	m.Hotkey = next.String()
	require.NoError(t, f.send(&m))
	f.decide(id, absent, guilty, guilty)
	require.Equal(t, types.CaseStatus_CASE_STATUS_GUILTY, f.get(id).Status)
	require.Equal(t, markettest.Hotkey(0).String(), f.get(id).Accuser)

	// And accuses by it.
	accusation := f.accusation(0, first+1)
	_, err = f.tryAccuse(accusation)
	require.ErrorIs(t, err, subnettypes.ErrKeySwapped)
	accusation.Hotkey = next.String()
	_, err = f.tryAccuse(accusation)
	require.NoError(t, err)
}

// A judge that loses its uid is still asked, but has no weight in the end.
func TestJudgeIsReplaced(t *testing.T) {
	f := setup(t)
	id := f.accuse(0, first)
	f.commits(id, guilty, guilty, guilty, guilty)
	require.NoError(t, f.Subnet.SetPruningScores(f.Ctx, f.netuid, []uint16{0, 9, 9, 9, 9, 9, 9, 9, 9}))
	require.EqualValues(t, 0, f.Register(f.netuid, 20))
	f.decide(id, guilty, guilty, guilty, guilty)
	require.EqualValues(t, 10_000_000, f.get(id).Outcome.Weight)
	require.EqualValues(t, 3, f.get(id).Outcome.GuiltyOwners)
	require.Equal(t, types.CaseStatus_CASE_STATUS_GUILTY, f.get(id).Status)
}

// A neuron whose collateral is all paid can be accused too: the verdict is what others read.
func TestNothingIsHeld(t *testing.T) {
	f := setup(t)
	f.earn(first, 1<<62)
	_, err := f.subnetMsg().ClaimCollateral(f.Ctx, &subnettypes.MsgClaimCollateral{
		Owner: markettest.Owner(first).String(), Hotkey: markettest.Hotkey(first).String(), Netuid: f.netuid,
	})
	require.NoError(t, err)
	id := f.accuse(0, first)
	require.Zero(t, f.get(id).Held)
	f.votes(id, guilty, guilty, guilty)
	require.Zero(t, f.get(id).Outcome.Burned+f.get(id).Outcome.Pooled)
	require.EqualValues(t, 1, f.record(first).Record.Verdicts)
}
