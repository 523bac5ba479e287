package keeper_test

import (
	"context"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/agon-chain/agon/x/subnet/types"
)

// setDelay makes changes of rules wait.
func (f *fixture) setDelay(blocks uint64) {
	f.t.Helper()
	p, err := f.k.Params(f.ctx)
	require.NoError(f.t, err)
	p.HyperparamsDelay = blocks
	f.updateParams(p)
}

// begin begins the block of a height and returns its events.
func (f *fixture) begin(height int64) []proto.Message {
	f.t.Helper()
	f.at(height)
	events, err := f.do(f.k.BeginBlock)
	require.NoError(f.t, err)
	return events
}

func (f *fixture) cancelHyperparams(netuid uint32, by string) ([]proto.Message, error) {
	f.t.Helper()
	return f.do(func(ctx context.Context) error {
		_, err := f.msg.CancelHyperparams(ctx, &types.MsgCancelHyperparams{Owner: by, Netuid: netuid})
		return err
	})
}

func (f *fixture) noPending(netuid uint32) {
	f.t.Helper()
	_, err := f.client().PendingHyperparams(f.ctx, &types.QueryPendingHyperparamsRequest{Netuid: netuid})
	require.Equal(f.t, codes.NotFound, status.Code(err))
	_, err = f.k.PendingHyperparams(f.ctx, netuid)
	require.ErrorIs(f.t, err, types.ErrNothingPending)
}

func TestHyperparamsWait(t *testing.T) {
	f := setup(t)
	f.setDelay(100)
	netuid := f.create(nil)
	before := f.subnet(netuid)
	next := before.Hyperparams
	next.Tempo, next.Kappa = 20, 1
	var res *types.MsgUpdateHyperparamsResponse
	events, err := f.do(func(ctx context.Context) (err error) {
		res, err = f.msg.UpdateHyperparams(ctx, &types.MsgUpdateHyperparams{Owner: owner.String(), Netuid: netuid, Hyperparams: next})
		return err
	})
	require.NoError(t, err)
	require.EqualValues(t, 110, res.EffectiveAt)
	require.Equal(t, []proto.Message{&types.EventHyperparamsAnnounced{Netuid: netuid, Hyperparams: next, EffectiveAt: 110}}, events)
	require.Equal(t, before, f.subnet(netuid))
	shown, err := f.client().PendingHyperparams(f.ctx, &types.QueryPendingHyperparamsRequest{Netuid: netuid})
	require.NoError(t, err)
	require.Equal(t, types.PendingHyperparams{Netuid: netuid, Hyperparams: next, EffectiveAt: 110}, shown.Pending)

	require.Empty(t, f.begin(109))
	require.Equal(t, before, f.subnet(netuid))
	require.Equal(t, []proto.Message{&types.EventHyperparamsUpdated{Netuid: netuid, Hyperparams: next}}, f.begin(110))
	want := before
	want.Hyperparams, want.RegistrationBlock = next, 110
	require.Equal(t, want, f.subnet(netuid))
	f.noPending(netuid)
	require.Empty(t, f.begin(111))
}

// The price of registration goes on from what it is when the rules change, not from what it was when they were announced.
func TestPendingHyperparamsKeepThePrice(t *testing.T) {
	f := setup(t)
	f.setDelay(100)
	netuid := f.create(func(h *types.Hyperparams) {
		h.MinRegistrationPrice, h.MaxRegistrationPrice, h.RegistrationPriceHalfLife = 1000, 1_000_000, 100
	})
	_, err := f.tryUpdateHyperparams(netuid, func(h *types.Hyperparams) { h.RegistrationPriceHalfLife = 1000 })
	require.NoError(t, err)
	f.register(netuid, hotkey(0))
	f.register(netuid, hotkey(1))
	f.begin(110)
	price, err := f.k.RegistrationPrice(f.ctx, netuid)
	require.NoError(t, err)
	require.EqualValues(t, 2000, price)
	f.at(1110)
	price, err = f.k.RegistrationPrice(f.ctx, netuid)
	require.NoError(t, err)
	require.EqualValues(t, 1000, price)
}

func TestSecondAnnouncementBeginsAnew(t *testing.T) {
	f := setup(t)
	f.setDelay(100)
	netuid := f.create(nil)
	announce := func(tempo uint64) {
		_, err := f.tryUpdateHyperparams(netuid, func(h *types.Hyperparams) { h.Tempo = tempo })
		require.NoError(t, err)
	}
	announce(20)
	announce(30) // in the same block
	f.at(60)
	announce(40)
	require.Empty(t, f.begin(110))
	require.EqualValues(t, 360, f.subnet(netuid).Hyperparams.Tempo)
	require.Len(t, f.begin(160), 1)
	require.EqualValues(t, 40, f.subnet(netuid).Hyperparams.Tempo)

	// A refused one leaves what is pending.
	announce(50)
	_, err := f.tryUpdateHyperparams(netuid, func(h *types.Hyperparams) { h.Tempo = 0 })
	require.ErrorIs(t, err, types.ErrInvalidHyperparams)
	// Governance turns the delay off: what is pending waits on, and the next change is at once and voids it.
	f.setDelay(0)
	f.begin(161)
	require.EqualValues(t, 40, f.subnet(netuid).Hyperparams.Tempo)
	announce(60)
	require.EqualValues(t, 60, f.subnet(netuid).Hyperparams.Tempo)
	f.noPending(netuid)
	require.Empty(t, f.begin(260))
	require.EqualValues(t, 60, f.subnet(netuid).Hyperparams.Tempo)
}

func TestCancelHyperparams(t *testing.T) {
	f := setup(t)
	f.setDelay(100)
	netuid := f.create(nil)
	_, err := f.cancelHyperparams(netuid, owner.String())
	require.ErrorIs(t, err, types.ErrNothingPending)
	_, err = f.tryUpdateHyperparams(netuid, func(h *types.Hyperparams) { h.Tempo = 20 })
	require.NoError(t, err)
	for name, c := range map[string]struct {
		netuid uint32
		by     string
		err    error
	}{
		"stranger":  {netuid, other.String(), types.ErrNotOwner},
		"no-subnet": {9, owner.String(), types.ErrSubnetNotFound},
		"netuid":    {0, owner.String(), types.ErrSubnetNotFound},
		"address":   {netuid, "x", types.ErrInvalidAddress},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.cancelHyperparams(c.netuid, c.by)
			require.ErrorIs(t, err, c.err)
		})
	}
	events, err := f.cancelHyperparams(netuid, owner.String())
	require.NoError(t, err)
	require.Equal(t, []proto.Message{&types.EventHyperparamsCancelled{Netuid: netuid}}, events)
	f.noPending(netuid)
	require.Empty(t, f.begin(110))
	require.EqualValues(t, 360, f.subnet(netuid).Hyperparams.Tempo)
}

// Rules that were allowed when announced and no longer are leave the subnet as it is.
func TestPendingHyperparamsAreJudgedAgain(t *testing.T) {
	f := setup(t)
	f.setDelay(100)
	bounds, room, fine := f.create(nil), f.create(nil), f.create(nil)
	for netuid, change := range map[uint32]func(*types.Hyperparams){
		bounds: func(h *types.Hyperparams) { h.Tempo = 20 },
		room:   func(h *types.Hyperparams) { h.MaxNeurons = 1 },
		fine:   func(h *types.Hyperparams) { h.Tempo = 400 },
	} {
		_, err := f.tryUpdateHyperparams(netuid, change)
		require.NoError(t, err)
	}
	f.register(room, hotkey(0))
	f.register(room, hotkey(1))
	p, err := f.k.Params(f.ctx)
	require.NoError(t, err)
	p.MinTempo = 100
	f.updateParams(p)
	events := f.begin(110)
	require.Len(t, events, 3)
	require.Equal(t, bounds, events[0].(*types.EventHyperparamsDropped).Netuid)
	require.Contains(t, events[0].(*types.EventHyperparamsDropped).Reason, "tempo is 20, want 100 to 50400")
	require.Equal(t, room, events[1].(*types.EventHyperparamsDropped).Netuid)
	require.Contains(t, events[1].(*types.EventHyperparamsDropped).Reason, "max_neurons is 1, want at least 2 (neuron_count)")
	require.Equal(t, fine, events[2].(*types.EventHyperparamsUpdated).Netuid)
	require.EqualValues(t, 360, f.subnet(bounds).Hyperparams.Tempo)
	require.EqualValues(t, 256, f.subnet(room).Hyperparams.MaxNeurons)
	require.EqualValues(t, 400, f.subnet(fine).Hyperparams.Tempo)
	f.noPending(bounds)
	f.noPending(room)
}

// One subnet whose row cannot be read costs itself the change, not the others and not the chain.
func TestPendingHyperparamsAreIsolated(t *testing.T) {
	f := setup(t)
	f.setDelay(100)
	for range 3 {
		netuid := f.create(nil)
		_, err := f.tryUpdateHyperparams(netuid, func(h *types.Hyperparams) { h.Tempo = 20 })
		require.NoError(t, err)
	}
	f.at(110)
	branch, _ := f.ctx.CacheContext()
	store := f.s.Store(types.StoreKey).OpenKVStore(branch)
	require.NoError(t, store.Set([]byte{3, 0, 0, 0, 2}, []byte{0xff}))
	require.NoError(t, f.k.BeginBlock(branch))
	for _, netuid := range []uint32{1, 3} {
		s, err := f.k.GetSubnet(branch, netuid)
		require.NoError(t, err)
		require.EqualValues(t, 20, s.Hyperparams.Tempo)
	}
	_, err := f.k.PendingHyperparams(branch, 2)
	require.ErrorIs(t, err, types.ErrNothingPending)
}

// 70 changes that are due at once: 64 in the block, the rest in the next.
func TestPendingHyperparamsPerBlock(t *testing.T) {
	f := setup(t)
	p := types.DefaultParams()
	p.MinCreationCost, p.CreationCostHalfLife, p.CreationCostStepBps, p.HyperparamsDelay = types.MinCreationCostBound, 1, types.MinStepBps, 100
	f.updateParams(p)
	f.at(1000)
	for range 70 {
		netuid := f.create(nil)
		_, err := f.tryUpdateHyperparams(netuid, func(h *types.Hyperparams) { h.Tempo = 20 })
		require.NoError(t, err)
	}
	require.Len(t, f.begin(1100), 64)
	require.EqualValues(t, 20, f.subnet(64).Hyperparams.Tempo)
	require.EqualValues(t, 360, f.subnet(65).Hyperparams.Tempo)
	f.checkInvariants()
	require.Len(t, f.begin(1101), 6)
	require.EqualValues(t, 20, f.subnet(70).Hyperparams.Tempo)
}

func TestNewOwnerInheritsNoAnnouncement(t *testing.T) {
	f := setup(t)
	f.setDelay(100)
	netuid := f.create(nil)
	_, err := f.tryUpdateHyperparams(netuid, func(h *types.Hyperparams) { h.Tempo = 20 })
	require.NoError(t, err)
	require.NoError(t, f.offer(netuid, other, 50))
	events, err := f.accept(netuid, other)
	require.NoError(t, err)
	require.Contains(t, events, proto.Message(&types.EventHyperparamsCancelled{Netuid: netuid}))
	f.noPending(netuid)
	require.Empty(t, f.begin(110))
	require.EqualValues(t, 360, f.subnet(netuid).Hyperparams.Tempo)
}
