package keeper_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/subnet/types"
)

func (f *fixture) announce(owner, next sdk.AccAddress) (int64, error) {
	f.t.Helper()
	var ready int64
	_, err := f.do(func(ctx context.Context) error {
		res, err := f.msg.AnnounceOwnerSwap(ctx, &types.MsgAnnounceOwnerSwap{Owner: owner.String(), NewOwner: next.String()})
		if err == nil {
			ready = res.ReadyAt
		}
		return err
	})
	return ready, err
}

func (f *fixture) cancelSwap(owner sdk.AccAddress) error {
	f.t.Helper()
	_, err := f.do(func(ctx context.Context) error {
		_, err := f.msg.CancelOwnerSwap(ctx, &types.MsgCancelOwnerSwap{Owner: owner.String()})
		return err
	})
	return err
}

func (f *fixture) swapOwner(owner, next sdk.AccAddress) (*types.MsgSwapOwnerResponse, error) {
	f.t.Helper()
	var res *types.MsgSwapOwnerResponse
	_, err := f.do(func(ctx context.Context) (err error) {
		res, err = f.msg.SwapOwner(ctx, &types.MsgSwapOwner{NewOwner: next.String(), Owner: owner.String()})
		return err
	})
	return res, err
}

// ownerHooks has rows of an owner to move, and one for each hotkey.
type ownerHooks struct {
	f    *fixture
	rows uint32
	fail bool
}

func (h *ownerHooks) AfterHotkeyOwnerChanged(ctx context.Context, hotkey, owner, next sdk.AccAddress) (uint32, error) {
	if has, err := h.f.k.OwnerOf(ctx, hotkey); err != nil || !has.Equals(next) || has.Equals(owner) {
		return 0, fmt.Errorf("hotkey is %s's (%w), want %s's", has, err, next)
	}
	if h.fail {
		return 0, errHook
	}
	return 1, nil
}

func (h *ownerHooks) MoveOwned(_ context.Context, _, _ sdk.AccAddress, most uint32) (uint32, bool, error) {
	moved := min(most, h.rows)
	h.rows -= moved
	return moved, h.rows > 0, nil
}

func TestOwnerSwap(t *testing.T) {
	f := setup(t)
	hooks := &ownerHooks{f: f, rows: 120}
	f.k.SetOwnerHooks(hooks)
	require.Panics(t, func() { f.k.SetOwnerHooks(hooks) })
	first := f.create(nil)
	second := f.create(nil)
	for n := range byte(40) {
		f.at(f.ctx.BlockHeight() + 1)
		f.s.Fund(owner, params.Agon(1000))
		f.register(first, hotkey(n))
	}
	require.NoError(t, f.swapKey(owner, hotkey(3), hotkey(90)))
	require.NoError(t, f.offer(second, poor, 90_000))
	require.NoError(t, f.identify(owner, "Alice"))
	f.setDelay(50)
	_, err := f.tryUpdateHyperparams(first, func(h *types.Hyperparams) { h.Tempo = 20 })
	require.NoError(t, err)

	f.at(1000)
	ready, err := f.announce(owner, other)
	require.NoError(t, err)
	require.EqualValues(t, 37_000, ready)
	f.at(36_999)
	_, err = f.swapOwner(owner, other)
	require.ErrorIs(t, err, types.ErrOwnerSwapTooSoon)
	require.ErrorContains(t, err, "ready at block 37000")
	// Another announcement begins the wait anew, and a cancelled one is nothing.
	ready, err = f.announce(owner, poor)
	require.NoError(t, err)
	require.EqualValues(t, 72_999, ready)
	require.NoError(t, f.cancelSwap(owner))
	require.ErrorIs(t, f.cancelSwap(owner), types.ErrOwnerSwapNotFound)
	_, err = f.swapOwner(owner, poor)
	require.ErrorIs(t, err, types.ErrOwnerSwapNotFound)
	_, err = f.announce(owner, poor)
	require.NoError(t, err)
	f.at(80_000)
	for _, stranger := range []sdk.AccAddress{owner, other} {
		_, err = f.swapOwner(owner, stranger)
		require.ErrorIs(t, err, types.ErrNotSwapParty)
	}
	res, err := f.client().OwnerSwap(f.ctx, &types.QueryOwnerSwapRequest{Owner: owner.String()})
	require.NoError(t, err)
	require.Equal(t, types.OwnerSwap{Owner: owner.String(), NewOwner: poor.String(), AnnouncedAt: 36_999, ReadyAt: 72_999}, res.Swap)

	hooks.fail = true
	_, err = f.swapOwner(owner, poor)
	require.ErrorIs(t, err, errHook)
	hooks.fail = false

	// Three rows for a hotkey: itself, its neuron and the hook's.
	out, err := f.swapOwner(owner, poor)
	require.NoError(t, err)
	require.Equal(t, &types.MsgSwapOwnerResponse{Moved: 102, More: true}, out)
	f.checkInvariants()
	require.ErrorIs(t, f.cancelSwap(owner), types.ErrOwnerSwapBegun)
	_, err = f.announce(owner, other)
	require.ErrorIs(t, err, types.ErrOwnerSwapBegun)
	has, err := f.k.OwnerOf(f.ctx, hotkey(0))
	require.NoError(t, err)
	require.Equal(t, poor, has)
	has, err = f.k.OwnerOf(f.ctx, hotkey(39))
	require.NoError(t, err)
	require.Equal(t, owner, has)

	// In between, the old owner gets another hotkey and another subnet; both follow. Export and import in the middle give the same bytes.
	f.s.Fund(owner, params.Agon(100_000))
	f.at(80_001)
	f.register(second, hotkey(40))
	third := f.create(nil)
	gs, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	g := setupAt(t, gs)
	require.Equal(t, f.dump(), g.dump())

	for i, want := range []types.MsgSwapOwnerResponse{{Moved: 6*3 + 3 + 3 + 1 + 75, More: true}, {Moved: 45}} {
		out, err = f.swapOwner(owner, poor)
		require.NoError(t, err)
		require.Equal(t, &want, out, "call %d", i)
		f.checkInvariants()
	}
	_, err = f.swapOwner(owner, poor)
	require.ErrorIs(t, err, types.ErrOwnerSwapNotFound)
	for n := range byte(41) {
		has, err := f.k.OwnerOf(f.ctx, hotkey(n))
		require.NoError(t, err)
		require.Equal(t, poor, has)
	}
	for _, netuid := range []uint32{first, second, third} {
		require.Equal(t, poor.String(), f.subnet(netuid).Owner)
	}
	_, err = f.k.OfferOf(f.ctx, second)
	require.ErrorIs(t, err, types.ErrOfferNotFound, "who has it needs no offer")
	id, err := f.k.IdentityOf(f.ctx, poor)
	require.NoError(t, err)
	require.Equal(t, "Alice", id.Name)
	_, err = f.k.IdentityOf(f.ctx, owner)
	require.ErrorIs(t, err, types.ErrIdentityNotFound)
	// The old key does nothing any more, the new one all.
	require.ErrorIs(t, f.swapKey(owner, hotkey(0), hotkey(91)), types.ErrHotkeyOwned)
	f.s.Fund(poor, params.Agon(1))
	require.NoError(t, f.swapKey(poor, hotkey(0), hotkey(91)))
	require.NoError(t, f.serve(first, hotkey(90), 1), "who signs for a hotkey stays")
	_, err = f.tryRegister(first, owner, hotkey(0), 0)
	require.ErrorIs(t, err, types.ErrHotkeyOwned)
}

func TestOwnerSwapRefusals(t *testing.T) {
	f := setup(t)
	netuid := f.create(nil)
	f.register(netuid, hotkey(0))
	require.NoError(t, f.swapKey(owner, hotkey(0), hotkey(50)))
	_, err := f.announce(owner, owner)
	require.ErrorIs(t, err, types.ErrInvalidOwnerSwap)
	for _, next := range []sdk.AccAddress{hotkey(0), hotkey(50)} {
		_, err = f.announce(owner, next)
		require.ErrorIs(t, err, types.ErrKeyInUse)
	}
	_, err = f.client().OwnerSwap(f.ctx, &types.QueryOwnerSwapRequest{Owner: other.String()})
	require.ErrorContains(t, err, "agond owner announce")

	// Two that swap with each other: each carries the other's out, and nothing is lost.
	_, err = f.tryRegister(netuid, other, hotkey(1), 0)
	require.NoError(t, err)
	_, err = f.announce(owner, other)
	require.NoError(t, err)
	_, err = f.announce(other, owner)
	require.NoError(t, err)
	f.at(50_000)
	out, err := f.swapOwner(owner, other)
	require.NoError(t, err)
	require.Equal(t, &types.MsgSwapOwnerResponse{Moved: 3}, out)
	out, err = f.swapOwner(other, owner)
	require.NoError(t, err)
	require.Equal(t, &types.MsgSwapOwnerResponse{Moved: 5}, out)
	for n := range byte(2) {
		has, err := f.k.OwnerOf(f.ctx, hotkey(n))
		require.NoError(t, err)
		require.Equal(t, owner, has)
	}
}

// An owner of nothing can be swapped: it costs a call.
func TestOwnerSwapOfNothing(t *testing.T) {
	f := setup(t)
	_, err := f.announce(other, poor)
	require.NoError(t, err)
	f.at(40_000)
	out, err := f.swapOwner(other, poor)
	require.NoError(t, err)
	require.Equal(t, &types.MsgSwapOwnerResponse{}, out)
}

// A lease, its payee, a dissolved subnet and rules that are announced go with the subnet.
func TestOwnerSwapKeepsWhatASubnetHas(t *testing.T) {
	f := setup(t)
	lease := types.Lease{Payee: other.String(), OwnerBps: 2500}
	netuid, _, err := f.leased(lease)
	require.NoError(t, err)
	gone := f.create(nil)
	f.at(300_000)
	_, err = f.do(func(ctx context.Context) error {
		_, err := f.msg.DissolveSubnet(ctx, &types.MsgDissolveSubnet{Owner: owner.String(), Netuid: gone})
		return err
	})
	require.NoError(t, err)
	_, err = f.announce(owner, poor)
	require.NoError(t, err)
	f.at(400_000)
	f.setDelay(50)
	effective, err := f.tryUpdateHyperparams(netuid, func(h *types.Hyperparams) { h.Tempo = 20 })
	require.NoError(t, err)
	require.NotZero(t, effective)
	out, err := f.swapOwner(owner, poor)
	require.NoError(t, err)
	require.Equal(t, &types.MsgSwapOwnerResponse{Moved: 2}, out)

	s := f.subnet(netuid)
	require.Equal(t, poor.String(), s.Owner)
	require.Equal(t, &lease, s.Lease)
	require.Equal(t, poor.String(), f.subnet(gone).Owner)
	f.at(400_050)
	require.NoError(t, f.k.BeginBlock(f.ctx))
	require.EqualValues(t, 20, f.subnet(netuid).Hyperparams.Tempo)
}
