package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/crowdfund/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func TestCreateRefusals(t *testing.T) {
	f := setup(t)
	for name, c := range map[string]struct {
		change func(*types.MsgCreateCrowdfund)
		want   error
	}{
		"operator":             {func(m *types.MsgCreateCrowdfund) { m.Operator = "agon1x" }, subnettypes.ErrInvalidAddress},
		"no-name":              {func(m *types.MsgCreateCrowdfund) { m.Plan.Identity.Name = "" }, subnettypes.ErrInvalidIdentity},
		"symbol":               {func(m *types.MsgCreateCrowdfund) { m.Plan.Symbol = "lower" }, subnettypes.ErrInvalidSymbol},
		"task":                 {func(m *types.MsgCreateCrowdfund) { m.Plan.TaskKind = "" }, subnettypes.ErrInvalidTask},
		"rules":                {func(m *types.MsgCreateCrowdfund) { m.Plan.Hyperparams.Tempo = 1 }, subnettypes.ErrInvalidHyperparams},
		"goal-below-any-cost":  {func(m *types.MsgCreateCrowdfund) { m.Goal = 100*agon - 1 }, types.ErrInvalidFund},
		"goal-above-the-cap":   {func(m *types.MsgCreateCrowdfund) { m.Goal = 21_000_001 * agon }, types.ErrInvalidFund},
		"deposit-above-goal":   {func(m *types.MsgCreateCrowdfund) { m.Deposit = m.Goal + 1 }, types.ErrInvalidFund},
		"deposit-small":        {func(m *types.MsgCreateCrowdfund) { m.Deposit, m.MinContribution = agon-1, agon/2 }, types.ErrInvalidFund},
		"deposit-below-others": {func(m *types.MsgCreateCrowdfund) { m.MinContribution = 11 * agon }, types.ErrInvalidFund},
		"contribution-small":   {func(m *types.MsgCreateCrowdfund) { m.MinContribution = agon/10 - 1 }, types.ErrInvalidFund},
		"ends-now":             {func(m *types.MsgCreateCrowdfund) { m.EndsAt = 1 }, types.ErrInvalidFund},
		"ends-late":            {func(m *types.MsgCreateCrowdfund) { m.EndsAt = 604_802 }, types.ErrInvalidFund},
		"operator-keeps-much":  {func(m *types.MsgCreateCrowdfund) { m.OperatorBps = 5001 }, types.ErrInvalidFund},
		"lease-short":          {func(m *types.MsgCreateCrowdfund) { m.LeaseBlocks = 43_199 }, types.ErrInvalidFund},
		"lease-long":           {func(m *types.MsgCreateCrowdfund) { m.LeaseBlocks = types.MaxLeaseBlocks + 1 }, types.ErrInvalidFund},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.create(c.change)
			require.ErrorIs(t, err, c.want)
		})
	}
	require.Equal(t, 1000*agon, f.nagon(who(0)), "a refusal costs nothing")
	_, err := f.create(func(m *types.MsgCreateCrowdfund) { m.Operator = who(9).String() })
	require.ErrorContains(t, err, "insufficient funds")

	for range 4 {
		f.mustCreate()
	}
	_, err = f.create(nil)
	require.ErrorIs(t, err, types.ErrTooManyFunds)
	require.NoError(t, f.cancel(2, 0))
	_, err = f.create(nil)
	require.ErrorIs(t, err, types.ErrTooManyFunds, "money is still in it")
	require.NoError(t, f.withdraw(2, 0, 0))
	id := f.mustCreate()
	require.EqualValues(t, 5, id, "ids are never used again")
	f.CheckInvariants()
}

func TestCollecting(t *testing.T) {
	f := setup(t)
	require.ErrorIs(t, f.contribute(1, 1, agon), types.ErrFundNotFound)
	id := f.mustCreate()
	require.Equal(t, 90*agon, f.fund(id).Missing)
	require.Equal(t, types.FundStatus_FUND_STATUS_COLLECTING, f.fund(id).Status)

	require.ErrorIs(t, f.contribute(id, 1, 0), types.ErrInvalidContribution)
	require.ErrorIs(t, f.contribute(id, 1, agon-1), types.ErrInvalidContribution)
	require.ErrorIs(t, f.withdraw(id, 1, 0), types.ErrContributionNotFound)
	_, err := f.finalize(id)
	require.ErrorIs(t, err, types.ErrNotEnough)
	_, err = f.claim(id, 0)
	require.ErrorIs(t, err, types.ErrNotFinalized)
	require.ErrorIs(t, f.transfer(id, 0, who(1), 0), types.ErrNotFinalized)
	require.ErrorIs(t, f.endLease(id, 0), types.ErrNotFinalized)

	require.NoError(t, f.contribute(id, 1, 119*agon+agon/2))
	require.NoError(t, f.contribute(id, 2, agon), "what fills the fund may be less than its least")
	require.Equal(t, 1000*agon-agon/2, f.nagon(who(2)), "what does not fit stays")
	require.ErrorIs(t, f.contribute(id, 3, agon), types.ErrFundFull)
	require.Zero(t, f.fund(id).Missing)

	require.ErrorIs(t, f.withdraw(id, 1, 120*agon), types.ErrInvalidContribution)
	require.ErrorIs(t, f.withdraw(id, 1, 119*agon), types.ErrInvalidContribution, "no dust is left")
	require.ErrorIs(t, f.withdraw(id, 0, 1), types.ErrDeposit)
	require.NoError(t, f.withdraw(id, 1, 0))
	require.Equal(t, 1000*agon, f.nagon(who(1)))

	require.ErrorIs(t, f.cancel(id, 1), types.ErrNotOperator)
	require.NoError(t, f.cancel(id, 0))
	require.ErrorIs(t, f.cancel(id, 0), types.ErrNotCollecting)
	require.ErrorIs(t, f.contribute(id, 1, agon), types.ErrNotCollecting)
	require.Equal(t, types.FundStatus_FUND_STATUS_CANCELLED, f.fund(id).Status)
	require.NoError(t, f.withdraw(id, 0, 0))
	require.NoError(t, f.withdraw(id, 2, 0))
	_, err = f.Crowdfund.GetFund(f.Ctx, id)
	require.ErrorIs(t, err, types.ErrFundNotFound, "who leaves last takes it along")
	f.CheckInvariants()
}

func TestExpiry(t *testing.T) {
	f := setup(t)
	id := f.mustCreate()
	require.NoError(t, f.contribute(id, 1, 100*agon))
	f.At(501)
	require.Equal(t, types.FundStatus_FUND_STATUS_EXPIRED, f.fund(id).Status)
	_, err := f.finalize(id)
	require.ErrorIs(t, err, types.ErrNotCollecting)
	require.ErrorIs(t, f.contribute(id, 2, agon), types.ErrNotCollecting)
	require.NoError(t, f.withdraw(id, 0, 0), "the deposit too")
	require.NoError(t, f.withdraw(id, 1, 0))
	require.Equal(t, 1000*agon, f.nagon(who(0)))
	require.Equal(t, 1000*agon, f.nagon(who(1)))
	f.CheckInvariants()

	// The last block counts.
	f.At(1)
	id = f.mustCreate()
	require.NoError(t, f.contribute(id, 1, 100*agon))
	f.At(500)
	_, err = f.finalize(id)
	require.NoError(t, err)
}

func TestOpened(t *testing.T) {
	f := setup(t)
	id, netuid := f.opened()
	info := f.fund(id)
	require.Equal(t, types.FundStatus_FUND_STATUS_LEASED, info.Status)
	s, err := f.Subnet.GetSubnet(f.Ctx, netuid)
	require.NoError(t, err)
	require.Equal(t, who(0).String(), s.Owner)
	require.Equal(t, subnettypes.Lease{Payee: types.FundAccount(id).String(), OwnerBps: 2500, Until: 43_201}, *s.Lease)

	require.ErrorIs(t, f.contribute(id, 3, agon), types.ErrFinalized)
	require.ErrorIs(t, f.withdraw(id, 1, 0), types.ErrFinalized)
	require.ErrorIs(t, f.cancel(id, 0), types.ErrFinalized)
	_, err = f.finalize(id)
	require.ErrorIs(t, err, types.ErrFinalized)
	_, err = f.claim(id, 3)
	require.ErrorIs(t, err, types.ErrContributionNotFound)

	require.ErrorIs(t, f.transfer(id, 1, who(1), agon), types.ErrInvalidTransfer)
	require.ErrorIs(t, f.transfer(id, 1, who(3), 60*agon+1), types.ErrInvalidTransfer)
	require.ErrorIs(t, f.transfer(id, 1, types.FundAccount(id), agon), types.ErrInvalidTransfer)
	require.ErrorIs(t, f.transfer(id, 3, who(1), 0), types.ErrContributionNotFound)

	// Every contribution paid the same part of the cost.
	for n, refund := range []uint64{agon * 10 / 6, 10 * agon, agon * 50 / 6} {
		res, err := f.claim(id, n)
		require.NoError(t, err)
		require.InDelta(t, refund, res.Refund, 1)
		_, err = f.claim(id, n)
		require.ErrorIs(t, err, types.ErrNothingDue)
	}
	require.Zero(t, f.nagon(authtypes.NewModuleAddress(types.ModuleName)))

	require.ErrorIs(t, f.endLease(id, 1), subnettypes.ErrNotOwner)
	require.ErrorIs(t, f.endLease(id, 0), types.ErrNotAllShares)
	require.NoError(t, f.transfer(id, 1, who(0), 0))
	require.NoError(t, f.transfer(id, 2, who(0), 0))
	require.NoError(t, f.endLease(id, 0))
	f.CheckInvariants()
	f.Next()
	require.Equal(t, types.FundStatus_FUND_STATUS_OVER, f.fund(id).Status)
	require.ErrorIs(t, f.endLease(id, 0), subnettypes.ErrInvalidLease)
}

// What shares earned before they changed hands is of who held them.
func TestTransferPaysFirst(t *testing.T) {
	f := setup(t)
	id, netuid := f.opened()
	require.NoError(t, f.Stake.PayToken(f.Ctx, netuid, types.FundAccount(id), 1201))
	require.NoError(t, f.transfer(id, 1, who(3), 30*agon))
	require.EqualValues(t, 600, f.alpha(netuid, who(1)))
	require.Zero(t, f.alpha(netuid, who(3)))
	require.NoError(t, f.Stake.PayToken(f.Ctx, netuid, types.FundAccount(id), 1201))
	for n, want := range []uint64{200, 300, 1000, 300} {
		res, err := f.claim(id, n)
		require.NoError(t, err)
		require.Equal(t, want, res.Alpha, n)
	}
	require.EqualValues(t, 2, f.alpha(netuid, types.FundAccount(id)), "what rounding leaves")
	f.CheckInvariants()
}

func TestUpdateParams(t *testing.T) {
	f := setup(t)
	p := types.DefaultParams()
	_, err := f.msg.UpdateParams(f.Ctx, &types.MsgUpdateParams{Authority: who(0).String(), Params: p})
	require.ErrorIs(t, err, govtypes.ErrInvalidSigner)
	p.MaxOperatorBps = 10_001
	_, err = f.msg.UpdateParams(f.Ctx, &types.MsgUpdateParams{Authority: f.Authority, Params: p})
	require.ErrorIs(t, err, types.ErrInvalidParams)
	p.MaxOperatorBps = 1000
	_, err = f.msg.UpdateParams(f.Ctx, &types.MsgUpdateParams{Authority: f.Authority, Params: p})
	require.NoError(t, err)
	res, err := f.queries().Params(f.Ctx, &types.QueryParamsRequest{})
	require.NoError(t, err)
	require.Equal(t, p, res.Params)
	_, err = f.create(nil)
	require.ErrorIs(t, err, types.ErrInvalidFund)
}

// A fund that was full is not refused its subnet by one that opened before: it waits until the cost has fallen.
func TestTwoFundsOneCost(t *testing.T) {
	f := setup(t)
	first := f.mustCreate()
	second := f.mustCreate()
	for _, id := range []uint64{first, second} {
		require.NoError(t, f.contribute(id, 1, 120*agon))
	}
	_, err := f.finalize(first)
	require.NoError(t, err)
	_, err = f.finalize(second)
	require.ErrorIs(t, err, types.ErrNotEnough)
	require.Equal(t, 70*agon, f.fund(second).Missing, "200 AGON now")
	require.NoError(t, f.withdraw(second, 1, 0))
	f.CheckInvariants()
}

func TestQueries(t *testing.T) {
	f := setup(t)
	id, netuid := f.opened()
	other := f.mustCreate()
	require.NoError(t, f.contribute(other, 1, agon))
	require.NoError(t, f.Stake.PayToken(f.Ctx, netuid, types.FundAccount(id), 121))
	q := f.queries()
	funds, err := q.Funds(f.Ctx, &types.QueryFundsRequest{})
	require.NoError(t, err)
	require.Len(t, funds.Funds, 2)
	require.EqualValues(t, 121, funds.Funds[0].Alpha)
	one, err := q.Contribution(f.Ctx, &types.QueryContributionRequest{FundId: id, Contributor: who(1).String()})
	require.NoError(t, err)
	require.EqualValues(t, 60, one.Info.Alpha, "what would be taken up now is due")
	require.Equal(t, 10*agon, one.Info.Refund)
	all, err := q.Contributions(f.Ctx, &types.QueryContributionsRequest{FundId: id})
	require.NoError(t, err)
	require.Len(t, all.Contributions, 3)
	mine, err := q.ContributionsOf(f.Ctx, &types.QueryContributionsOfRequest{Contributor: who(1).String()})
	require.NoError(t, err)
	require.Len(t, mine.Contributions, 2)
	require.Equal(t, one.Info, mine.Contributions[0])
	_, err = q.Fund(f.Ctx, &types.QueryFundRequest{FundId: 9})
	require.ErrorContains(t, err, "not found")
	_, err = q.ContributionsOf(f.Ctx, &types.QueryContributionsOfRequest{Contributor: "x"})
	require.Error(t, err)
}

func TestEvents(t *testing.T) {
	f := setup(t)
	id, netuid := f.opened()
	require.NoError(t, f.Stake.PayToken(f.Ctx, netuid, types.FundAccount(id), 121))
	_, err := f.claim(id, 1)
	require.NoError(t, err)
	require.NoError(t, f.transfer(id, 2, who(3), agon))
	events := f.Ctx.EventManager().Events()
	require.Equal(t, []*types.EventFundCreated{{FundId: id, Operator: who(0).String(), Name: "Shared", Goal: 130 * agon, EndsAt: 500, Deposit: 10 * agon}}, markettest.Events[*types.EventFundCreated](events))
	require.Len(t, markettest.Events[*types.EventContributed](events), 2)
	require.Equal(t, []*types.EventFundFinalized{{FundId: id, Netuid: netuid, Cost: 100 * agon, Surplus: 20 * agon, LeaseUntil: 43_201}}, markettest.Events[*types.EventFundFinalized](events))
	require.Equal(t, []*types.EventIncomeShared{{FundId: id, Alpha: 121}}, markettest.Events[*types.EventIncomeShared](events))
	require.Equal(t, &types.EventClaimed{FundId: id, Holder: who(1).String(), Alpha: 60, Refund: 10 * agon}, markettest.Events[*types.EventClaimed](events)[0])
	require.Equal(t, []*types.EventSharesTransferred{{FundId: id, Holder: who(2).String(), Recipient: who(3).String(), Shares: agon}}, markettest.Events[*types.EventSharesTransferred](events))
	require.Len(t, markettest.Events[*subnettypes.EventLeaseBegun](events), 1)
}
