package chain

import (
	"context"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agon-chain/agon/app/params"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func pay(from, to sdk.AccAddress, nagon int64) sdk.Msg {
	return banktypes.NewMsgSend(from, to, sdk.NewCoins(sdk.NewInt64Coin(params.BaseDenom, nagon)))
}

// One node serves all of these, since each start costs seconds.
func TestAgainstARealNode(t *testing.T) {
	n := newRealNode(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()

	_, err := Dial(ctx, n.cfg)
	require.ErrorIs(t, err, ErrNoNode)
	require.NotContains(t, err.Error(), "\n")

	n.start()
	c := n.dial(ctx)
	owner := n.queue(c, KeyOwner, TxOptions{})

	t.Run("wrong-chain", func(t *testing.T) {
		cfg := n.cfg
		cfg.ChainID = "agon-elsewhere"
		_, err := Dial(ctx, cfg)
		require.ErrorIs(t, err, ErrWrongChain)
		require.NotContains(t, err.Error(), "\n")
	})
	t.Run("wrong-grpc-address", func(t *testing.T) {
		cfg := n.cfg
		cfg.GRPC, cfg.Timeout = freePort(t), time.Second
		_, err := Dial(ctx, cfg)
		require.ErrorIs(t, err, ErrNoNode)
		require.Contains(t, err.Error(), cfg.GRPC)
	})
	t.Run("batch-in-one-transaction", func(t *testing.T) {
		sinks := []sdk.AccAddress{sdk.AccAddress("batch-1_____________"), sdk.AccAddress("batch-2_____________")}
		r, err := owner.Submit(ctx, pay(owner.Address(), sinks[0], 5), pay(owner.Address(), sinks[1], 6))
		require.NoError(t, err)
		require.Len(t, r.Responses, 2)
		require.NoError(t, Response(r, 1, &banktypes.MsgSendResponse{}))
		require.ErrorIs(t, Response(r, 2, &banktypes.MsgSendResponse{}), ErrMalformed)
		require.Greater(t, r.GasWanted, r.GasUsed)
		for i, want := range []int64{5, 6} {
			b, err := c.Balance(ctx, sinks[i].String())
			require.NoError(t, err)
			require.Equal(t, sdk.NewInt64Coin(params.BaseDenom, want), b)
		}
	})
	t.Run("all-or-nothing", func(t *testing.T) {
		sink := sdk.AccAddress("nothing_____________")
		_, err := owner.Submit(ctx, pay(owner.Address(), sink, 5), pay(owner.Address(), sink, 1e18))
		require.ErrorIs(t, err, ErrInsufficientFunds)
		require.ErrorIs(t, err, sdkerrors.ErrInsufficientFunds)
		b, err := c.Balance(ctx, sink.String())
		require.NoError(t, err)
		require.True(t, b.IsZero())
	})
	t.Run("account-that-does-not-exist", func(t *testing.T) {
		_, _, err := n.keys.Ensure("nobody")
		require.NoError(t, err)
		nobody := n.queue(c, "nobody", TxOptions{})
		_, err = nobody.Submit(ctx, pay(nobody.Address(), owner.Address(), 1))
		require.ErrorIs(t, err, ErrNoAccount)
		require.Contains(t, err.Error(), nobody.Address().String())
	})
	t.Run("account-that-cannot-pay-the-fee", func(t *testing.T) {
		_, _, err := n.keys.Ensure("poor")
		require.NoError(t, err)
		poor := n.queue(c, "poor", TxOptions{})
		_, err = owner.Submit(ctx, pay(owner.Address(), poor.Address(), 1))
		require.NoError(t, err)
		_, err = poor.Submit(ctx, pay(poor.Address(), owner.Address(), 1))
		require.ErrorIs(t, err, ErrInsufficientFunds)
		require.Contains(t, err.Error(), poor.Address().String())
	})
	t.Run("gas-price-too-low", func(t *testing.T) {
		cheap := *c
		cheap.cfg.GasPrice = "0.0001nagon"
		q := n.queue(&cheap, "rich", TxOptions{})
		_, err := q.Submit(ctx, pay(q.Address(), owner.Address(), 1))
		require.ErrorIs(t, err, ErrFeeTooLow)
	})
	t.Run("subnet-with-a-hotkey", func(t *testing.T) { testHotkey(ctx, t, n, c, owner) })
	t.Run("two-queues-with-one-key", func(t *testing.T) {
		sink := sdk.AccAddress("two-queues__________")
		other := n.queue(c, KeyOwner, TxOptions{})
		var all sync.WaitGroup
		for _, q := range []*TxQueue{owner, other} {
			for range 4 {
				all.Go(func() {
					_, err := q.Submit(ctx, pay(q.Address(), sink, 1))
					require.NoError(t, err)
				})
			}
		}
		all.Wait()
		b, err := c.Balance(ctx, sink.String())
		require.NoError(t, err)
		require.EqualValues(t, 8, b.Amount.Int64())
	})
	t.Run("websocket-between-polls", func(t *testing.T) {
		cfg := n.cfg
		cfg.PollEvery = time.Minute
		slow, err := Dial(ctx, cfg)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, slow.Close()) })
		f := NewFollower(slow)
		n.run("follower", f.Run)
		now, err := f.Wait(ctx, 1)
		require.NoError(t, err)
		soon, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		_, err = f.Wait(soon, now+3)
		require.NoError(t, err)
	})
	t.Run("restarts-under-way", func(t *testing.T) { testRestarts(ctx, t, n, c, owner) })
}

// testHotkey does what a miner does at first: a fee grant, a uid, an axon; and what it is told when it is wrong.
func testHotkey(ctx context.Context, t *testing.T, n *realNode, c *Client, owner *TxQueue) {
	_, _, err := n.keys.Ensure(KeyHotkey)
	require.NoError(t, err)
	address := n.address(KeyHotkey)
	hotkey := n.queue(c, KeyHotkey, TxOptions{FeeGranter: owner.Address()})
	limit := sdk.NewCoins(params.Agon(1))
	grant, err := GrantFees(owner.Address(), address, limit, nil)
	require.NoError(t, err)

	_, err = c.FeeAllowance(ctx, owner.Address(), address)
	require.ErrorIs(t, err, ErrNoFeeGrant)
	_, err = c.Metagraph(ctx, 1)
	require.True(t, NotFound(err), "%v", err)
	r, err := owner.Submit(ctx,
		&subnettypes.MsgCreateSubnet{
			Owner: owner.Address().String(), Identity: subnettypes.SubnetIdentity{Name: "test"}, Symbol: "TEST", TaskKind: "langid",
		},
		&subnettypes.MsgRegister{Owner: owner.Address().String(), Hotkey: address.String(), Netuid: 1},
		grant,
	)
	require.NoError(t, err)
	var registered subnettypes.MsgRegisterResponse
	require.NoError(t, Response(r, 1, &registered))
	require.ErrorIs(t, Response(r, 0, &registered), ErrMalformed)

	left, err := c.FeeAllowance(ctx, owner.Address(), address)
	require.NoError(t, err)
	require.Equal(t, limit, left.Limit)
	require.True(t, left.Allows(HotkeyMessages()...))
	require.False(t, left.Allows(sdk.MsgTypeURL(&banktypes.MsgSend{})))

	axon := &subnettypes.MsgServeAxon{
		Hotkey: address.String(), Netuid: 1,
		Axon: subnettypes.Axon{Url: "http://127.0.0.1:8080", ServiceKey: []byte(strings.Repeat("k", 32))},
	}
	_, err = hotkey.Submit(ctx, axon)
	require.NoError(t, err)
	m, err := c.Metagraph(ctx, 1)
	require.NoError(t, err)
	row, ok := m.ByHotkey(address.String())
	require.True(t, ok)
	require.EqualValues(t, registered.Uid, row.UID)
	require.Equal(t, owner.Address().String(), row.Owner)
	require.Equal(t, axon.Axon.Url, row.URL)
	require.Equal(t, []Neuron{row}, m.Serving())

	used, err := c.FeeAllowance(ctx, owner.Address(), address)
	require.NoError(t, err)
	require.True(t, used.Limit.IsAllLT(limit), "the grant paid the fee")
	b, err := c.Balance(ctx, address.String())
	require.NoError(t, err)
	require.True(t, b.IsZero())

	_, err = owner.Submit(ctx, &subnettypes.MsgRegister{Owner: owner.Address().String(), Hotkey: address.String(), Netuid: 1})
	require.ErrorIs(t, err, subnettypes.ErrAlreadyRegistered)
	_, err = owner.Submit(ctx, &subnettypes.MsgRegister{Owner: owner.Address().String(), Hotkey: address.String(), Netuid: 9})
	require.ErrorIs(t, err, subnettypes.ErrSubnetNotFound)
	_, err = hotkey.Submit(ctx, pay(address, owner.Address(), 1))
	require.ErrorIs(t, err, ErrNoFeeGrant, "the grant is not for payments")
	_, err = owner.Submit(ctx, grant)
	require.ErrorIs(t, err, sdkerrors.ErrInvalidRequest, "there is one")
	_, err = owner.Submit(ctx, RevokeFees(owner.Address(), address), grant)
	require.NoError(t, err)
	_, err = owner.Submit(ctx, RevokeFees(owner.Address(), address))
	require.NoError(t, err)
	_, err = hotkey.Submit(ctx, axon)
	require.ErrorIs(t, err, ErrNoFeeGrant)
	require.Contains(t, err.Error(), owner.Address().String())
}

// testRestarts submits while the node is stopped, killed and started: each payment arrives once.
func testRestarts(ctx context.Context, t *testing.T, n *realNode, c *Client, owner *TxQueue) {
	f := NewFollower(c)
	n.run("follower", f.Run)
	cache := NewMetagraphCache(c, f, 1, MetagraphOptions{})
	n.run("metagraph", cache.Run)
	before, err := f.Wait(ctx, 1)
	require.NoError(t, err)

	sink := sdk.AccAddress("restarts____________")
	const payments = 12
	submitted := make(chan struct{}, payments)
	var all sync.WaitGroup
	for i := range payments {
		all.Go(func() {
			_, err := owner.Submit(ctx, pay(owner.Address(), sink, 1))
			require.NoError(t, err, "payment %d", i)
			submitted <- struct{}{}
		})
	}
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		<-submitted
		<-submitted
		n.stop(signal)
		time.Sleep(500 * time.Millisecond)
		_, err := c.Height(ctx)
		require.ErrorIs(t, err, ErrNoNode)
		_, err = c.Metagraph(ctx, 1)
		require.True(t, Unreachable(err), "%v", err)
		m, _ := cache.Latest()
		require.NotNil(t, m, "the last metagraph stays")
		n.start()
	}
	all.Wait()
	b, err := c.Balance(ctx, sink.String())
	require.NoError(t, err)
	require.EqualValues(t, payments, b.Amount.Int64())

	after, err := f.Wait(ctx, f.Height()+2)
	require.NoError(t, err)
	require.Greater(t, after, before)
	require.Less(t, time.Since(f.LastSeen()), 5*time.Second)
	hash, err := c.BlockHash(ctx, after-1)
	require.NoError(t, err)
	require.Len(t, hash, 32)
	_, err = c.BlockHash(ctx, after+1000)
	require.ErrorIs(t, err, ErrNoBlock)
	m, err := cache.Get(ctx, 0)
	require.NoError(t, err)
	require.GreaterOrEqual(t, m.Height, after)
}
