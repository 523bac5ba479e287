package miner

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/baseapp"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/miner/till"
	"github.com/agon-chain/agon/wire"
	paymentkeeper "github.com/agon-chain/agon/x/payment/keeper"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// keepers is the chain's own code in place of a node: queries and messages go to x/payment as it is.
type keepers struct {
	*fakeChain // for what is not x/payment's
	t          testing.TB
	mu         sync.Mutex
	m          *markettest.Market
	msg        paymenttypes.MsgServer
	netuid     uint32
	txs        int
}

func newKeepers(t testing.TB) *keepers {
	t.Helper()
	k := &keepers{fakeChain: newFakeChain(), t: t, m: markettest.New(t, markettest.Config{})}
	k.msg = paymentkeeper.NewMsgServer(k.m.Payment)
	k.netuid = k.m.CreateSubnet(markettest.Hyperparams())
	k.neuron = &subnettypes.Neuron{Netuid: k.netuid, Uid: k.m.Register(k.netuid, 0), Hotkey: markettest.Hotkey(0).String()}
	return k
}

func (k *keepers) queries() paymenttypes.QueryClient {
	h := baseapp.NewQueryServerTestHelper(k.m.Ctx, k.m.Registry)
	paymenttypes.RegisterQueryServer(h, paymentkeeper.NewQueryServer(k.m.Payment))
	return paymenttypes.NewQueryClient(h)
}

func (k *keepers) Price(ctx context.Context, netuid uint32, hotkey string) (wire.Price, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return askPrice(ctx, k.queries(), netuid, hotkey)
}

func (k *keepers) Channel(ctx context.Context, id uint64) (till.Channel, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return askChannel(ctx, k.queries(), id)
}

func (k *keepers) Height(context.Context) (int64, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.m.Ctx.BlockHeight(), nil
}

func (k *keepers) Run(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

// Submit has the messages handled in a block of their own.
func (k *keepers) Submit(_ context.Context, msgs ...sdk.Msg) (chain.TxResult, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.txs++
	out := chain.TxResult{Hash: "ABCD", Height: k.m.Ctx.BlockHeight()}
	err := k.m.Tx(func(ctx sdk.Context) error {
		for _, msg := range msgs {
			var answer interface {
				Reset()
				String() string
				ProtoMessage()
			}
			var err error
			switch m := msg.(type) {
			case *paymenttypes.MsgSetPrice:
				answer, err = k.msg.SetPrice(ctx, m)
			case *paymenttypes.MsgClaim:
				answer, err = k.msg.Claim(ctx, m)
			default:
				err = errors.New("unexpected message")
			}
			if err != nil {
				return err
			}
			packed, err := codectypes.NewAnyWithValue(answer)
			if err != nil {
				return err
			}
			out.Responses = append(out.Responses, packed)
		}
		return nil
	})
	return out, err
}

// change runs a transaction of somebody else.
func (k *keepers) change(f func(ctx sdk.Context) error) {
	k.t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	require.NoError(k.t, k.m.Tx(f))
}

func TestPriceIsPublishedOnTheChainsOwnCode(t *testing.T) {
	k := newKeepers(t)
	hotkey := markettest.Hotkey(0)
	keeper := &priceKeeper{
		chain: k, queue: k, hotkey: hotkey, signer: hotkey, netuid: k.netuid, want: testPrice, every: time.Hour, log: slog.New(slog.DiscardHandler), metrics: newMetrics(),
	}
	price := func() wire.Price {
		p, err := k.Price(context.Background(), k.netuid, hotkey.String())
		require.NoError(t, err)
		return p
	}
	require.True(t, price().Free())
	for _, want := range []wire.Price{testPrice, {PerMillionOutput: wire.MaxPrice}, {}} {
		keeper.want = want
		before := k.txs
		require.NoError(t, keeper.reconcile(context.Background()))
		require.Equal(t, want, price())
		require.NoError(t, keeper.reconcile(context.Background()))
		require.Equal(t, before+1, k.txs, "what is published already is not published again")
	}
}

func TestVouchersAreClaimedFromTheChainsOwnCode(t *testing.T) {
	k := newKeepers(t)
	ctx := context.Background()
	hotkey, owner, payer := markettest.Hotkey(0), markettest.Owner(0), markettest.Account("payer", 0)
	const channels, deposit = till.MaxClaims + 5, 20_000_000
	k.m.Fund(payer, sdk.NewInt64Coin(params.BaseDenom, 2*channels*deposit))
	key := voucherKey(t, 1)
	public := key.Public()
	ids := make([]uint64, channels)
	k.change(func(ctx sdk.Context) error {
		_, err := k.msg.Deposit(ctx, &paymenttypes.MsgDeposit{Sender: payer.String(), Owner: payer.String(), Amount: channels * deposit})
		require.NoError(t, err)
		for i := range ids {
			r, err := k.msg.OpenChannel(ctx, &paymenttypes.MsgOpenChannel{
				Signer: payer.String(), Owner: payer.String(), Netuid: k.netuid, Payee: hotkey.String(), VoucherKey: public[:], Deposit: deposit, Blocks: 10_000,
			})
			require.NoError(t, err)
			ids[i] = r.Id
		}
		return nil
	})
	chainID := k.m.Ctx.ChainID()
	sign := func(channel, cumulative uint64) string {
		v := wire.Voucher{ChainIDHash: wire.ChainIDHash(chainID), Channel: channel, Cumulative: cumulative}
		require.NoError(t, v.Sign(key))
		return v.String()
	}
	tl, err := till.Open(till.Options{
		Path: filepath.Join(t.TempDir(), bookName), ChainID: chainID, Payee: hotkey.String(), Netuid: k.netuid, Chain: tillChain{k, k, hotkey},
		ClaimAbove: 1 << 60, ClaimAfter: time.Hour, CheckEvery: 20 * time.Millisecond, ChannelTTL: time.Minute, MaxStale: time.Minute, Wait: time.Second,
		MaxChannels: 1000, Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, tl.Close()) }()
	pay := func(channel, cumulative uint64) {
		h, err := tl.Reserve(ctx, sign(channel, cumulative), payer.String(), 1)
		require.NoError(t, err)
		h.Settle(1)
	}
	for i, id := range ids {
		pay(id, 1_000_000+uint64(i))
	}
	_, err = tl.Reserve(ctx, sign(999_999, 10), payer.String(), 1)
	require.ErrorIs(t, err, till.UnknownChannel)

	before := k.m.Bank.GetBalance(k.m.Ctx, owner, params.BaseDenom).Amount.Uint64()
	require.NoError(t, tl.ClaimAll(ctx))
	require.Equal(t, 2, k.txs, "256 vouchers in one transaction, and the rest in another")
	var all uint64
	for i, id := range ids {
		c, err := k.Channel(ctx, id)
		require.NoError(t, err)
		require.Equal(t, 1_000_000+uint64(i), c.Claimed)
		all += c.Claimed
	}
	got := k.m.Bank.GetBalance(k.m.Ctx, owner, params.BaseDenom).Amount.Uint64() - before
	require.Greater(t, got, all*9/10, "the hotkey's owner is paid")

	// A payer that asks for its rest is beaten by its voucher, and then the till forgets the channel.
	pay(ids[0], 3_000_000)
	runCtx, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- tl.Run(runCtx) }()
	k.change(func(ctx sdk.Context) error {
		_, err := k.msg.RequestWithdrawal(ctx, &paymenttypes.MsgRequestWithdrawal{Signer: payer.String(), Channel: ids[0]})
		return err
	})
	require.Eventually(t, func() bool { c, err := k.Channel(ctx, ids[0]); return err == nil && c.Claimed == 3_000_000 }, 10*time.Second, 10*time.Millisecond)
	stop()
	require.ErrorIs(t, <-done, context.Canceled)
	k.change(func(ctx sdk.Context) error {
		c, err := k.m.Payment.GetChannel(ctx, ids[0])
		require.NoError(t, err)
		_, err = k.msg.FinishWithdrawal(ctx.WithBlockHeight(c.ClosingAt), &paymenttypes.MsgFinishWithdrawal{Signer: payer.String(), Channel: ids[0]})
		return err
	})
	c, err := k.Channel(ctx, ids[0])
	require.NoError(t, err)
	require.True(t, c.Closed)
	require.Equal(t, uint64(3_000_000), c.Claimed)
}
