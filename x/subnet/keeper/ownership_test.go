package keeper_test

import (
	"context"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

func (f *fixture) offer(netuid uint32, to sdk.AccAddress, expires int64) error {
	f.t.Helper()
	_, err := f.do(func(ctx context.Context) error {
		_, err := f.msg.OfferOwnership(ctx, &types.MsgOfferOwnership{Owner: owner.String(), Netuid: netuid, NewOwner: to.String(), ExpiresAt: expires})
		return err
	})
	return err
}

func (f *fixture) accept(netuid uint32, by sdk.AccAddress) ([]proto.Message, error) {
	f.t.Helper()
	return f.do(func(ctx context.Context) error {
		_, err := f.msg.AcceptOwnership(ctx, &types.MsgAcceptOwnership{NewOwner: by.String(), Netuid: netuid})
		return err
	})
}

func (f *fixture) cancelOffer(netuid uint32, by sdk.AccAddress) ([]proto.Message, error) {
	f.t.Helper()
	return f.do(func(ctx context.Context) error {
		_, err := f.msg.CancelOwnershipOffer(ctx, &types.MsgCancelOwnershipOffer{Owner: by.String(), Netuid: netuid})
		return err
	})
}

func TestOwnershipChangesHands(t *testing.T) {
	f := setup(t)
	netuid := f.create(nil)
	f.register(netuid, hotkey(0))
	before := f.subnet(netuid)
	events, err := f.do(func(ctx context.Context) error {
		_, err := f.msg.OfferOwnership(ctx, &types.MsgOfferOwnership{Owner: owner.String(), Netuid: netuid, NewOwner: other.String(), ExpiresAt: 20})
		return err
	})
	require.NoError(t, err)
	require.Equal(t, []proto.Message{&types.EventOwnershipOffered{Netuid: netuid, Owner: owner.String(), NewOwner: other.String(), ExpiresAt: 20}}, events)
	require.Equal(t, before, f.subnet(netuid), "an offer changes nothing")
	res, err := f.client().OwnershipOffer(f.ctx, &types.QueryOwnershipOfferRequest{Netuid: netuid})
	require.NoError(t, err)
	require.Equal(t, types.OwnershipOffer{Netuid: netuid, NewOwner: other.String(), ExpiresAt: 20}, res.Offer)

	_, err = f.accept(netuid, poor)
	require.ErrorIs(t, err, types.ErrNotOffered)
	require.ErrorContains(t, err, "netuid 1 is offered to "+other.String())
	f.at(20)
	events, err = f.accept(netuid, other)
	require.NoError(t, err)
	require.Equal(t, []proto.Message{&types.EventOwnershipTransferred{Netuid: netuid, OldOwner: owner.String(), NewOwner: other.String()}}, events)
	want := before
	want.Owner = other.String()
	require.Equal(t, want, f.subnet(netuid), "nothing but the owner changes")
	bound, err := f.k.OwnerOf(f.ctx, hotkey(0))
	require.NoError(t, err)
	require.Equal(t, owner, bound, "hotkeys stay")

	// The offer is used up, and the old owner has no say any more.
	_, err = f.accept(netuid, other)
	require.ErrorIs(t, err, types.ErrOfferNotFound)
	require.ErrorIs(t, f.offer(netuid, poor, 30), types.ErrNotOwner)
	_, err = f.tryUpdateHyperparams(netuid, func(h *types.Hyperparams) { h.Tempo = 20 })
	require.ErrorIs(t, err, types.ErrNotOwner)
}

func TestOfferExpires(t *testing.T) {
	f := setup(t)
	netuid := f.create(nil)
	require.NoError(t, f.offer(netuid, other, 20))
	f.at(21)
	_, err := f.accept(netuid, other)
	require.ErrorIs(t, err, types.ErrOfferNotFound)
	require.ErrorContains(t, err, "expired at block 20, this is block 21")
	_, err = f.client().OwnershipOffer(f.ctx, &types.QueryOwnershipOfferRequest{Netuid: netuid})
	require.Equal(t, codes.NotFound, status.Code(err))
	// The next offer takes its place.
	require.NoError(t, f.offer(netuid, poor, 22))
	_, err = f.accept(netuid, other)
	require.ErrorIs(t, err, types.ErrNotOffered)
	_, err = f.accept(netuid, poor)
	require.NoError(t, err)
}

func TestCancelOffer(t *testing.T) {
	f := setup(t)
	netuid := f.create(nil)
	_, err := f.cancelOffer(netuid, owner)
	require.ErrorIs(t, err, types.ErrOfferNotFound)
	require.NoError(t, f.offer(netuid, other, 20))
	_, err = f.cancelOffer(netuid, other)
	require.ErrorIs(t, err, types.ErrNotOwner)
	events, err := f.cancelOffer(netuid, owner)
	require.NoError(t, err)
	require.Equal(t, []proto.Message{&types.EventOwnershipOfferCancelled{Netuid: netuid, NewOwner: other.String()}}, events)
	_, err = f.accept(netuid, other)
	require.ErrorIs(t, err, types.ErrOfferNotFound)
	require.Equal(t, owner.String(), f.subnet(netuid).Owner)

	// One that has expired can be cleared away.
	require.NoError(t, f.offer(netuid, other, 20))
	f.at(30)
	_, err = f.cancelOffer(netuid, owner)
	require.NoError(t, err)
}

func TestOfferRefuses(t *testing.T) {
	f := setup(t)
	netuid := f.create(nil)
	for _, c := range []struct {
		name   string
		change func(*types.MsgOfferOwnership)
		err    error
		want   string
	}{
		{"owner", func(m *types.MsgOfferOwnership) { m.Owner = "x" }, types.ErrInvalidAddress, "owner is"},
		{"new-owner", func(m *types.MsgOfferOwnership) { m.NewOwner = "x" }, types.ErrInvalidAddress, "new_owner is"},
		{"to-itself", func(m *types.MsgOfferOwnership) { m.NewOwner = m.Owner }, types.ErrInvalidOffer, "the owner itself"},
		{"netuid", func(m *types.MsgOfferOwnership) { m.Netuid = 0 }, types.ErrSubnetNotFound, "netuid is 0"},
		{"no-subnet", func(m *types.MsgOfferOwnership) { m.Netuid = 9 }, types.ErrSubnetNotFound, "netuid 9"},
		{"stranger", func(m *types.MsgOfferOwnership) { m.Owner = poor.String() }, types.ErrNotOwner, "belongs to " + owner.String()},
		{"no-height", func(m *types.MsgOfferOwnership) { m.ExpiresAt = 0 }, types.ErrInvalidOffer, "expires_at is 0, want a height"},
		{"past", func(m *types.MsgOfferOwnership) { m.ExpiresAt = 10 }, types.ErrInvalidOffer, "expires_at is 10, want 11 to 1000010"},
		{"far", func(m *types.MsgOfferOwnership) { m.ExpiresAt = 1_000_011 }, types.ErrInvalidOffer, "expires_at is 1000011, want 11 to 1000010"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &types.MsgOfferOwnership{Owner: owner.String(), Netuid: netuid, NewOwner: other.String(), ExpiresAt: 1_000_010}
			c.change(m)
			_, err := f.msg.OfferOwnership(f.ctx, m)
			require.ErrorIs(t, err, c.err)
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := f.msg.AcceptOwnership(f.ctx, &types.MsgAcceptOwnership{NewOwner: "x", Netuid: netuid})
	require.ErrorIs(t, err, types.ErrInvalidAddress)
	_, err = f.accept(9, other)
	require.ErrorIs(t, err, types.ErrSubnetNotFound)
	_, err = f.accept(0, other)
	require.ErrorIs(t, err, types.ErrSubnetNotFound)
	_, err = f.cancelOffer(9, owner)
	require.ErrorIs(t, err, types.ErrSubnetNotFound)
	_, err = f.msg.CancelOwnershipOffer(f.ctx, &types.MsgCancelOwnershipOffer{Netuid: netuid})
	require.ErrorIs(t, err, types.ErrInvalidAddress)
}
