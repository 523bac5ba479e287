package keeper_test

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	sdkmath "cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/model/content"
	modelkeeper "github.com/agon-chain/agon/x/model/keeper"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	"github.com/agon-chain/agon/x/payment/keeper"
	"github.com/agon-chain/agon/x/payment/simulation"
	"github.com/agon-chain/agon/x/payment/types"
)

const agon = uint64(1_000_000_000)

// payer is the n-th of those who pay.
func payer(n int) sdk.AccAddress { return markettest.Account("payer", n) }

func author(n int) sdk.AccAddress { return markettest.Account("author", n) }

// fixture is a market with payers who have 1000 AGON each, and a subnet with neurons of the hotkeys 0 to 4.
type fixture struct {
	*markettest.Market
	t      testing.TB
	msg    types.MsgServer
	netuid uint32
}

func setup(t testing.TB, change func(*types.Params)) *fixture {
	m := markettest.New(t, markettest.Config{})
	f := &fixture{Market: m, t: t, msg: keeper.NewMsgServer(m.Payment)}
	for n := range 5 {
		m.Fund(payer(n), sdk.NewInt64Coin(params.BaseDenom, int64(1000*agon)))
		m.Fund(author(n), sdk.NewInt64Coin(params.BaseDenom, int64(1000*agon)))
	}
	f.netuid = m.CreateSubnet(markettest.Hyperparams())
	for n := range 5 {
		m.Register(f.netuid, n)
	}
	p := types.DefaultParams()
	p.WithdrawDelay, p.SweepGrace, p.MaxChannelBlocks = 10, 20, 1_000
	if change != nil {
		change(&p)
	}
	require.NoError(t, f.setParams(p))
	return f
}

func (f *fixture) setParams(p types.Params) error {
	return f.Tx(func(ctx sdk.Context) error {
		_, err := f.msg.UpdateParams(ctx, &types.MsgUpdateParams{Authority: f.Authority, Params: p})
		return err
	})
}

// do sends a message as a transaction.
func do[M, R any](f *fixture, handle func(types.MsgServer, sdk.Context, M) (R, error), m M) (R, error) {
	var res R
	err := f.Tx(func(ctx sdk.Context) (err error) {
		res, err = handle(f.msg, ctx, m)
		return err
	})
	return res, err
}

// must is do for what has to succeed.
func must[M, R any](f *fixture, handle func(types.MsgServer, sdk.Context, M) (R, error), m M) R {
	f.t.Helper()
	res, err := do(f, handle, m)
	require.NoError(f.t, err)
	return res
}

// How each message is handled.
func deposit(s types.MsgServer, ctx sdk.Context, m *types.MsgDeposit) (*types.MsgDepositResponse, error) {
	return s.Deposit(ctx, m)
}

func withdraw(s types.MsgServer, ctx sdk.Context, m *types.MsgWithdraw) (*types.MsgWithdrawResponse, error) {
	return s.Withdraw(ctx, m)
}

func operators(s types.MsgServer, ctx sdk.Context, m *types.MsgSetOperators) (*types.MsgSetOperatorsResponse, error) {
	return s.SetOperators(ctx, m)
}

func open(s types.MsgServer, ctx sdk.Context, m *types.MsgOpenChannel) (*types.MsgOpenChannelResponse, error) {
	return s.OpenChannel(ctx, m)
}

func topUp(s types.MsgServer, ctx sdk.Context, m *types.MsgTopUp) (*types.MsgTopUpResponse, error) {
	return s.TopUp(ctx, m)
}

func request(s types.MsgServer, ctx sdk.Context, m *types.MsgRequestWithdrawal) (*types.MsgRequestWithdrawalResponse, error) {
	return s.RequestWithdrawal(ctx, m)
}

func finish(s types.MsgServer, ctx sdk.Context, m *types.MsgFinishWithdrawal) (*types.MsgFinishWithdrawalResponse, error) {
	return s.FinishWithdrawal(ctx, m)
}

func claim(s types.MsgServer, ctx sdk.Context, m *types.MsgClaim) (*types.MsgClaimResponse, error) {
	return s.Claim(ctx, m)
}

func closing(s types.MsgServer, ctx sdk.Context, m *types.MsgCloseChannel) (*types.MsgCloseChannelResponse, error) {
	return s.CloseChannel(ctx, m)
}

func sweep(s types.MsgServer, ctx sdk.Context, m *types.MsgSweep) (*types.MsgSweepResponse, error) {
	return s.Sweep(ctx, m)
}

func setPrice(s types.MsgServer, ctx sdk.Context, m *types.MsgSetPrice) (*types.MsgSetPriceResponse, error) {
	return s.SetPrice(ctx, m)
}

func refund(s types.MsgServer, ctx sdk.Context, m *types.MsgClaimRefund) (*types.MsgClaimRefundResponse, error) {
	return s.ClaimRefund(ctx, m)
}

// put deposits for the n-th payer.
func (f *fixture) put(n int, amount uint64) {
	f.t.Helper()
	must(f, deposit, &types.MsgDeposit{Sender: payer(n).String(), Owner: payer(n).String(), Amount: amount})
}

// opening of a channel from the n-th payer to the n-th hotkey.
func (f *fixture) opening(from, to int, amount uint64) *types.MsgOpenChannel {
	key := simulation.VoucherKey(payer(from).String()).Public()
	return &types.MsgOpenChannel{
		Signer: payer(from).String(), Owner: payer(from).String(), Netuid: f.netuid, Payee: markettest.Hotkey(to).String(), VoucherKey: key[:], Deposit: amount, Blocks: 100,
	}
}

// channel deposits and opens.
func (f *fixture) channel(from, to int, amount uint64) uint64 {
	f.t.Helper()
	f.put(from, amount)
	return must(f, open, f.opening(from, to, amount)).Id
}

// voucher of the n-th payer.
func (f *fixture) voucher(from int, channel, cumulative uint64) types.ClaimItem {
	f.t.Helper()
	v := wire.Voucher{ChainIDHash: wire.ChainIDHash(f.Ctx.ChainID()), Channel: channel, Cumulative: cumulative}
	require.NoError(f.t, v.Sign(simulation.VoucherKey(payer(from).String())))
	return types.ClaimItem{Channel: channel, Cumulative: cumulative, Signature: v.Signature[:]}
}

func claims(by int, items ...types.ClaimItem) *types.MsgClaim {
	return &types.MsgClaim{Payee: markettest.Hotkey(by).String(), Items: items}
}

func (f *fixture) get(id uint64) types.Channel {
	f.t.Helper()
	c, err := f.Payment.GetChannel(f.Ctx, id)
	require.NoError(f.t, err)
	return c
}

func (f *fixture) account(n int) types.Account {
	f.t.Helper()
	a, err := f.Payment.AccountOf(f.Ctx, payer(n))
	require.NoError(f.t, err)
	return a
}

func (f *fixture) nagon(of sdk.AccAddress) uint64 {
	return f.Bank.GetBalance(f.Ctx, of, params.BaseDenom).Amount.Uint64()
}

func pool() sdk.AccAddress { return authtypes.NewModuleAddress(markettest.CommunityPool) }

func held() sdk.AccAddress { return authtypes.NewModuleAddress(types.ModuleName) }

func (f *fixture) queries() types.QueryClient {
	h := baseapp.NewQueryServerTestHelper(f.Ctx, f.Registry)
	types.RegisterQueryServer(h, keeper.NewQueryServer(f.Payment))
	return types.NewQueryClient(h)
}

// publish makes a model of the n-th author's and a version of it, with its parents.
func (f *fixture) publish(n int, name string, parents ...modeltypes.Parent) uint64 {
	f.t.Helper()
	return f.publishFile(n, name, fileOf(n), parents...)
}

func fileOf(n int) content.File {
	return content.File{Path: "weights", Size: uint64(100 + n), Root: content.Hash{byte(n), 1, 2, 3}}
}

func (f *fixture) publishFile(n int, name string, file content.File, parents ...modeltypes.Parent) uint64 {
	f.t.Helper()
	s := modelkeeper.NewMsgServer(f.Model)
	_, err := s.CreateModel(f.Ctx, &modeltypes.MsgCreateModel{Owner: author(n).String(), Name: name, About: "a model"})
	require.NoError(f.t, err)
	root, err := content.Root([]content.File{file})
	require.NoError(f.t, err)
	res, err := s.PublishVersion(f.Ctx, &modeltypes.MsgPublishVersion{
		Owner: author(n).String(), Model: name, Root: root[:], Files: modeltypes.Stored([]content.File{file}), Parents: parents,
		Description: modeltypes.Description{Architecture: "llama", Quantization: "q8_0", Engine: "llama.cpp", ContextLength: 4096, Licence: "Apache-2.0"},
	})
	require.NoError(f.t, err)
	return res.VersionId
}

func (f *fixture) bind(hotkey int, name string) {
	f.t.Helper()
	_, err := modelkeeper.NewMsgServer(f.Model).BindVersion(f.Ctx, &modeltypes.MsgBindVersion{Hotkey: markettest.Hotkey(hotkey).String(), Netuid: f.netuid, Model: name, Version: 1})
	require.NoError(f.t, err)
}

// dump is every key of the module's store with its value, in hexadecimal.
func (f *fixture) dump() [][2]string {
	f.t.Helper()
	it, err := f.Store(types.StoreKey).OpenKVStore(f.Ctx).Iterator(nil, nil)
	require.NoError(f.t, err)
	defer func() { require.NoError(f.t, it.Close()) }()
	var out [][2]string
	for ; it.Valid(); it.Next() {
		out = append(out, [2]string{hex.EncodeToString(it.Key()), hex.EncodeToString(it.Value())})
	}
	return out
}

// events since the last block began.
func events[T any](f *fixture) []T { return markettest.Events[T](f.Ctx.EventManager().Events()) }

func nagons(amount uint64) sdk.Coin {
	return sdk.NewCoin(params.BaseDenom, sdkmath.NewIntFromUint64(amount))
}

func coins(amount uint64) sdk.Coins { return sdk.NewCoins(nagons(amount)) }

// publishCopy makes a model of the n-th author's with the files of another's.
func (f *fixture) publishCopy(n int, name string, of int) {
	f.t.Helper()
	f.publishFile(n, name, fileOf(of))
}
