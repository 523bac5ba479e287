package keeper_test

import (
	"context"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/keepertest"
	"github.com/agon-chain/agon/x/subnet/types"
)

// leased opens a subnet of owner that other pays for.
func (f *fixture) leased(lease types.Lease) (netuid uint32, events []proto.Message, err error) {
	f.t.Helper()
	events, err = f.do(func(ctx context.Context) (err error) {
		netuid, _, err = f.k.CreateLeased(ctx, &types.MsgCreateSubnet{
			Owner: owner.String(), Identity: types.SubnetIdentity{Name: "Shared"}, Symbol: "SHARE", TaskKind: "langid",
		}, other, lease)
		return err
	})
	return netuid, events, err
}

func TestCreateLeased(t *testing.T) {
	f := setup(t)
	cost, err := f.k.CreationCost(f.ctx)
	require.NoError(t, err)
	lease := types.Lease{Payee: other.String(), OwnerBps: 2500, Until: 500}
	of, payer := f.balance(owner), f.balance(other)
	netuid, events, err := f.leased(lease)
	require.NoError(t, err)
	require.Contains(t, events, proto.Message(&types.EventLeaseBegun{Netuid: netuid, Lease: lease}))
	require.Equal(t, of, f.balance(owner), "the owner pays nothing")
	require.Equal(t, payer-cost, f.balance(other))

	s := f.subnet(netuid)
	require.Equal(t, owner.String(), s.Owner)
	got, runs := s.LeaseAt(499)
	require.True(t, runs)
	require.Equal(t, lease, got)
	_, runs = s.LeaseAt(500)
	require.False(t, runs, "over at its height")

	// An ordinary subnet has none, and one without an end never ends.
	_, runs = f.subnet(f.create(nil)).LeaseAt(11)
	require.False(t, runs)
	netuid, _, err = f.leased(types.Lease{Payee: other.String()})
	require.NoError(t, err)
	_, runs = f.subnet(netuid).LeaseAt(1 << 60)
	require.True(t, runs)
}

func TestCreateLeasedRefuses(t *testing.T) {
	f := setup(t)
	for name, c := range map[string]struct {
		lease types.Lease
		want  error
	}{
		"payee-is-no-address":   {types.Lease{Payee: "x"}, types.ErrInvalidAddress},
		"more-than-the-cut":     {types.Lease{Payee: other.String(), OwnerBps: 10_001}, types.ErrInvalidLease},
		"over-before-it-begins": {types.Lease{Payee: other.String(), Until: 10}, types.ErrInvalidLease},
		"negative-height":       {types.Lease{Payee: other.String(), Until: -1}, types.ErrInvalidLease},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := f.leased(c.lease)
			require.ErrorIs(t, err, c.want)
		})
	}
}

func TestLeaseGoesWithTheSubnet(t *testing.T) {
	f := setup(t)
	lease := types.Lease{Payee: other.String(), OwnerBps: 1000}
	netuid, _, err := f.leased(lease)
	require.NoError(t, err)
	_, err = f.do(func(ctx context.Context) error {
		if _, err := f.msg.OfferOwnership(ctx, &types.MsgOfferOwnership{Owner: owner.String(), Netuid: netuid, NewOwner: poor.String(), ExpiresAt: 50}); err != nil {
			return err
		}
		_, err := f.msg.AcceptOwnership(ctx, &types.MsgAcceptOwnership{NewOwner: poor.String(), Netuid: netuid})
		return err
	})
	require.NoError(t, err)
	s := f.subnet(netuid)
	require.Equal(t, poor.String(), s.Owner)
	require.Equal(t, &lease, s.Lease)
}

func TestEndLease(t *testing.T) {
	f := setup(t)
	end := func(netuid uint32) ([]proto.Message, error) {
		return f.do(func(ctx context.Context) error { return f.k.EndLease(ctx, netuid) })
	}
	netuid, _, err := f.leased(types.Lease{Payee: other.String(), Until: 20})
	require.NoError(t, err)
	events, err := end(netuid)
	require.NoError(t, err)
	require.Equal(t, []proto.Message{&types.EventLeaseEnded{Netuid: netuid, Payee: other.String()}}, events)
	require.Nil(t, f.subnet(netuid).Lease)
	_, err = end(netuid)
	require.ErrorIs(t, err, types.ErrInvalidLease)

	netuid, _, err = f.leased(types.Lease{Payee: other.String(), Until: 20})
	require.NoError(t, err)
	f.at(20)
	_, err = end(netuid)
	require.ErrorIs(t, err, types.ErrInvalidLease, "it is over by itself")
	_, err = end(99)
	require.ErrorIs(t, err, types.ErrSubnetNotFound)
}

func TestGenesisKeepsLeases(t *testing.T) {
	f := setup(t)
	netuid, _, err := f.leased(types.Lease{Payee: keepertest.Account(9).String(), OwnerBps: 1, Until: 77})
	require.NoError(t, err)
	gs, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.NoError(t, gs.Validate())
	require.Equal(t, f.subnet(netuid).Lease, gs.Subnets[netuid-1].Lease)
	gs.Subnets[netuid-1].Lease.OwnerBps = 10_001
	require.ErrorIs(t, gs.Validate(), types.ErrInvalidLease)
}
