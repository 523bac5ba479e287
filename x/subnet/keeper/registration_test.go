package keeper_test

import (
	"context"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agon-chain/agon/x/subnet/types"
)

func TestRegister(t *testing.T) {
	f := setup(t)
	netuid := f.create(nil)
	before, held := f.supply(), f.balance(owner)
	f.at(20)
	var res *types.MsgRegisterResponse
	events, err := f.do(func(ctx context.Context) (err error) {
		res, err = f.msg.Register(ctx, &types.MsgRegister{Owner: owner.String(), Hotkey: hotkey(0).String(), Netuid: netuid})
		return err
	})
	require.NoError(t, err)
	require.Equal(t, &types.MsgRegisterResponse{Uid: 0, Price: agon / 10, Collateral: agon / 20}, res)
	require.Equal(t, []proto.Message{&types.EventNeuronRegistered{
		Netuid: netuid, Uid: 0, Hotkey: hotkey(0).String(), Owner: owner.String(), Price: agon / 10, Collateral: agon / 20,
	}}, ours(events))
	require.EqualValues(t, agon/20, before-f.supply(), "half of the price is burned")
	require.EqualValues(t, agon/20, f.held(), "and half is held")
	require.EqualValues(t, agon/10, held-f.balance(owner))
	require.Equal(t, "registered 1/0 64 of 1", f.hooks.heard[1])

	f.at(21)
	require.EqualValues(t, 1, f.register(netuid, hotkey(1)).Uid)
	n, err := f.k.GetNeuron(f.ctx, netuid, 1)
	require.NoError(t, err)
	require.Equal(t, types.Neuron{Netuid: netuid, Uid: 1, Hotkey: hotkey(1).String(), Owner: owner.String(), RegisteredAt: 21}, n)
	neurons, err := f.k.Neurons(f.ctx, netuid)
	require.NoError(t, err)
	require.Len(t, neurons, 2)
	column, err := f.k.RegisteredAt(f.ctx, netuid)
	require.NoError(t, err)
	require.Equal(t, []uint64{20, 21}, column)
	hotkeys, err := f.k.Hotkeys(f.ctx, netuid)
	require.NoError(t, err)
	require.Equal(t, []sdk.AccAddress{hotkey(0), hotkey(1)}, hotkeys)
	bound, err := f.k.OwnerOf(f.ctx, hotkey(1))
	require.NoError(t, err)
	require.Equal(t, owner, bound)

	// The same hotkey in another subnet.
	second := f.create(nil)
	require.EqualValues(t, 0, f.register(second, hotkey(1)).Uid)
}

// ours leaves out the events of x/bank.
func ours(events []proto.Message) []proto.Message {
	var out []proto.Message
	for _, e := range events {
		switch e.(type) {
		case *types.EventNeuronRegistered, *types.EventNeuronReplaced:
			out = append(out, e)
		}
	}
	return out
}

// From 1000 nagon the price doubles with each registration up to 5000, halves in 100 blocks, and stops at 1000.
func TestRegistrationPricePath(t *testing.T) {
	f := setup(t)
	netuid := f.create(func(h *types.Hyperparams) {
		h.MinRegistrationPrice, h.MaxRegistrationPrice, h.RegistrationPriceHalfLife = 1000, 5000, 100
		h.CollateralBps = 0
	})
	for i, step := range []struct {
		at    int64
		price uint64
	}{
		{10, 1000},
		{10, 2000},
		{10, 4000},
		{10, 5000},  // the ceiling, not 8000
		{110, 2500}, // one half-life after 5000
		{160, 3535}, // 5000 * 2^(-1/2), rounded down
		{10_000, 1000},
		{10_001, 1986}, // 2000 * 2^(-1/100)
	} {
		f.at(step.at)
		price, err := f.k.RegistrationPrice(f.ctx, netuid)
		require.NoError(t, err)
		require.Equal(t, step.price, price, "step %d", i)
		before := f.supply()
		require.Equal(t, step.price, f.register(netuid, hotkey(byte(i))).Price)
		require.Equal(t, step.price, before-f.supply())
	}
}

func TestRegisterRefuses(t *testing.T) {
	f := setup(t)
	netuid := f.create(func(h *types.Hyperparams) { h.MaxRegistrationsPerBlock = 2 })
	f.register(netuid, hotkey(0))
	f.at(11)
	for _, c := range []struct {
		name     string
		netuid   uint32
		owner    sdk.AccAddress
		hotkey   sdk.AccAddress
		maxPrice uint64
		err      error
		want     string
	}{
		{"netuid-zero", 0, owner, hotkey(1), 0, types.ErrSubnetNotFound, "netuid is 0, want 1 to 65535"},
		{"netuid-wide", 1 << 16, owner, hotkey(1), 0, types.ErrSubnetNotFound, "netuid is 65536, want 1 to 65535"},
		{"no-subnet", 7, owner, hotkey(1), 0, types.ErrSubnetNotFound, "netuid 7; list them"},
		{"long-hotkey", netuid, owner, make([]byte, 32), 0, types.ErrInvalidAddress, "hotkey has 32 bytes, want 20"},
		{"empty-hotkey", netuid, owner, nil, 0, types.ErrInvalidAddress, "hotkey is \"\""},
		{"empty-owner", netuid, nil, hotkey(1), 0, types.ErrInvalidAddress, "owner is \"\""},
		{"owned", netuid, other, hotkey(0), 0, types.ErrHotkeyOwned, "belongs to " + owner.String()},
		{"registered", netuid, owner, hotkey(0), 0, types.ErrAlreadyRegistered, "holds uid 0 of netuid 1"},
		{"max-price", netuid, owner, hotkey(1), 1000, types.ErrPriceAboveLimit, "max_price is 1000 nagon, netuid 1 costs 199980746 nagon now"},
		{"no-money", netuid, poor, hotkey(1), 0, sdkerrors.ErrInsufficientFunds, "registration price of 199980746 nagon"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := f.tryRegister(c.netuid, c.owner, c.hotkey, c.maxPrice)
			require.ErrorIs(t, err, c.err)
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := f.k.OwnerOf(f.ctx, hotkey(1))
	require.ErrorIs(t, err, types.ErrUnknownHotkey)

	t.Run("per-block", func(t *testing.T) {
		f.register(netuid, hotkey(1))
		f.register(netuid, hotkey(2))
		_, err := f.tryRegister(netuid, owner, hotkey(3), 0)
		require.ErrorIs(t, err, types.ErrTooManyRegistrations)
		require.ErrorContains(t, err, "netuid 1 took 2 in this block, max_registrations_per_block is 2")
		// Changing the rules is no way around the limit.
		f.updateHyperparams(netuid, func(*types.Hyperparams) {})
		_, err = f.tryRegister(netuid, owner, hotkey(3), 0)
		require.ErrorIs(t, err, types.ErrTooManyRegistrations)
		f.at(12)
		f.register(netuid, hotkey(3))
	})
	t.Run("hook", func(t *testing.T) {
		f.hooks.refuse = "registered"
		before := f.supply()
		_, err := f.tryRegister(netuid, owner, hotkey(4), 0)
		require.ErrorIs(t, err, errHook)
		require.Equal(t, before, f.supply())
		_, err = f.k.UIDOf(f.ctx, netuid, hotkey(4))
		require.ErrorIs(t, err, types.ErrNotRegistered)
	})
}

func TestHooksAreSetOnce(t *testing.T) {
	f := setup(t)
	require.PanicsWithValue(t, "subnet: hooks are set twice", func() { f.k.SetHooks(f.hooks) })
}

func TestMultiHooks(t *testing.T) {
	f := setup(t)
	netuid := f.create(nil)
	f.register(netuid, hotkey(0))
	first, second, third := &hooks{f: f}, &hooks{f: f, refuse: "replaced"}, &hooks{f: f}
	all := types.MultiSubnetHooks{first, second, third}
	require.ErrorIs(t, all.BeforeNeuronReplaced(f.ctx, netuid, 0, hotkey(0)), errHook)
	require.NoError(t, all.AfterNeuronRegistered(f.ctx, netuid, 0, hotkey(0), owner))
	require.NoError(t, all.AfterSubnetCreated(f.ctx, netuid, owner, 1))
	require.Len(t, first.heard, 3)
	require.Len(t, second.heard, 3)
	require.Len(t, third.heard, 2)
}
