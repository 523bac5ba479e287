package keeper_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/subnet/types"
)

func (f *fixture) swapKey(owner, hotkey, key sdk.AccAddress) error {
	f.t.Helper()
	_, err := f.do(func(ctx context.Context) error {
		_, err := f.msg.SwapHotkey(ctx, &types.MsgSwapHotkey{Owner: owner.String(), Hotkey: hotkey.String(), NewKey: key.String()})
		return err
	})
	return err
}

func (f *fixture) identify(signer sdk.AccAddress, name string) error {
	f.t.Helper()
	_, err := f.do(func(ctx context.Context) error {
		_, err := f.msg.SetIdentity(ctx, &types.MsgSetIdentity{Address: signer.String(), Name: name})
		return err
	})
	return err
}

// called is what a hotkey is called.
func (f *fixture) called(hotkey sdk.AccAddress) string {
	f.t.Helper()
	r, err := f.client().Identity(f.ctx, &types.QueryIdentityRequest{Address: hotkey.String(), Hotkey: true})
	if err != nil {
		require.ErrorContains(f.t, err, types.ErrIdentityNotFound.Error())
		return ""
	}
	return r.Identity.Name
}

// The new key does what the hotkey did, in every subnet, and the old one nothing any more. What is kept under the hotkey stays to the byte.
func TestSwapHotkey(t *testing.T) {
	f := setup(t)
	one, two := f.create(nil), f.create(nil)
	f.register(one, hotkey(0))
	f.register(two, hotkey(1))
	f.register(two, hotkey(0))
	require.NoError(t, f.serve(one, hotkey(0), 1))
	require.NoError(t, f.commit(one, hotkey(0), "before"))
	require.NoError(t, f.identify(hotkey(0), "Oak"))
	require.Equal(t, "Oak", f.called(hotkey(0)))
	f.at(200)
	neurons, err := f.k.Neurons(f.ctx, one)
	require.NoError(t, err)
	supply, had := f.supply(), f.balance(owner)

	events, err := f.do(func(ctx context.Context) error {
		res, err := f.msg.SwapHotkey(ctx, &types.MsgSwapHotkey{Owner: owner.String(), Hotkey: hotkey(0).String(), NewKey: hotkey(50).String(), MaxCost: 100_000_000})
		require.Equal(t, &types.MsgSwapHotkeyResponse{Cost: 100_000_000, OldKey: hotkey(0).String()}, res)
		return err
	})
	require.NoError(t, err)
	require.Contains(t, events, &types.EventHotkeySwapped{
		Owner: owner.String(), Hotkey: hotkey(0).String(), OldKey: hotkey(0).String(), NewKey: hotkey(50).String(), Cost: 100_000_000,
	})
	require.Equal(t, supply-100_000_000, f.supply())
	require.Equal(t, had-100_000_000, f.balance(owner))
	after, err := f.k.Neurons(f.ctx, one)
	require.NoError(t, err)
	require.Equal(t, neurons, after)

	for _, netuid := range []uint32{one, two} {
		require.ErrorIs(t, f.serve(netuid, hotkey(0), 1), types.ErrKeySwapped)
		require.ErrorIs(t, f.commit(netuid, hotkey(0), "thief"), types.ErrKeySwapped)
		require.NoError(t, f.serve(netuid, hotkey(50), 1))
		require.NoError(t, f.commit(netuid, hotkey(50), "after"))
		c, err := f.k.CommitmentOf(f.ctx, netuid, hotkey(0))
		require.NoError(t, err)
		require.Equal(t, hotkey(0).String(), c.Hotkey)
		require.Equal(t, "after", string(c.Data))
	}
	err = f.serve(one, hotkey(0), 1)
	require.ErrorContains(t, err, "until block 200; "+hotkey(50).String()+" signs for it now")
	// A changed service key still has to wait: its age is the uid's.
	f.at(210)
	require.ErrorIs(t, f.serve(one, hotkey(50), 9), types.ErrServiceKeyTooSoon)

	// Who names the key is told the hotkey.
	_, err = f.k.UIDOf(f.ctx, one, hotkey(50))
	require.ErrorIs(t, err, types.ErrNotRegistered)
	require.ErrorContains(t, err, "a key of hotkey "+hotkey(0).String())
	_, err = f.k.OwnerOf(f.ctx, hotkey(50))
	require.ErrorIs(t, err, types.ErrUnknownHotkey)
	require.ErrorContains(t, err, "a key of hotkey "+hotkey(0).String())

	// The hotkey is called what its key publishes, whatever the thief does; an account's own identity is its own.
	require.Empty(t, f.called(hotkey(0)))
	require.NoError(t, f.identify(hotkey(50), "Old Oak"))
	require.NoError(t, f.identify(hotkey(0), "Thief"))
	require.Equal(t, "Old Oak", f.called(hotkey(0)))
	id, err := f.k.IdentityOf(f.ctx, hotkey(0))
	require.NoError(t, err)
	require.Equal(t, "Thief", id.Name)

	// Twice in a block, and none of the keys before signs.
	require.NoError(t, f.swapKey(owner, hotkey(0), hotkey(51)))
	require.NoError(t, f.swapKey(owner, hotkey(0), hotkey(52)))
	for _, old := range []sdk.AccAddress{hotkey(0), hotkey(50), hotkey(51)} {
		_, err := f.k.SignsFor(f.ctx, old)
		require.ErrorIs(t, err, types.ErrKeySwapped)
	}
	signed, err := f.k.SignsFor(f.ctx, hotkey(52))
	require.NoError(t, err)
	require.Equal(t, hotkey(0), signed)
	for _, asked := range []byte{0, 50, 52} {
		res, err := f.client().Hotkey(f.ctx, &types.QueryHotkeyRequest{Hotkey: hotkey(asked).String()})
		require.NoError(t, err)
		require.Equal(t, hotkey(0).String(), res.Hotkey)
		require.Equal(t, owner.String(), res.Owner)
		require.Equal(t, types.SigningKey{Key: hotkey(52).String(), Hotkey: hotkey(0).String(), Since: 210}, res.Signing)
		require.Equal(t, hotkey(asked).String(), res.Asked.Key)
		require.Len(t, res.Neurons, 2)
	}
	res, err := f.client().Hotkey(f.ctx, &types.QueryHotkeyRequest{Hotkey: hotkey(1).String()})
	require.NoError(t, err)
	require.Equal(t, types.SigningKey{Key: hotkey(1).String(), Hotkey: hotkey(1).String()}, res.Signing)
}

// A hotkey that has lost its uid is registered again under its address, and its key signs for it.
func TestSwappedHotkeyReturns(t *testing.T) {
	f := setup(t)
	netuid := f.create(func(h *types.Hyperparams) { h.MaxNeurons, h.MaxValidators, h.ImmunityPeriod = 1, 1, 0 })
	f.register(netuid, hotkey(0))
	require.NoError(t, f.swapKey(owner, hotkey(0), hotkey(50)))
	f.at(20)
	f.register(netuid, hotkey(1))
	require.ErrorIs(t, f.serve(netuid, hotkey(50), 1), types.ErrNotRegistered)
	f.at(30)
	f.register(netuid, hotkey(0))
	require.ErrorIs(t, f.serve(netuid, hotkey(0), 1), types.ErrKeySwapped)
	require.NoError(t, f.serve(netuid, hotkey(50), 1))
}

func TestSwapHotkeyRefusals(t *testing.T) {
	f := setup(t)
	netuid := f.create(nil)
	f.register(netuid, hotkey(0))
	f.register(netuid, hotkey(1))
	require.NoError(t, f.swapKey(owner, hotkey(1), hotkey(60)))
	f.s.Fund(poor, params.Agon(1))
	_, err := f.tryRegister(netuid, poor, hotkey(2), 0)
	require.NoError(t, err)
	for _, c := range []struct {
		name              string
		owner, hotkey, to sdk.AccAddress
		err               error
		want              string
	}{
		{"not the owner", other, hotkey(0), hotkey(50), types.ErrHotkeyOwned, "sign with its owner"},
		{"no hotkey", owner, hotkey(9), hotkey(50), types.ErrUnknownHotkey, "never registered"},
		{"named by its key", owner, hotkey(60), hotkey(50), types.ErrUnknownHotkey, "a key of hotkey " + hotkey(1).String()},
		{"to itself", owner, hotkey(0), hotkey(0), types.ErrKeyInUse, "make a new key"},
		{"to another hotkey", owner, hotkey(0), hotkey(2), types.ErrKeyInUse, "is a hotkey of " + poor.String()},
		{"to a key in use", owner, hotkey(0), hotkey(60), types.ErrKeyInUse, "signs or signed for hotkey " + hotkey(1).String()},
		{"back", owner, hotkey(1), hotkey(1), types.ErrKeyInUse, "make a new key"},
		{"to a long address", owner, hotkey(0), make(sdk.AccAddress, 32), types.ErrInvalidAddress, "new_key has 32 bytes"},
	} {
		err := f.swapKey(c.owner, c.hotkey, c.to)
		require.ErrorIs(t, err, c.err, c.name)
		require.ErrorContains(t, err, c.want, c.name)
	}
	_, err = f.msg.SwapHotkey(f.ctx, &types.MsgSwapHotkey{Owner: owner.String(), Hotkey: hotkey(0).String(), NewKey: hotkey(50).String(), MaxCost: 99_999_999})
	require.ErrorIs(t, err, types.ErrSwapCostAboveLimit)
	require.NoError(t, f.s.Bank.SendCoins(f.ctx, poor, other, sdk.NewCoins(sdk.NewInt64Coin(types.BaseDenom, int64(f.balance(poor))))))
	require.ErrorContains(t, f.swapKey(poor, hotkey(2), hotkey(50)), "hotkey_swap_cost of 100000000 nagon")
	for _, key := range []byte{60, 1} {
		_, err = f.tryRegister(netuid, other, hotkey(key), 0)
		require.Error(t, err)
	}
	_, err = f.tryRegister(netuid, owner, hotkey(60), 0)
	require.ErrorIs(t, err, types.ErrKeyInUse)
	require.NoError(t, f.swapKey(owner, hotkey(1), hotkey(61)))
	_, err = f.tryRegister(netuid, owner, hotkey(60), 0)
	require.ErrorIs(t, err, types.ErrKeyInUse, "a key that was swapped is no hotkey later")
}

// A chain that was started anew at a lower height has keys that signed since a height that lies ahead; swapped again, its state can
// still be exported and loaded.
func TestSwapHotkeyBelowTheHeightOfTheLastSwap(t *testing.T) {
	f := setup(t)
	f.register(f.create(nil), hotkey(0))
	f.at(200)
	require.NoError(t, f.swapKey(owner, hotkey(0), hotkey(50)))
	f.at(20)
	require.NoError(t, f.swapKey(owner, hotkey(0), hotkey(51)))
	gs, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.NoError(t, gs.Validate())
}
