package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/scoring/exam"
	"github.com/agon-chain/agon/x/scoring/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func TestCommitRefusals(t *testing.T) {
	m := market(t, markettest.Config{}, nil)
	nextEpoch(m, t)
	require.EqualValues(t, 1, epochOf(m, t).Index)
	good := func() *types.MsgCommitWeights {
		return &types.MsgCommitWeights{Hotkey: markettest.Hotkey(3).String(), Netuid: netuid, Epoch: 1, Hash: make([]byte, 32)}
	}
	for _, tc := range []struct {
		name   string
		change func(*types.MsgCommitWeights)
		want   error
	}{
		{"hash-too-short", func(c *types.MsgCommitWeights) { c.Hash = c.Hash[1:] }, types.ErrInvalidField},
		{"hash-too-long", func(c *types.MsgCommitWeights) { c.Hash = append(c.Hash, 0) }, types.ErrInvalidField},
		{"epoch-to-come", func(c *types.MsgCommitWeights) { c.Epoch = 2 }, types.ErrTooEarly},
		{"epoch-over", func(c *types.MsgCommitWeights) { c.Epoch = 0 }, types.ErrTooLate},
		{"unregistered", func(c *types.MsgCommitWeights) { c.Hotkey = markettest.Hotkey(9).String() }, subnettypes.ErrNotRegistered},
		{"low-stake", func(c *types.MsgCommitWeights) { c.Hotkey = markettest.Hotkey(0).String() }, types.ErrStakeTooLow},
		{"unknown-subnet", func(c *types.MsgCommitWeights) { c.Netuid = 2 }, subnettypes.ErrSubnetNotFound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			msg := good()
			tc.change(msg)
			require.ErrorIs(t, tell(m, msg), tc.want)
		})
	}
	require.NoError(t, tell(m, good()))
	t.Run("second-commit-in-one-epoch", func(t *testing.T) {
		msg := good()
		msg.Hash[0] = 1
		require.ErrorIs(t, tell(m, msg), types.ErrAlreadyCommitted)
	})
	t.Run("seed-is-the-hash-of-the-block-after", func(t *testing.T) {
		at := m.Ctx.BlockHeight()
		commits := func() []types.Commit {
			res, err := queries(m).Commits(m.Ctx, &types.QueryCommitsRequest{Netuid: netuid, Hotkey: good().Hotkey})
			require.NoError(t, err)
			return res.Commits
		}
		require.Empty(t, commits()[0].Seed)
		m.Next()
		seed := markettest.HeaderHash(at + 1)
		require.Equal(t, seed[:], commits()[0].Seed)
		m.Next()
		require.Equal(t, seed[:], commits()[0].Seed)
	})
}

// Without a header hash commits wait, and nothing breaks.
func TestSeedWaitsForAHash(t *testing.T) {
	m := market(t, markettest.Config{}, nil)
	honest(m, t, 3, weights(0, 1))
	m.At(m.Ctx.BlockHeight() + 1)
	require.NoError(t, m.Scoring.BeginBlock(m.Ctx.WithHeaderHash(nil)))
	m.CheckInvariants()
	m.Begin()
	res, err := queries(m).Commits(m.Ctx, &types.QueryCommitsRequest{Netuid: netuid, Hotkey: markettest.Hotkey(3).String()})
	require.NoError(t, err)
	seed := markettest.HeaderHash(m.Ctx.BlockHeight())
	require.Equal(t, seed[:], res.Commits[0].Seed)
}

func TestUnrevealedCommitExpires(t *testing.T) {
	m := market(t, markettest.Config{}, nil)
	p, at := honest(m, t, 3, weights(0, 1))
	require.Empty(t, markettest.Events[*types.EventCommitExpired](nextEpoch(m, t)), "its time has only begun")
	events := markettest.Events[*types.EventCommitExpired](nextEpoch(m, t))
	require.Len(t, events, 1)
	require.Equal(t, types.EventCommitExpired{Netuid: netuid, Hotkey: markettest.Hotkey(3).String(), Epoch: 0}, *events[0])
	require.Zero(t, metagraph(m, t).Columns.LastUpdate[3], "silence refreshes nothing")
	require.ErrorIs(t, tell(m, p.opened(t, at, asked.Openings)), types.ErrTooLate)
}

// What was promised under the old rules is revealed under them, whatever the owner changes in between.
func TestOwnerCannotVoidPromises(t *testing.T) {
	m := market(t, markettest.Config{}, nil)
	p, at := honest(m, t, 3, weights(0, 100, 1, 50))
	nextEpoch(m, t)
	m.UpdateHyperparams(netuid, func(h *subnettypes.Hyperparams) {
		h.WeightsVersion, h.ExamReceipts, h.ExamOpenings, h.MinWeights, h.StakeThreshold = 9, 64, 64, 4, 1_000_000_000
	})
	require.NoError(t, tell(m, p.opened(t, at, asked.Openings)))
	require.Equal(t, weights(0, 100, 1, 50), rowOf(m, t, 3))

	t.Run("the-new-rules-hold-for-new-promises", func(t *testing.T) {
		_, err := m.Scoring.EpochOf(m.Ctx, netuid)
		require.NoError(t, err)
		require.ErrorIs(t, tell(m, &types.MsgCommitWeights{Hotkey: p.reveal.Hotkey, Netuid: netuid, Epoch: 1, Hash: p.hash[:]}), types.ErrStakeTooLow)
	})
}

func TestSwitchingCommitRevealOffKeepsPromises(t *testing.T) {
	m := market(t, markettest.Config{}, nil)
	p, at := honest(m, t, 3, weights(0, 100))
	nextEpoch(m, t)
	m.UpdateHyperparams(netuid, direct)
	require.NoError(t, tell(m, p.opened(t, at, asked.Openings)))
	require.Equal(t, weights(0, 100), rowOf(m, t, 3))
}

// A promise of all five neurons stays good when there are more of them and the subnet asks for that many.
func TestNewNeuronsDoNotVoidPromises(t *testing.T) {
	m := market(t, markettest.Config{}, func(h *subnettypes.Hyperparams) { h.ExamReceipts, h.ExamOpenings, h.MinWeights = 0, 0, 50 })
	row := weights(0, 1, 1, 1, 2, 1, 3, 0, 4, 0)
	p := promised(t, 3, 0, row, nil, exam.Params{})
	require.NoError(t, tell(m, p.commit()))
	nextEpoch(m, t)
	m.Register(netuid, 5)
	require.NoError(t, tell(m, &p.reveal))
	require.Equal(t, row, rowOf(m, t, 3))
}
