package keeper_test

import (
	"context"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/x/subnet/types"
)

// full makes a subnet of four with an immunity of 100 blocks, whose uid i was registered at heights[i].
func full(f *fixture, heights ...int64) uint32 {
	netuid := f.create(func(h *types.Hyperparams) {
		h.MaxNeurons, h.ImmunityPeriod, h.MaxRegistrationPrice = uint32(len(heights)), 100, h.MinRegistrationPrice
	})
	for i, at := range heights {
		f.at(at)
		f.register(netuid, hotkey(byte(i)))
	}
	return netuid
}

func TestReplacementOrder(t *testing.T) {
	for _, c := range []struct {
		name    string
		heights []int64
		scores  []uint16
		at      int64
		uid     uint32
	}{
		{"lowest-score", []int64{10, 11, 12, 13}, []uint16{9, 3, 2, 5}, 500, 2},
		{"tie-earliest", []int64{10, 11, 11, 12}, []uint16{9, 3, 3, 3}, 500, 1},
		{"tie-lowest-uid", []int64{10, 11, 11, 11}, []uint16{9, 3, 3, 3}, 500, 1},
		{"immune-is-passed-over", []int64{10, 11, 450, 451}, []uint16{9, 8, 1, 0}, 500, 1},
		{"immune-in-the-last-block", []int64{10, 11, 12, 401}, []uint16{9, 8, 7, 0}, 500, 2},
		{"immunity-over", []int64{10, 11, 12, 400}, []uint16{9, 8, 7, 0}, 500, 3},
		{"largest-scores", []int64{10, 11, 12, 13}, []uint16{65535, 65535, 65535, 65534}, 500, 3},
		{"nothing-scored", []int64{10, 11, 12, 13}, []uint16{0, 0, 0, 0}, 500, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := setup(t)
			netuid := full(f, c.heights...)
			require.NoError(t, f.k.SetPruningScores(f.ctx, netuid, c.scores))
			f.at(c.at)
			require.Equal(t, c.uid, f.register(netuid, hotkey(50)).Uid)
			require.EqualValues(t, 4, f.subnet(netuid).NeuronCount)
		})
	}
}

func TestReplacement(t *testing.T) {
	f := setup(t)
	netuid := full(f, 10, 11, 12)
	require.NoError(t, f.serve(netuid, hotkey(1), 1))
	require.NoError(t, f.k.SetPruningScores(f.ctx, netuid, []uint16{7, 1, 5}))
	f.at(300)
	f.hooks.heard = nil
	events, err := f.do(func(ctx context.Context) error {
		_, err := f.msg.Register(ctx, &types.MsgRegister{Owner: other.String(), Hotkey: hotkey(9).String(), Netuid: netuid})
		return err
	})
	require.NoError(t, err)
	require.Equal(t, []string{"replaced 1/1 65", "registered 1/1 6d of 2"}, f.hooks.heard)
	require.Equal(t, []proto.Message{
		&types.EventNeuronReplaced{Netuid: netuid, Uid: 1, Hotkey: hotkey(1).String()},
		&types.EventNeuronRegistered{Netuid: netuid, Uid: 1, Hotkey: hotkey(9).String(), Owner: other.String(), Price: agon / 10, Collateral: agon / 20},
	}, ours(events))

	n, err := f.k.GetNeuron(f.ctx, netuid, 1)
	require.NoError(t, err)
	require.Equal(t, types.Neuron{Netuid: netuid, Uid: 1, Hotkey: hotkey(9).String(), Owner: other.String(), RegisteredAt: 300}, n, "no axon is inherited")
	_, err = f.k.UIDOf(f.ctx, netuid, hotkey(1))
	require.ErrorIs(t, err, types.ErrNotRegistered)
	bound, err := f.k.OwnerOf(f.ctx, hotkey(1))
	require.NoError(t, err)
	require.Equal(t, owner, bound, "the binding outlives the uid")
	scores, err := f.k.PruningScores(f.ctx, netuid)
	require.NoError(t, err)
	require.Equal(t, []uint16{7, 0, 5}, scores)
	heights, err := f.k.RegisteredAt(f.ctx, netuid)
	require.NoError(t, err)
	require.Equal(t, []uint64{10, 300, 12}, heights)

	// The hotkey that lost its uid stays its owner's and may come back.
	_, err = f.tryRegister(netuid, other, hotkey(1), 0)
	require.ErrorIs(t, err, types.ErrHotkeyOwned)
	require.EqualValues(t, 2, f.register(netuid, hotkey(1)).Uid)
}

func TestReplacementRefuses(t *testing.T) {
	f := setup(t)
	netuid := full(f, 50, 40+20, 70)
	f.at(149)
	before := f.supply()
	_, err := f.tryRegister(netuid, owner, hotkey(9), 0)
	require.ErrorIs(t, err, types.ErrAllImmune)
	require.ErrorContains(t, err, "netuid 1 is full with 3 neurons and the first immunity ends at block 150")
	require.Equal(t, before, f.supply())

	f.at(150)
	f.hooks.refuse = "replaced"
	_, err = f.tryRegister(netuid, owner, hotkey(9), 0)
	require.ErrorIs(t, err, errHook)
	require.Equal(t, before, f.supply())
	f.hooks.refuse = ""
	require.EqualValues(t, 0, f.register(netuid, hotkey(9)).Uid)

	// More room: the next one is appended again.
	f.updateHyperparams(netuid, func(h *types.Hyperparams) { h.MaxNeurons = 4 })
	require.EqualValues(t, 3, f.register(netuid, hotkey(10)).Uid)
}

func TestPruningScoresLength(t *testing.T) {
	f := setup(t)
	netuid := full(f, 10, 11)
	for _, scores := range [][]uint16{nil, {1}, {1, 2, 3}} {
		require.ErrorIs(t, f.k.SetPruningScores(f.ctx, netuid, scores), types.ErrColumn)
	}
	require.ErrorIs(t, f.k.SetPruningScores(f.ctx, 9, nil), types.ErrSubnetNotFound)
}
