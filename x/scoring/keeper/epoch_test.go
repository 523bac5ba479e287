package keeper_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/scoring/keeper"
	"github.com/agon-chain/agon/x/scoring/types"
	"github.com/agon-chain/agon/x/scoring/yuma"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// exported is what an epoch at the present height would read, by the ways that anyone has: genesis export and stake.
func exported(m *markettest.Market, t testing.TB) (yuma.Params, *yuma.Input) {
	t.Helper()
	gs, err := m.Scoring.ExportGenesis(m.Ctx)
	require.NoError(t, err)
	c := gs.Columns[0]
	n := len(c.LastUpdate)
	in := &yuma.Input{
		Block: uint64(m.Ctx.BlockHeight()), N: n, OwnerUID: yuma.NoOwner, Permits: make([]bool, n),
		LastUpdate: make([]uint64, n), Weights: make([][]yuma.Entry, n), Bonds: make([][]yuma.Entry, n),
	}
	copy(in.Permits, c.Permits)
	in.Stake, err = m.Stake.StakeColumn(m.Ctx, netuid)
	require.NoError(t, err)
	in.RegisteredAt, err = m.Subnet.RegisteredAt(m.Ctx, netuid)
	require.NoError(t, err)
	for uid, at := range c.LastUpdate {
		in.LastUpdate[uid] = max(uint64(at), in.RegisteredAt[uid])
	}
	for _, row := range gs.Weights[0].Rows {
		in.Weights[row.Uid] = types.Entries(row.Entries)
	}
	if len(gs.Bonds) > 0 {
		for _, row := range gs.Bonds[0].Rows {
			in.Bonds[row.Uid] = types.Entries(row.Entries)
		}
	}
	for _, commit := range gs.Commits {
		hotkey, err := sdk.AccAddressFromBech32(commit.Hotkey)
		require.NoError(t, err)
		uid, err := m.Subnet.UIDOf(m.Ctx, netuid, hotkey)
		require.NoError(t, err)
		if commit.Epoch == gs.Epochs[0].Index {
			in.Commits = append(in.Commits, yuma.Commit{UID: uint16(uid), Block: uint64(commit.Height)})
		}
	}
	s, err := m.Subnet.GetSubnet(m.Ctx, netuid)
	require.NoError(t, err)
	return keeper.EpochParams(s.Hyperparams, gs.Epochs[0].LastStepBlock), in
}

func TestEpochIsYumaOnExportedInputs(t *testing.T) {
	for name, change := range map[string]func(*subnettypes.Hyperparams){
		"classic":               func(*subnettypes.Hyperparams) {},
		"yuma-3":                func(h *subnettypes.Hyperparams) { h.Yuma3 = true },
		"liquid-alpha":          func(h *subnettypes.Hyperparams) { h.Yuma3, h.LiquidAlpha = true, true },
		"liquid-alpha-omitting": func(h *subnettypes.Hyperparams) { h.Yuma3, h.LiquidAlpha, h.BondsDecayOmitted = true, true, false },
	} {
		t.Run(name, func(t *testing.T) {
			m := market(t, markettest.Config{}, change)
			row := weights(0, 65535, 1, 30000, 2, 0)
			var promises [2]promise
			var heights [2]int64
			for epoch := range 5 {
				for i, n := range []int{3, 4} {
					if epoch > 0 {
						require.NoError(t, tell(m, promises[i].opened(t, heights[i], asked.Openings)))
					}
					row[1].Value += uint32(1000*epoch + i)
					promises[i], heights[i] = honest(m, t, n, append([]types.Weight(nil), row...))
				}
				m.To(epochOf(m, t).DueAt)
				if epoch == 0 {
					m.Next()
					continue
				}
				params, in := exported(m, t)
				require.Len(t, in.Commits, 2)
				var want yuma.Output
				require.NoError(t, new(yuma.Workspace).Run(params, in, &want))
				m.Next()

				c := metagraph(m, t).Columns
				require.Equal(t, want.Permits, c.Permits)
				for uid := range in.N {
					require.Equal(t, want.Active[uid], c.Active[uid])
					require.EqualValues(t, want.StakeWeight[uid], c.StakeWeight[uid])
					require.EqualValues(t, want.Consensus[uid], c.Consensus[uid])
					require.EqualValues(t, want.Incentive[uid], c.Incentive[uid])
					require.EqualValues(t, want.Dividends[uid], c.Dividends[uid])
					require.EqualValues(t, want.ValidatorTrust[uid], c.ValidatorTrust[uid])
				}
				_, after := exported(m, t)
				for uid, bonds := range want.Bonds {
					require.Equal(t, len(bonds), len(after.Bonds[uid]))
					for i := range bonds {
						require.Equal(t, bonds[i], after.Bonds[uid][i])
					}
				}
				scores, err := m.Subnet.PruningScores(m.Ctx, netuid)
				require.NoError(t, err)
				for uid, score := range scores {
					require.EqualValues(t, uint64(want.CombinedShare[uid])*65535>>32, score)
				}
			}
			require.NotZero(t, metagraph(m, t).Columns.Incentive[0])
		})
	}
}

// A minority that judges first decides nothing while the silent majority may still be examining, and all once that has been
// silent for activity_cutoff blocks since its registration. Here three fifths of the stake keep silent.
func TestMinorityWaitsForSilentStake(t *testing.T) {
	m := market(t, markettest.Config{}, func(h *subnettypes.Hyperparams) {
		direct(h)
		h.ActivityCutoff = 60
	})
	registered, err := m.Subnet.RegisteredAt(m.Ctx, netuid)
	require.NoError(t, err)
	over := int64(registered[3]) + 60
	var early, late int
	for m.Ctx.BlockHeight() <= over+30 {
		require.NoError(t, tell(m, set(4, weights(0, 2, 1, 1))))
		nextEpoch(m, t)
		c := metagraph(m, t).Columns
		ran := epochOf(m, t).LastStepBlock
		require.Equal(t, ran <= over, c.Active[3], "height %d, cutoff at %d", ran, over)
		require.True(t, c.Active[4])
		if ran <= over {
			early++
			require.Zero(t, c.Incentive[0], "height %d", ran)
			require.Zero(t, c.Dividends[4], "height %d", ran)
			continue
		}
		late++
		require.Positive(t, c.Incentive[0], "height %d", ran)
		require.EqualValues(t, 65535, c.Dividends[4], "height %d", ran)
	}
	require.Positive(t, early)
	require.Positive(t, late)
}

// The wait begins at registration, also in a subnet that is made when the chain is older than any cutoff.
func TestMinorityWaitsInALaterSubnet(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	m.At(1000)
	h := markettest.Hyperparams()
	direct(&h)
	m.CreateSubnet(h)
	for n := range 5 {
		m.Register(netuid, n)
	}
	m.StakeToken(netuid, 3, 3_000_000)
	m.StakeToken(netuid, 4, 2_000_000)
	for range 3 {
		require.NoError(t, tell(m, set(4, weights(0, 2, 1, 1))))
		nextEpoch(m, t)
	}
	c := metagraph(m, t).Columns
	require.True(t, c.Active[3])
	require.Zero(t, c.Incentive[0], "three fifths of the stake may still be examining")
}

// stub stands between scoring and emission.
type stub struct {
	types.EpochHooks
	fail map[uint32]func() error
}

func (s *stub) PayEpoch(ctx context.Context, netuid uint32, split []uint32, outcomes []*yuma.Output) ([][]uint64, error) {
	paid, err := s.EpochHooks.PayEpoch(ctx, netuid, split, outcomes)
	if fail := s.fail[netuid]; fail != nil && err == nil {
		err = fail() // after everything was written
	}
	return paid, err
}

func stubbed() (*stub, markettest.Config) {
	s := &stub{fail: map[uint32]func() error{}}
	return s, markettest.Config{PayEpochs: func(e types.EpochHooks) types.EpochHooks { s.EpochHooks = e; return s }}
}

func TestFailingEpochLeavesNothingButItsPause(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error": func() error { return errors.New(strings.Repeat("é", 200)) },
		"panic": func() error { var none []int; return errors.New(string(rune(none[5]))) },
	} {
		t.Run(name, func(t *testing.T) {
			hook, cfg := stubbed()
			m := market(t, cfg, direct)
			second := m.CreateSubnet(markettest.Hyperparams())
			nextEpoch(m, t) // permits
			require.NoError(t, tell(m, set(3, weights(0, 2, 1, 1))))
			due := epochOf(m, t).DueAt
			other, err := m.Scoring.EpochOf(m.Ctx, second)
			require.NoError(t, err)
			m.To(due)
			state := func() [3]string {
				gs, err := m.Scoring.ExportGenesis(m.Ctx)
				require.NoError(t, err)
				gs.Epochs = nil
				es, err := m.Emission.ExportGenesis(m.Ctx)
				require.NoError(t, err)
				ss, err := m.Stake.ExportGenesis(m.Ctx)
				require.NoError(t, err)
				return [3]string{gs.String(), es.String(), ss.String()}
			}
			before := state()
			hook.fail[netuid] = fail
			m.EndEpochs()
			m.CheckInvariants()
			require.Equal(t, before, state())
			failed := markettest.Events[*types.EventEpochFailed](m.Ctx.EventManager().Events())
			require.Len(t, failed, 1)
			require.LessOrEqual(t, len(failed[0].Reason), 256)
			require.NotContains(t, failed[0].Reason, "index out of range", "what differs between builds stays out of state")
			require.Empty(t, markettest.Events[*types.EventEpochEnded](m.Ctx.EventManager().Events()))
			e := epochOf(m, t)
			require.True(t, e.Paused)
			require.Equal(t, failed[0].Reason, e.Failure)
			require.EqualValues(t, 1, e.Index)
			m.Begin()

			m.To(other.DueAt)
			m.Next()
			running, err := m.Scoring.EpochOf(m.Ctx, second)
			require.NoError(t, err)
			require.Equal(t, other.Index+1, running.Index, "others run")
			m.To(due + 30)
			require.True(t, epochOf(m, t).Paused)

			t.Run("resume", func(t *testing.T) {
				delete(hook.fail, netuid)
				msg := &types.MsgResumeEpochs{Signer: markettest.Owner(3).String(), Netuid: netuid}
				require.ErrorIs(t, tell(m, msg), types.ErrUnauthorized)
				require.ErrorIs(t, tell(m, &types.MsgResumeEpochs{Signer: markettest.Creator().String(), Netuid: second}), types.ErrNotPaused)
				msg.Signer = markettest.Creator().String()
				require.NoError(t, tell(m, msg))
				require.Equal(t, types.Epoch{
					Netuid: netuid, Index: 1, StartedAt: e.StartedAt, LastStepBlock: e.LastStepBlock, DueAt: m.Ctx.BlockHeight() + 1,
					MechanismSplit: []uint32{10_000}, LastMechanismSplit: []uint32{10_000}, MechanismSince: []int64{1},
				}, epochOf(m, t))
				m.Next()
				ended := markettest.Events[*types.EventEpochEnded](m.Next())
				require.Len(t, ended, 1)
				// 41 blocks of the token's emission, of 1 token each, were kept, less the owner's 18 %.
				require.Equal(t, uint64(m.Ctx.BlockHeight()-1-e.StartedAt)*820_000_000, ended[0].Alpha)
				require.ErrorIs(t, tell(m, msg), types.ErrNotPaused)
			})
		})
	}
}

func TestGovernanceResumes(t *testing.T) {
	hook, cfg := stubbed()
	hook.fail[netuid] = func() error { return errors.New("no") }
	m := market(t, cfg, direct)
	nextEpoch(m, t)
	require.Equal(t, "no", epochOf(m, t).Failure)
	require.NoError(t, tell(m, &types.MsgResumeEpochs{Signer: m.Authority, Netuid: netuid}))
	require.Len(t, markettest.Events[*types.EventEpochsResumed](m.Ctx.EventManager().Events()), 1)
}

// With a budget of one, three subnets that are due at once end one block after the other, and every block says so.
func TestEpochsBeyondTheBudgetSlip(t *testing.T) {
	m := market(t, markettest.Config{}, direct)
	require.NoError(t, tell(m, &types.MsgUpdateParams{Authority: m.Authority, Params: types.Params{MaxEpochsPerBlock: 1}}))
	for range 2 {
		m.CreateSubnet(markettest.Hyperparams())
	}
	var last int64
	for id := uint32(1); id <= 3; id++ {
		e, err := m.Scoring.EpochOf(m.Ctx, id)
		require.NoError(t, err)
		last = max(last, e.DueAt)
	}
	m.At(last)
	for i, want := range []uint32{1, 1, 0} {
		events := m.Next()
		ended := markettest.Events[*types.EventEpochEnded](events)
		require.Len(t, ended, 1)
		require.EqualValues(t, i+1, ended[0].Netuid, "in order of their heights")
		deferred := markettest.Events[*types.EventEpochsDeferred](events)
		if want == 0 {
			require.Empty(t, deferred)
			continue
		}
		require.Equal(t, want, deferred[0].Deferred, "counted no further than one more budget")
	}
	e := epochOf(m, t)
	require.Equal(t, e.StartedAt+10, e.DueAt, "the next one is due a tempo after the last ran")
}

func TestFirstEpochsAreStaggered(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	seen := map[int64]bool{}
	for range 5 {
		id := m.CreateSubnet(markettest.Hyperparams())
		e, err := m.Scoring.EpochOf(m.Ctx, id)
		require.NoError(t, err)
		require.False(t, seen[e.DueAt])
		seen[e.DueAt] = true
		require.GreaterOrEqual(t, e.DueAt, m.Ctx.BlockHeight()+10)
		require.Less(t, e.DueAt, m.Ctx.BlockHeight()+20)
	}
}

func TestEpochWithoutNeurons(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	m.CreateSubnet(markettest.Hyperparams())
	ended := markettest.Events[*types.EventEpochEnded](nextEpoch(m, t))
	require.Len(t, ended, 1)
	require.Zero(t, ended[0].Alpha)
	require.EqualValues(t, 1, epochOf(m, t).Index)
	nextEpoch(m, t)
	res := metagraph(m, t)
	require.Empty(t, res.Hotkeys)
	require.Empty(t, res.Columns.Permits)
	m.Register(netuid, 0)
	nextEpoch(m, t)
	require.Len(t, metagraph(m, t).Columns.Permits, 1)
}

func TestOnlyGovernanceUpdatesParams(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	good := types.Params{MaxEpochsPerBlock: 3}
	require.Error(t, tell(m, &types.MsgUpdateParams{Authority: markettest.Creator().String(), Params: good}))
	require.ErrorIs(t, tell(m, &types.MsgUpdateParams{Authority: m.Authority}), types.ErrInvalidParams)
	require.NoError(t, tell(m, &types.MsgUpdateParams{Authority: m.Authority, Params: good}))
	res, err := queries(m).Params(m.Ctx, &types.QueryParamsRequest{})
	require.NoError(t, err)
	require.Equal(t, good, res.Params)
}
