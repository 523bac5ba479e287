package keeper_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/x/subnet/types"
)

func (f *fixture) commit(netuid uint32, hotkey sdk.AccAddress, data string) error {
	f.t.Helper()
	_, err := f.do(func(ctx context.Context) error {
		_, err := f.msg.CommitData(ctx, &types.MsgCommitData{Hotkey: hotkey.String(), Netuid: netuid, Data: []byte(data)})
		return err
	})
	return err
}

func (f *fixture) commitment(netuid uint32, hotkey sdk.AccAddress) (types.Commitment, error) {
	f.t.Helper()
	res, err := f.client().Commitment(f.ctx, &types.QueryCommitmentRequest{Netuid: netuid, Hotkey: hotkey.String()})
	if err != nil {
		return types.Commitment{}, err
	}
	return res.Commitment, nil
}

func TestCommitData(t *testing.T) {
	f := setup(t)
	netuid := f.create(nil)
	f.register(netuid, hotkey(0))
	f.register(netuid, hotkey(1))
	_, err := f.commitment(netuid, hotkey(1))
	require.Equal(t, codes.NotFound, status.Code(err))
	_, err = f.k.CommitmentOf(f.ctx, netuid, hotkey(1))
	require.ErrorIs(t, err, types.ErrCommitmentNotFound)

	data := bytes.Repeat([]byte{0xff, 0}, types.MaxCommitmentSize/2)
	events, err := f.do(func(ctx context.Context) error {
		_, err := f.msg.CommitData(ctx, &types.MsgCommitData{Hotkey: hotkey(1).String(), Netuid: netuid, Data: data})
		return err
	})
	require.NoError(t, err)
	require.Equal(t, []proto.Message{&types.EventDataCommitted{Netuid: netuid, Uid: 1, Hotkey: hotkey(1).String(), Data: data}}, events)
	got, err := f.commitment(netuid, hotkey(1))
	require.NoError(t, err)
	require.Equal(t, types.Commitment{Netuid: netuid, Uid: 1, Hotkey: hotkey(1).String(), Data: data, Block: 10}, got)

	// 100 blocks between two of one neuron; another's is its own, and so is the same hotkey's in another subnet.
	f.at(109)
	err = f.commit(netuid, hotkey(1), "b")
	require.ErrorIs(t, err, types.ErrCommitmentTooSoon)
	require.ErrorContains(t, err, "uid 1 of netuid 1 committed at block 10, commitment_interval is 100 blocks; commit again from block 110")
	require.NoError(t, f.commit(netuid, hotkey(0), "a"))
	second := f.create(nil)
	f.register(second, hotkey(1))
	require.NoError(t, f.commit(second, hotkey(1), "c"))
	f.at(110)
	require.NoError(t, f.commit(netuid, hotkey(1), "b"))
	got, err = f.commitment(netuid, hotkey(1))
	require.NoError(t, err)
	require.Equal(t, types.Commitment{Netuid: netuid, Uid: 1, Hotkey: hotkey(1).String(), Data: []byte("b"), Block: 110}, got)
}

func TestCommitDataRefuses(t *testing.T) {
	f := setup(t)
	netuid := f.create(nil)
	f.register(netuid, hotkey(0))
	for _, c := range []struct {
		name   string
		change func(*types.MsgCommitData)
		err    error
		want   string
	}{
		{"hotkey", func(m *types.MsgCommitData) { m.Hotkey = "x" }, types.ErrInvalidAddress, "hotkey is"},
		{"netuid", func(m *types.MsgCommitData) { m.Netuid = 0 }, types.ErrSubnetNotFound, "netuid is 0"},
		{"no-subnet", func(m *types.MsgCommitData) { m.Netuid = 2 }, types.ErrSubnetNotFound, "netuid 2"},
		{"not-registered", func(m *types.MsgCommitData) { m.Hotkey = hotkey(1).String() }, types.ErrNotRegistered, "netuid 1"},
		{"owner-is-no-hotkey", func(m *types.MsgCommitData) { m.Hotkey = owner.String() }, types.ErrNotRegistered, "netuid 1"},
		{"nothing", func(m *types.MsgCommitData) { m.Data = nil }, types.ErrInvalidCommitment, "data has 0 bytes, want 1 to 256"},
		{"large", func(m *types.MsgCommitData) { m.Data = make([]byte, 257) }, types.ErrInvalidCommitment, "data has 257 bytes, want 1 to 256"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &types.MsgCommitData{Hotkey: hotkey(0).String(), Netuid: netuid, Data: []byte("a")}
			c.change(m)
			_, err := f.msg.CommitData(f.ctx, m)
			require.ErrorIs(t, err, c.err)
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := f.client().Commitment(f.ctx, &types.QueryCommitmentRequest{Netuid: netuid, Hotkey: "x"})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	_, err = f.client().Commitments(f.ctx, &types.QueryCommitmentsRequest{Netuid: 9})
	require.Equal(t, codes.NotFound, status.Code(err))
	_, err = f.client().Commitments(f.ctx, &types.QueryCommitmentsRequest{Netuid: netuid, Pagination: &query.PageRequest{Key: []byte{1}, Offset: 1}})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
}

// A newcomer starts without what the uid's former holder committed to, and may commit at once.
func TestCommitmentGoesWithTheNeuron(t *testing.T) {
	f := setup(t)
	netuid := full(f, 10, 11)
	f.at(150)
	require.NoError(t, f.commit(netuid, hotkey(0), "old"))
	require.NoError(t, f.commit(netuid, hotkey(1), "stays"))
	f.at(200)
	require.EqualValues(t, 0, f.register(netuid, hotkey(9)).Uid)
	for _, gone := range []sdk.AccAddress{hotkey(0), hotkey(9)} {
		_, err := f.commitment(netuid, gone)
		require.Equal(t, codes.NotFound, status.Code(err))
	}
	require.NoError(t, f.commit(netuid, hotkey(9), "new"))
	got, err := f.commitment(netuid, hotkey(1))
	require.NoError(t, err)
	require.Equal(t, []byte("stays"), got.Data)
}

func TestCommitmentsList(t *testing.T) {
	f := rich(t)
	q := f.client()
	first, err := q.Commitments(f.ctx, &types.QueryCommitmentsRequest{Netuid: 1, Pagination: &query.PageRequest{Limit: 1}})
	require.NoError(t, err)
	require.Len(t, first.Commitments, 1)
	require.Equal(t, []byte("nine"), first.Commitments[0].Data)
	rest, err := q.Commitments(f.ctx, &types.QueryCommitmentsRequest{Netuid: 1, Pagination: &query.PageRequest{Key: first.Pagination.NextKey}})
	require.NoError(t, err)
	require.Len(t, rest.Commitments, 1, "none of another subnet")
	require.EqualValues(t, 2, rest.Commitments[0].Uid)
	require.Empty(t, rest.Pagination.NextKey)
}
