package keeper_test

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/crowdfund/keeper"
	"github.com/agon-chain/agon/x/crowdfund/types"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const agon = uint64(1_000_000_000)

// who is the n-th of those who pay; the 0th is the operator.
func who(n int) sdk.AccAddress { return markettest.Account("backer", n) }

// fixture is a market with people who have 1000 AGON each.
type fixture struct {
	*markettest.Market
	t   testing.TB
	msg types.MsgServer
}

func setup(t testing.TB) *fixture {
	m := markettest.New(t, markettest.Config{})
	for n := range 8 {
		m.Fund(who(n), sdk.NewInt64Coin(params.BaseDenom, int64(1000*agon)))
	}
	return &fixture{Market: m, t: t, msg: keeper.NewMsgServer(m.Crowdfund)}
}

// plan is a fund of 130 AGON for a subnet with short rules, 10 of them the operator's.
func plan() *types.MsgCreateCrowdfund {
	h := markettest.Hyperparams()
	h.CommitReveal, h.ExamReceipts, h.ExamOpenings, h.WeightsInterval = false, 0, 0, 0
	return &types.MsgCreateCrowdfund{
		Operator: who(0).String(),
		Plan:     types.Plan{Identity: subnettypes.SubnetIdentity{Name: "Shared"}, Symbol: "SHARE", TaskKind: "langid", Hyperparams: &h},
		Goal:     130 * agon, MinContribution: agon, EndsAt: 500, OperatorBps: 2500, LeaseBlocks: 43_200, Deposit: 10 * agon,
	}
}

func (f *fixture) create(change func(*types.MsgCreateCrowdfund)) (uint64, error) {
	m := plan()
	if change != nil {
		change(m)
	}
	var id uint64
	err := f.Tx(func(ctx sdk.Context) error {
		res, err := f.msg.CreateCrowdfund(ctx, m)
		if err == nil {
			id = res.FundId
		}
		return err
	})
	return id, err
}

func (f *fixture) mustCreate() uint64 {
	f.t.Helper()
	id, err := f.create(nil)
	require.NoError(f.t, err)
	return id
}

func (f *fixture) contribute(id uint64, n int, amount uint64) error {
	return f.Tx(func(ctx sdk.Context) error {
		_, err := f.msg.Contribute(ctx, &types.MsgContribute{Contributor: who(n).String(), FundId: id, Amount: amount})
		return err
	})
}

func (f *fixture) withdraw(id uint64, n int, amount uint64) error {
	return f.Tx(func(ctx sdk.Context) error {
		_, err := f.msg.WithdrawContribution(ctx, &types.MsgWithdrawContribution{Contributor: who(n).String(), FundId: id, Amount: amount})
		return err
	})
}

func (f *fixture) finalize(id uint64) (*types.MsgFinalizeResponse, error) {
	var res *types.MsgFinalizeResponse
	err := f.Tx(func(ctx sdk.Context) (err error) {
		res, err = f.msg.Finalize(ctx, &types.MsgFinalize{Sender: who(7).String(), FundId: id})
		return err
	})
	return res, err
}

func (f *fixture) cancel(id uint64, n int) error {
	return f.Tx(func(ctx sdk.Context) error {
		_, err := f.msg.CancelCrowdfund(ctx, &types.MsgCancelCrowdfund{Operator: who(n).String(), FundId: id})
		return err
	})
}

func (f *fixture) claim(id uint64, n int) (*types.MsgClaimResponse, error) {
	var res *types.MsgClaimResponse
	err := f.Tx(func(ctx sdk.Context) (err error) {
		res, err = f.msg.Claim(ctx, &types.MsgClaim{Holder: who(n).String(), FundId: id})
		return err
	})
	return res, err
}

func (f *fixture) transfer(id uint64, from int, to sdk.AccAddress, shares uint64) error {
	return f.Tx(func(ctx sdk.Context) error {
		_, err := f.msg.TransferShares(ctx, &types.MsgTransferShares{Holder: who(from).String(), FundId: id, Recipient: to.String(), Shares: shares})
		return err
	})
}

func (f *fixture) endLease(id uint64, n int) error {
	return f.Tx(func(ctx sdk.Context) error {
		_, err := f.msg.EndLease(ctx, &types.MsgEndLease{Owner: who(n).String(), FundId: id})
		return err
	})
}

// opened is a fund of 10, 60 and 50 AGON whose subnet is open: 120 shares for a cost of 100.
func (f *fixture) opened() (id uint64, netuid uint32) {
	f.t.Helper()
	id = f.mustCreate()
	require.NoError(f.t, f.contribute(id, 1, 60*agon))
	require.NoError(f.t, f.contribute(id, 2, 50*agon))
	res, err := f.finalize(id)
	require.NoError(f.t, err)
	require.Equal(f.t, 100*agon, res.Cost)
	require.Equal(f.t, 20*agon, res.Surplus)
	return id, res.Netuid
}

func (f *fixture) fund(id uint64) types.FundInfo {
	f.t.Helper()
	res, err := f.queries().Fund(f.Ctx, &types.QueryFundRequest{FundId: id})
	require.NoError(f.t, err)
	return res.Info
}

func (f *fixture) queries() types.QueryClient {
	h := baseapp.NewQueryServerTestHelper(f.Ctx, f.Registry)
	types.RegisterQueryServer(h, keeper.NewQueryServer(f.Crowdfund))
	return types.NewQueryClient(h)
}

func (f *fixture) nagon(of sdk.AccAddress) uint64 {
	return f.Bank.GetBalance(f.Ctx, of, params.BaseDenom).Amount.Uint64()
}

func (f *fixture) alpha(netuid uint32, of sdk.AccAddress) uint64 {
	return f.Bank.GetBalance(f.Ctx, of, staketypes.AlphaDenom(netuid)).Amount.Uint64()
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
