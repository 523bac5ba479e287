package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/crowdfund/keeper"
	"github.com/agon-chain/agon/x/crowdfund/types"
)

// busy has a fund in each state, income that is claimed in part, shares that changed hands.
func busy(t *testing.T) *fixture {
	f := setup(t)
	id, netuid := f.opened()
	require.NoError(t, f.Stake.PayToken(f.Ctx, netuid, types.FundAccount(id), 1_000_003))
	_, err := f.claim(id, 1)
	require.NoError(t, err)
	require.NoError(t, f.transfer(id, 1, who(3), 7*agon+1))
	require.NoError(t, f.Stake.PayToken(f.Ctx, netuid, types.FundAccount(id), 77))
	cancelled := f.mustCreate()
	require.NoError(t, f.cancel(cancelled, 0))
	_, err = f.create(func(m *types.MsgCreateCrowdfund) { m.EndsAt = 3 })
	require.NoError(t, err)
	f.mustCreate()
	f.To(10)
	return f
}

func TestGenesisGoesRound(t *testing.T) {
	f := busy(t)
	out, err := f.Crowdfund.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.NoError(t, out.Validate())
	require.Len(t, out.Funds, 4)
	require.EqualValues(t, 5, out.NextFundId)
	want := f.Cdc.MustMarshalJSON(out)

	to := markettest.New(t, markettest.Config{Empty: true})
	to.At(f.Ctx.BlockHeight())
	to.Bank.InitGenesis(to.Ctx, f.Bank.ExportGenesis(f.Ctx))
	subnets, err := f.Subnet.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Subnet.InitGenesis(to.Ctx, subnets))
	var read types.GenesisState
	require.NoError(t, to.Cdc.UnmarshalJSON(want, &read))
	require.NoError(t, to.Crowdfund.InitGenesis(to.Ctx, &read))
	g := &fixture{Market: to, t: t, msg: keeper.NewMsgServer(to.Crowdfund)}
	require.Equal(t, f.dump(), g.dump(), "the very bytes")
	again, err := to.Crowdfund.ExportGenesis(to.Ctx)
	require.NoError(t, err)
	require.Equal(t, string(want), string(to.Cdc.MustMarshalJSON(again)))

	// And it goes on equally.
	for _, one := range []*fixture{f, g} {
		res, err := one.claim(1, 2)
		require.NoError(t, err)
		require.NotZero(t, res.Alpha)
		require.NotZero(t, res.Refund)
	}
	require.Equal(t, f.dump(), g.dump())

	t.Run("the-bank-must-agree", func(t *testing.T) {
		bad := markettest.New(t, markettest.Config{})
		require.ErrorIs(t, bad.Crowdfund.InitGenesis(bad.Ctx, &read), types.ErrInvalidGenesis)
	})
}

func TestGenesisRefusals(t *testing.T) {
	f := busy(t)
	for name, c := range map[string]struct {
		change func(*types.GenesisState)
		want   error
	}{
		"params":              {func(gs *types.GenesisState) { gs.Params.MaxOpenFunds = 0 }, types.ErrInvalidParams},
		"next-id":             {func(gs *types.GenesisState) { gs.NextFundId = 4 }, types.ErrInvalidGenesis},
		"unsorted":            {func(gs *types.GenesisState) { gs.Funds[1].Id = 1 }, types.ErrInvalidGenesis},
		"account":             {func(gs *types.GenesisState) { gs.Funds[0].Account = gs.Funds[0].Operator }, types.ErrInvalidFund},
		"raised":              {func(gs *types.GenesisState) { gs.Funds[0].Raised-- }, types.ErrInvalidGenesis},
		"raised-above-goal":   {func(gs *types.GenesisState) { gs.Funds[0].Raised = gs.Funds[0].Goal + 1 }, types.ErrInvalidFund},
		"contributors":        {func(gs *types.GenesisState) { gs.Funds[0].Contributors++ }, types.ErrInvalidGenesis},
		"unsettled":           {func(gs *types.GenesisState) { gs.Funds[0].Outcome.Unsettled++ }, types.ErrInvalidGenesis},
		"surplus":             {func(gs *types.GenesisState) { gs.Funds[0].Outcome.Surplus = 21 * agon }, types.ErrInvalidFund},
		"cost":                {func(gs *types.GenesisState) { gs.Funds[0].Outcome.Cost = 121 * agon }, types.ErrInvalidFund},
		"carry":               {func(gs *types.GenesisState) { gs.Funds[0].Outcome.Carry = 120 * agon }, types.ErrInvalidFund},
		"lease-before":        {func(gs *types.GenesisState) { gs.Funds[0].Outcome.LeaseUntil = 1 }, types.ErrInvalidFund},
		"opened-late":         {func(gs *types.GenesisState) { gs.Funds[0].Outcome.OpenedAt = 501 }, types.ErrInvalidFund},
		"both":                {func(gs *types.GenesisState) { gs.Funds[0].Cancelled = true }, types.ErrInvalidFund},
		"ends-before":         {func(gs *types.GenesisState) { gs.Funds[1].EndsAt = gs.Funds[1].CreatedAt }, types.ErrInvalidFund},
		"held":                {func(gs *types.GenesisState) { gs.Funds[0].Outcome.Held = 1 }, types.ErrInvalidGenesis},
		"claimed-too-much":    {func(gs *types.GenesisState) { gs.Contributions[0].Claimed = 1 << 40 }, types.ErrInvalidGenesis},
		"index-ahead":         {func(gs *types.GenesisState) { gs.Contributions[0].Index = wide.U128{Hi: 1 << 60} }, types.ErrInvalidGenesis},
		"nothing-contributed": {func(gs *types.GenesisState) { gs.Contributions[0].Amount = 0 }, types.ErrInvalidGenesis},
		"of-no-fund":          {func(gs *types.GenesisState) { gs.Contributions[len(gs.Contributions)-1].FundId = 9 }, types.ErrInvalidGenesis},
		"twice":               {func(gs *types.GenesisState) { gs.Contributions[1].Contributor = gs.Contributions[0].Contributor }, types.ErrInvalidGenesis},
		"paid-before":         {func(gs *types.GenesisState) { gs.Contributions[len(gs.Contributions)-1].Settled = true }, types.ErrInvalidGenesis},
		"one-subnet-twice": {func(gs *types.GenesisState) {
			gs.Funds[3].Outcome = gs.Funds[0].Outcome
			gs.Funds[3].Raised = gs.Funds[0].Raised
		}, types.ErrInvalidGenesis},
	} {
		t.Run(name, func(t *testing.T) {
			gs, err := f.Crowdfund.ExportGenesis(f.Ctx)
			require.NoError(t, err)
			require.NoError(t, gs.Validate())
			c.change(gs)
			require.ErrorIs(t, gs.Validate(), c.want)
		})
	}
}

// Keys are part of consensus: what clients prove.
func TestStoreBytes(t *testing.T) {
	var keys []string
	f := setup(t)
	f.opened()
	f.mustCreate()
	for _, kv := range f.dump() {
		keys = append(keys, kv[0])
	}
	backer := func(n string) string { return "6261636b6572" + "00000000000000000000" + "0000000" + n }
	require.Equal(t, []string{
		"00", "01",
		"020000000000000001", "020000000000000002",
		"030000000000000001" + backer("0"), "030000000000000001" + backer("1"), "030000000000000001" + backer("2"), "030000000000000002" + backer("0"),
		"0414" + backer("0") + "0000000000000001", "0414" + backer("0") + "0000000000000002",
		"0414" + backer("1") + "0000000000000001", "0414" + backer("2") + "0000000000000001",
		"0514" + backer("0") + "0000000000000002",
	}, keys)
}
