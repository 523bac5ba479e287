package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/scoring/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func TestSetWeightsRefusals(t *testing.T) {
	m := market(t, markettest.Config{}, func(h *subnettypes.Hyperparams) {
		direct(h)
		h.WeightsVersion, h.MinWeights = 7, 2
	})
	outsider := markettest.Hotkey(9).String()
	for _, tc := range []struct {
		name   string
		change func(*types.MsgSetWeights)
		want   error
	}{
		{"no-weights", func(s *types.MsgSetWeights) { s.Weights = nil }, types.ErrWeightsCount},
		{"fewer-than-min-weights", func(s *types.MsgSetWeights) { s.Weights = weights(0, 1) }, types.ErrWeightsCount},
		{"more-than-neurons", func(s *types.MsgSetWeights) { s.Weights = weights(0, 1, 1, 1, 2, 1, 3, 1, 4, 1, 5, 1) }, types.ErrWeightsCount},
		{"uid-out-of-range", func(s *types.MsgSetWeights) { s.Weights = weights(0, 1, 5, 1) }, types.ErrWeightsUID},
		{"uid-twice", func(s *types.MsgSetWeights) { s.Weights = weights(1, 1, 1, 2) }, types.ErrWeightsOrder},
		{"out-of-order", func(s *types.MsgSetWeights) { s.Weights = weights(1, 1, 0, 2) }, types.ErrWeightsOrder},
		{"value-above-65535", func(s *types.MsgSetWeights) { s.Weights = weights(0, 1, 1, 65536) }, types.ErrWeightsValue},
		{"all-zero", func(s *types.MsgSetWeights) { s.Weights = weights(0, 0, 1, 0) }, types.ErrWeightsValue},
		{"wrong-version", func(s *types.MsgSetWeights) { s.Version = 6 }, types.ErrWeightsVersion},
		{"unregistered", func(s *types.MsgSetWeights) { s.Hotkey = outsider }, subnettypes.ErrNotRegistered},
		{"no-address", func(s *types.MsgSetWeights) { s.Hotkey = "agon1nobody" }, types.ErrInvalidField},
		{"unknown-subnet", func(s *types.MsgSetWeights) { s.Netuid = 2 }, subnettypes.ErrSubnetNotFound},
		{"low-stake", func(s *types.MsgSetWeights) { s.Hotkey = markettest.Hotkey(0).String() }, types.ErrStakeTooLow},
	} {
		t.Run(tc.name, func(t *testing.T) {
			msg := set(3, weights(0, 1, 1, 65535))
			msg.Version = 7
			tc.change(msg)
			require.ErrorIs(t, tell(m, msg), tc.want)
			require.Nil(t, rowOf(m, t, 3))
		})
	}

	msg := set(3, weights(0, 1, 1, 65535))
	msg.Version = 7
	require.NoError(t, tell(m, msg))
	require.Equal(t, msg.Weights, rowOf(m, t, 3))
	at := m.Ctx.BlockHeight()
	require.Equal(t, at, metagraph(m, t).Columns.LastUpdate[3])

	t.Run("too-early-until-the-interval-is-over", func(t *testing.T) {
		m.To(at + 4)
		require.ErrorIs(t, tell(m, msg), types.ErrTooEarly)
		m.To(at + 5)
		require.NoError(t, tell(m, msg))
	})
	t.Run("commits-are-off", func(t *testing.T) {
		require.ErrorIs(t, tell(m, &types.MsgCommitWeights{Hotkey: msg.Hotkey, Netuid: netuid, Hash: make([]byte, 32)}), types.ErrCommitReveal)
	})
}

func TestSetWeightsWhereTheyArePromisedFirst(t *testing.T) {
	m := market(t, markettest.Config{}, nil)
	require.ErrorIs(t, tell(m, set(3, weights(0, 1))), types.ErrCommitReveal)
}

func TestWeightsAreStoredAsSent(t *testing.T) {
	m := market(t, markettest.Config{}, direct)
	row := weights(0, 0, 1, 65535, 2, 0, 4, 1)
	require.NoError(t, tell(m, set(3, row)))
	require.Equal(t, row, rowOf(m, t, 3))
	events := markettest.Events[*types.EventWeightsSet](m.Ctx.EventManager().Events())
	require.Len(t, events, 1)
	require.Equal(t, types.EventWeightsSet{Netuid: netuid, Hotkey: markettest.Hotkey(3).String(), Neurons: 4}, *events[0])
	m.Next() // the invariants take the zeros
}

// Whoever replaces a neuron starts from nothing: no weights, no bonds, no results, no say.
func TestReplacedNeuronLeavesNothing(t *testing.T) {
	m := market(t, markettest.Config{}, func(h *subnettypes.Hyperparams) { direct(h); h.MaxNeurons = 5 })
	for range 3 {
		require.NoError(t, tell(m, set(3, weights(0, 10, 1, 20, 2, 30))))
		require.NoError(t, tell(m, set(4, weights(0, 10, 1, 20, 2, 30))))
		nextEpoch(m, t)
	}
	before := metagraph(m, t)
	require.True(t, before.Columns.Permits[3])
	require.NotZero(t, before.Columns.Emission[3])
	bonds := func() map[uint32]int {
		res, err := queries(m).Bonds(m.Ctx, &types.QueryBondsRequest{Netuid: netuid})
		require.NoError(t, err)
		out := map[uint32]int{}
		for _, r := range res.Rows {
			out[r.Uid] = len(r.Entries)
		}
		return out
	}
	require.Equal(t, map[uint32]int{3: 3, 4: 3}, bonds())

	// The weakest goes: make it the validator.
	scores := []uint16{9, 9, 9, 0, 9}
	require.NoError(t, m.Subnet.SetPruningScores(m.Ctx, netuid, scores))
	require.EqualValues(t, 3, m.Register(netuid, 7))
	m.Next()
	after := metagraph(m, t).Columns
	require.Nil(t, rowOf(m, t, 3))
	require.Equal(t, map[uint32]int{4: 3}, bonds())
	require.Zero(t, after.LastUpdate[3])
	require.Zero(t, after.Emission[3])
	require.False(t, after.Permits[3])
	require.False(t, after.Active[3])
	require.Zero(t, after.StakeWeight[3]+after.Consensus[3]+after.Incentive[3]+after.Dividends[3]+after.ValidatorTrust[3])
	require.Equal(t, before.Columns.Emission[4], after.Emission[4])
}

// A validator that is overtaken in stake loses its permit, and with it its bonds.
func TestOvertakenValidatorLosesItsBonds(t *testing.T) {
	m := market(t, markettest.Config{}, func(h *subnettypes.Hyperparams) { direct(h); h.MaxValidators = 1 })
	holders := func() (uids []uint32) {
		res, err := queries(m).Bonds(m.Ctx, &types.QueryBondsRequest{Netuid: netuid})
		require.NoError(t, err)
		for _, r := range res.Rows {
			uids = append(uids, r.Uid)
		}
		return uids
	}
	for range 2 {
		require.NoError(t, tell(m, set(3, weights(0, 2, 1, 1))))
		nextEpoch(m, t)
	}
	require.Equal(t, []uint32{3}, holders())
	stake := metagraph(m, t).Stake
	m.StakeToken(netuid, 4, 2*stake[3])
	nextEpoch(m, t)
	c := metagraph(m, t).Columns
	require.False(t, c.Permits[3])
	require.True(t, c.Permits[4])
	require.Empty(t, holders())
}
