package keeper_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/x/subnet/types"
)

func key(b byte) []byte { return bytes.Repeat([]byte{b}, types.ServiceKeySize) }

func (f *fixture) axon(netuid, uid uint32) *types.Axon {
	f.t.Helper()
	n, err := f.k.GetNeuron(f.ctx, netuid, uid)
	require.NoError(f.t, err)
	return n.Axon
}

func TestServeAxon(t *testing.T) {
	f := setup(t)
	netuid := f.create(func(h *types.Hyperparams) { h.Tempo = 50 })
	f.register(netuid, hotkey(0))
	f.register(netuid, hotkey(1))
	require.Nil(t, f.axon(netuid, 1))

	// The first axon may come in the block of registration.
	published := axon(1)
	published.Region = "eu-central"
	published.SealingKey = make([]byte, types.SealingKeySize)
	published.Hardware = types.Hardware{Kind: "cpu", Count: 8, Memory: 1 << 34}
	published.Served = []types.Served{{Name: "lingua", Version: make([]byte, 32)}}
	events, err := f.do(func(ctx context.Context) error {
		_, err := f.msg.ServeAxon(ctx, &types.MsgServeAxon{Hotkey: hotkey(1).String(), Netuid: netuid, Axon: published})
		return err
	})
	require.NoError(t, err)
	require.Equal(t, []proto.Message{&types.EventAxonServed{Netuid: netuid, Uid: 1, Hotkey: hotkey(1).String(), Url: published.Url}}, events)
	want := published
	want.UpdatedAt, want.ServiceKeySince = 10, 10
	require.Equal(t, &want, f.axon(netuid, 1))
	require.Nil(t, f.axon(netuid, 0))

	// Five blocks between two changes.
	f.at(14)
	err = f.serve(netuid, hotkey(1), 1)
	require.ErrorIs(t, err, types.ErrAxonTooSoon)
	require.ErrorContains(t, err, "serve it again from block 15")
	f.at(15)
	require.NoError(t, f.serve(netuid, hotkey(1), 1))
	want = axon(1)
	want.UpdatedAt, want.ServiceKeySince = 15, 10
	require.Equal(t, &want, f.axon(netuid, 1))
}

// A key stays for three tempos of 50 blocks, and the one before it is kept.
func TestServiceKeyRotation(t *testing.T) {
	f := setup(t)
	netuid := f.create(func(h *types.Hyperparams) { h.Tempo = 50 })
	f.register(netuid, hotkey(0))
	require.NoError(t, f.serve(netuid, hotkey(0), 1))

	f.at(159)
	err := f.serve(netuid, hotkey(0), 2)
	require.ErrorIs(t, err, types.ErrServiceKeyTooSoon)
	require.ErrorContains(t, err, "change it from block 160")
	f.at(160)
	require.NoError(t, f.serve(netuid, hotkey(0), 2))
	a := f.axon(netuid, 0)
	require.Equal(t, key(2), a.ServiceKey)
	require.Equal(t, key(1), a.PreviousServiceKey)
	require.EqualValues(t, 160, a.ServiceKeySince)

	// Serving again with the same key moves neither the old key nor the height.
	f.at(200)
	require.NoError(t, f.serve(netuid, hotkey(0), 2))
	a = f.axon(netuid, 0)
	require.Equal(t, key(1), a.PreviousServiceKey)
	require.EqualValues(t, 160, a.ServiceKeySince)
	require.EqualValues(t, 200, a.UpdatedAt)

	// Going back to the old key is a change like any other.
	f.at(309)
	require.ErrorIs(t, f.serve(netuid, hotkey(0), 1), types.ErrServiceKeyTooSoon)
	f.at(310)
	require.NoError(t, f.serve(netuid, hotkey(0), 1))
	require.Equal(t, key(2), f.axon(netuid, 0).PreviousServiceKey)
}

func TestServeAxonRefuses(t *testing.T) {
	f := setup(t)
	netuid := f.create(nil)
	f.register(netuid, hotkey(0))
	for _, c := range []struct {
		name   string
		change func(*types.MsgServeAxon)
		err    error
	}{
		{"hotkey", func(m *types.MsgServeAxon) { m.Hotkey = "x" }, types.ErrInvalidAddress},
		{"netuid", func(m *types.MsgServeAxon) { m.Netuid = 0 }, types.ErrSubnetNotFound},
		{"no-subnet", func(m *types.MsgServeAxon) { m.Netuid = 2 }, types.ErrSubnetNotFound},
		{"not-registered", func(m *types.MsgServeAxon) { m.Hotkey = hotkey(1).String() }, types.ErrNotRegistered},
		{"owner-is-no-hotkey", func(m *types.MsgServeAxon) { m.Hotkey = owner.String() }, types.ErrNotRegistered},
		{"url", func(m *types.MsgServeAxon) { m.Axon.Url = "ftp://a:1" }, types.ErrInvalidAxon},
		{"service-key", func(m *types.MsgServeAxon) { m.Axon.ServiceKey = nil }, types.ErrInvalidAxon},
		{"set-by-the-chain", func(m *types.MsgServeAxon) { m.Axon.ServiceKeySince = 1 }, types.ErrInvalidAxon},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &types.MsgServeAxon{Hotkey: hotkey(0).String(), Netuid: netuid, Axon: axon(1)}
			c.change(m)
			_, err := f.msg.ServeAxon(f.ctx, m)
			require.ErrorIs(t, err, c.err)
		})
	}
	require.Nil(t, f.axon(netuid, 0))
}
