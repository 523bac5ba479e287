package keeper_test

import (
	"context"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

func (f *fixture) tryUpdateHyperparams(netuid uint32, change func(*types.Hyperparams)) ([]proto.Message, error) {
	f.t.Helper()
	h := f.subnet(netuid).Hyperparams
	change(&h)
	return f.do(func(ctx context.Context) error {
		_, err := f.msg.UpdateHyperparams(ctx, &types.MsgUpdateHyperparams{Owner: owner.String(), Netuid: netuid, Hyperparams: h})
		return err
	})
}

func (f *fixture) updateHyperparams(netuid uint32, change func(*types.Hyperparams)) {
	f.t.Helper()
	_, err := f.tryUpdateHyperparams(netuid, change)
	require.NoError(f.t, err)
}

func (f *fixture) updateParams(p types.Params) {
	f.t.Helper()
	_, err := f.msg.UpdateParams(f.ctx, &types.MsgUpdateParams{Authority: f.s.Authority, Params: p})
	require.NoError(f.t, err)
}

func TestUpdateHyperparams(t *testing.T) {
	f := setup(t)
	netuid := f.create(nil)
	f.register(netuid, hotkey(0))
	f.register(netuid, hotkey(1))
	events, err := f.tryUpdateHyperparams(netuid, func(h *types.Hyperparams) { h.Tempo, h.MaxNeurons = 10, 2 })
	require.NoError(t, err)
	s := f.subnet(netuid)
	require.EqualValues(t, 10, s.Hyperparams.Tempo)
	require.Equal(t, []proto.Message{&types.EventHyperparamsUpdated{Netuid: netuid, Hyperparams: s.Hyperparams}}, events)

	_, err = f.tryUpdateHyperparams(netuid, func(h *types.Hyperparams) { h.MaxNeurons = 1 })
	require.ErrorIs(t, err, types.ErrInvalidHyperparams)
	require.ErrorContains(t, err, "max_neurons is 1, want at least 2 (neuron_count)")
	_, err = f.tryUpdateHyperparams(netuid, func(h *types.Hyperparams) { h.MaxNeurons = 4097 })
	require.ErrorIs(t, err, types.ErrInvalidHyperparams)
	require.ErrorContains(t, err, "max_neurons is 4097, want 1 to 4096")
	require.Equal(t, s, f.subnet(netuid))
}

// A new half-life holds from now on: the price that has fallen does not come back.
func TestHyperparamsKeepThePrice(t *testing.T) {
	f := setup(t)
	netuid := f.create(func(h *types.Hyperparams) {
		h.MinRegistrationPrice, h.MaxRegistrationPrice, h.RegistrationPriceHalfLife = 1000, 1_000_000, 10
	})
	for i := range 4 {
		f.register(netuid, hotkey(byte(i)))
	}
	price := func(at int64) uint64 {
		f.at(at)
		p, err := f.k.RegistrationPrice(f.ctx, netuid)
		require.NoError(t, err)
		return p
	}
	require.EqualValues(t, 16_000, price(10))
	require.EqualValues(t, 8000, price(20))
	f.updateHyperparams(netuid, func(h *types.Hyperparams) { h.RegistrationPriceHalfLife = 1000 })
	require.EqualValues(t, 8000, price(20))
	require.EqualValues(t, 4000, price(1020))
	f.updateHyperparams(netuid, func(h *types.Hyperparams) { h.MaxRegistrationPrice = 3000 })
	require.EqualValues(t, 3000, price(1020))
	f.updateHyperparams(netuid, func(h *types.Hyperparams) { h.MinRegistrationPrice, h.MaxRegistrationPrice = 7000, 9000 })
	require.EqualValues(t, 7000, price(1020))
}

func TestOwnersMessages(t *testing.T) {
	f := setup(t)
	netuid := f.create(nil)
	identity := types.SubnetIdentity{Name: "Tongues", Url: "https://tongues.example"}
	events, err := f.do(func(ctx context.Context) error {
		_, err := f.msg.UpdateSubnetIdentity(ctx, &types.MsgUpdateSubnetIdentity{Owner: owner.String(), Netuid: netuid, Identity: identity})
		return err
	})
	require.NoError(t, err)
	require.Equal(t, []proto.Message{&types.EventSubnetIdentityUpdated{Netuid: netuid, Name: "Tongues"}}, events)
	require.Equal(t, identity, f.subnet(netuid).Identity)

	events, err = f.do(func(ctx context.Context) error {
		_, err := f.msg.UpdateTaskParams(ctx, &types.MsgUpdateTaskParams{Owner: owner.String(), Netuid: netuid, TaskParams: `{"n":2}`})
		return err
	})
	require.NoError(t, err)
	require.Equal(t, []proto.Message{&types.EventTaskParamsUpdated{Netuid: netuid, TaskParams: `{"n":2}`}}, events)
	require.Equal(t, `{"n":2}`, f.subnet(netuid).TaskParams)

	for _, c := range []struct {
		name, owner string
		netuid      uint32
		err         error
	}{
		{"stranger", other.String(), netuid, types.ErrNotOwner},
		{"authority-is-no-owner", f.s.Authority, netuid, types.ErrNotOwner},
		{"no-subnet", owner.String(), 9, types.ErrSubnetNotFound},
		{"netuid", owner.String(), 0, types.ErrSubnetNotFound},
		{"address", "", netuid, types.ErrInvalidAddress},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := f.msg.UpdateSubnetIdentity(f.ctx, &types.MsgUpdateSubnetIdentity{Owner: c.owner, Netuid: c.netuid, Identity: identity})
			require.ErrorIs(t, err, c.err)
			_, err = f.msg.UpdateTaskParams(f.ctx, &types.MsgUpdateTaskParams{Owner: c.owner, Netuid: c.netuid})
			require.ErrorIs(t, err, c.err)
			_, err = f.msg.UpdateHyperparams(f.ctx, &types.MsgUpdateHyperparams{Owner: c.owner, Netuid: c.netuid, Hyperparams: types.DefaultHyperparams()})
			require.ErrorIs(t, err, c.err)
		})
	}
	t.Run("content", func(t *testing.T) {
		_, err := f.msg.UpdateSubnetIdentity(f.ctx, &types.MsgUpdateSubnetIdentity{Owner: owner.String(), Netuid: netuid})
		require.ErrorIs(t, err, types.ErrInvalidIdentity)
		_, err = f.msg.UpdateTaskParams(f.ctx, &types.MsgUpdateTaskParams{Owner: owner.String(), Netuid: netuid, TaskParams: "1"})
		require.ErrorIs(t, err, types.ErrInvalidTask)
		_, err = f.msg.UpdateHyperparams(f.ctx, &types.MsgUpdateHyperparams{Owner: owner.String(), Netuid: netuid})
		require.ErrorIs(t, err, types.ErrInvalidHyperparams)
	})
}

func TestSetIdentity(t *testing.T) {
	f := setup(t)
	want := types.Identity{Address: poor.String(), Name: "Alice", Description: "one\ntwo", Url: "https://alice.example", Contact: "@alice"}
	m := &types.MsgSetIdentity{Address: want.Address, Name: want.Name, Description: want.Description, Url: want.Url, Contact: want.Contact}
	events, err := f.do(func(ctx context.Context) error {
		_, err := f.msg.SetIdentity(ctx, m)
		return err
	})
	require.NoError(t, err)
	require.Equal(t, []proto.Message{&types.EventIdentitySet{Address: want.Address, Name: "Alice"}}, events)
	got, err := f.k.IdentityOf(f.ctx, poor)
	require.NoError(t, err)
	require.Equal(t, want, got)
	_, err = f.k.IdentityOf(f.ctx, owner)
	require.ErrorIs(t, err, types.ErrIdentityNotFound)
	_, err = f.msg.SetIdentity(f.ctx, &types.MsgSetIdentity{Address: want.Address})
	require.ErrorIs(t, err, types.ErrInvalidIdentity)
	_, err = f.msg.SetIdentity(f.ctx, &types.MsgSetIdentity{Name: "Alice"})
	require.ErrorIs(t, err, types.ErrInvalidAddress)
}

func TestUpdateParams(t *testing.T) {
	f := setup(t)
	netuid := f.create(nil)
	p := types.DefaultParams()
	_, err := f.msg.UpdateParams(f.ctx, &types.MsgUpdateParams{Authority: owner.String(), Params: p})
	require.ErrorIs(t, err, govtypes.ErrInvalidSigner)
	p.MaxSubnets = 0
	_, err = f.msg.UpdateParams(f.ctx, &types.MsgUpdateParams{Authority: f.s.Authority, Params: p})
	require.ErrorIs(t, err, types.ErrInvalidParams)

	// One creation made the cost 200 AGON; a half-life later it is 100, and a longer half-life does not bring it back.
	p = types.DefaultParams()
	p.MinCreationCost = agon
	f.updateParams(p)
	f.at(10 + 28_800)
	cost, err := f.k.CreationCost(f.ctx)
	require.NoError(t, err)
	require.EqualValues(t, 100*agon, cost)
	p.CreationCostHalfLife *= 100
	p.DefaultHyperparams.Tempo, p.MaxTempo = 100, 100
	events, err := f.do(func(ctx context.Context) error {
		_, err := f.msg.UpdateParams(ctx, &types.MsgUpdateParams{Authority: f.s.Authority, Params: p})
		return err
	})
	require.NoError(t, err)
	require.Equal(t, []proto.Message{&types.EventParamsUpdated{Params: p}}, events)
	cost, err = f.k.CreationCost(f.ctx)
	require.NoError(t, err)
	require.EqualValues(t, 100*agon, cost)

	// Narrower bounds leave the subnet as it is until its next change.
	require.EqualValues(t, 360, f.subnet(netuid).Hyperparams.Tempo)
	_, err = f.tryUpdateHyperparams(netuid, func(h *types.Hyperparams) { h.Kappa = 1 })
	require.ErrorIs(t, err, types.ErrInvalidHyperparams)
	require.ErrorContains(t, err, "tempo is 360, want 5 to 100")
	got, err := f.k.Params(f.ctx)
	require.NoError(t, err)
	require.Equal(t, p, got)
}
