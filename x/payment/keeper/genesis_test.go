package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/payment/keeper"
	"github.com/agon-chain/agon/x/payment/types"
)

// busy has accounts with operators, channels in every state, prices, sums, and a pot of which a part was taken.
func busy(t *testing.T) *fixture {
	f, big, small, others := refundable(t, nil)
	f.publish(0, "one")
	f.bind(2, "one")
	must(f, operators, &types.MsgSetOperators{Owner: payer(3).String(), Operators: []string{payer(1).String(), payer(0).String()}})
	must(f, setPrice, &types.MsgSetPrice{Hotkey: markettest.Hotkey(2).String(), Netuid: f.netuid, PerRequest: 5})
	must(f, setPrice, &types.MsgSetPrice{Hotkey: markettest.Hotkey(1).String(), Netuid: f.netuid, PerMillionOutput: 5})
	must(f, request, &types.MsgRequestWithdrawal{Signer: payer(1).String(), Channel: small})
	must(f, closing, &types.MsgCloseChannel{Payee: markettest.Hotkey(1).String(), Channel: others})
	f.At(secondHour)
	must(f, claim, claims(0, f.voucher(0, big, 4*agon)))
	f.channel(3, 2, agon)
	f.verdict(7, 0, secondHour, 2*agon)
	_, err := f.refund(7, small)
	require.NoError(t, err)
	return f
}

// carry takes a market's state over to a fresh one, the module's by way of its JSON.
func carry(t *testing.T, f *fixture) *fixture {
	t.Helper()
	to := markettest.New(t, markettest.Config{Empty: true})
	to.At(f.Ctx.BlockHeight())
	to.Bank.InitGenesis(to.Ctx, f.Bank.ExportGenesis(f.Ctx))
	subnets, err := f.Subnet.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Subnet.InitGenesis(to.Ctx, subnets))
	stakes, err := f.Stake.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Stake.InitGenesis(to.Ctx, stakes))
	scores, err := f.Scoring.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Scoring.InitGenesis(to.Ctx, scores))
	emission, err := f.Emission.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Emission.InitGenesis(to.Ctx, emission))
	funds, err := f.Crowdfund.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Crowdfund.InitGenesis(to.Ctx, funds))
	models, err := f.Model.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Model.InitGenesis(to.Ctx, models))
	cases, err := f.Dispute.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Dispute.InitGenesis(to.Ctx, cases))
	gs, err := f.Payment.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	var read types.GenesisState
	require.NoError(t, to.Cdc.UnmarshalJSON(f.Cdc.MustMarshalJSON(gs), &read))
	require.NoError(t, to.Payment.InitGenesis(to.Ctx, &read))
	return &fixture{Market: to, t: t, msg: keeper.NewMsgServer(to.Payment), netuid: f.netuid}
}

func TestGenesisGoesRoundAndOn(t *testing.T) {
	f := busy(t)
	gs, err := f.Payment.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.NoError(t, gs.Validate())
	g := carry(t, f)
	require.Equal(t, f.dump(), g.dump(), "the very bytes")
	again, err := g.Payment.ExportGenesis(g.Ctx)
	require.NoError(t, err)
	require.Equal(t, string(f.Cdc.MustMarshalJSON(gs)), string(g.Cdc.MustMarshalJSON(again)))

	for _, one := range []*fixture{f, g} {
		must(one, claim, claims(0, one.voucher(0, 1, 9*agon), one.voucher(1, 2, 9*agon)))
		_, err := one.refund(7, 1)
		require.NoError(t, err)
		must(one, finish, &types.MsgFinishWithdrawal{Signer: payer(1).String(), Channel: 2})
		one.At(one.get(4).SweepAt())
		must(one, sweep, &types.MsgSweep{Sender: payer(2).String(), Channel: 4})
		one.At(one.Ctx.BlockHeight() + 2_000_000)
		require.NoError(t, one.Payment.BeginBlock(one.Ctx))
		one.CheckInvariants()
	}
	require.Equal(t, f.dump(), g.dump(), "and on")
}

// What contradicts itself is refused and names what does.
func TestGenesisRefusals(t *testing.T) {
	f := busy(t)
	for title, c := range map[string]struct {
		change func(*types.GenesisState)
		want   error
		says   string
	}{
		"parameters":            {func(g *types.GenesisState) { g.Params.MinDeposit = 0 }, types.ErrInvalidParams, "min_deposit"},
		"an-id-beyond-the-next": {func(g *types.GenesisState) { g.NextChannelId = 4 }, types.ErrInvalidGenesis, "next_channel_id"},
		"no-first-id":           {func(g *types.GenesisState) { g.NextChannelId = 0 }, types.ErrInvalidGenesis, "next_channel_id"},
		"channels-out-of-order": {func(g *types.GenesisState) { g.Channels[0], g.Channels[1] = g.Channels[1], g.Channels[0] }, types.ErrInvalidGenesis, "ascending ids"},
		"claimed-beyond":        {func(g *types.GenesisState) { g.Channels[0].Claimed = g.Channels[0].Deposit + 1 }, types.ErrInvalidChannel, "claimed"},
		"parts-of-a-whole":      {func(g *types.GenesisState) { g.Channels[0].Terms.MinerBps++ }, types.ErrInvalidChannel, "basis points"},
		"a-part-without-version": {func(g *types.GenesisState) {
			g.Channels[0].Terms.ModelBps, g.Channels[0].Terms.MinerBps = 1, g.Channels[0].Terms.MinerBps-1
		}, types.ErrInvalidChannel, "without a version"},
		"an-end-without-cause":    {func(g *types.GenesisState) { g.Channels[2].Cause = 0 }, types.ErrInvalidChannel, "state"},
		"an-open-one-with-height": {func(g *types.GenesisState) { g.Channels[0].ClosedAt = 5 }, types.ErrInvalidChannel, "state"},
		"no-voucher-key":          {func(g *types.GenesisState) { g.Channels[0].VoucherKey = nil }, types.ErrInvalidChannel, "voucher_key"},
		"a-miscount":              {func(g *types.GenesisState) { g.Accounts[0].Channels++ }, types.ErrInvalidGenesis, "channels"},
		"an-account-missing":      {func(g *types.GenesisState) { g.Accounts = g.Accounts[1:] }, types.ErrInvalidGenesis, "account"},
		"an-account-twice":        {func(g *types.GenesisState) { g.Accounts = append(g.Accounts[:1], g.Accounts...) }, types.ErrInvalidGenesis, "order"},
		"an-empty-account":        {func(g *types.GenesisState) { g.Accounts = append(g.Accounts, types.Account{Owner: payer(4).String()}) }, types.ErrInvalidAccount, "empty"},
		"a-free-price":            {func(g *types.GenesisState) { g.Prices[0].PerRequest, g.Prices[0].PerMillionOutput = 0, 0 }, types.ErrInvalidPrice, "all zero"},
		"prices-out-of-order":     {func(g *types.GenesisState) { g.Prices[0], g.Prices[1] = g.Prices[1], g.Prices[0] }, types.ErrInvalidGenesis, "prices"},
		"more-left-than-there-is": {func(g *types.GenesisState) { g.Pots[0].Left = g.Pots[0].Amount + 1 }, types.ErrInvalidGenesis, "pot of case 7"},
		"more-than-was-paid":      {func(g *types.GenesisState) { g.Pots[0].Paid = g.Pots[0].Amount - 1 }, types.ErrInvalidGenesis, "pot of case 7"},
		"sums-out-of-order":       {func(g *types.GenesisState) { g.ChannelSums = append(g.ChannelSums, g.ChannelSums[0]) }, types.ErrInvalidGenesis, "channel_sums"},
		"a-sum-of-nothing":        {func(g *types.GenesisState) { g.MinerSums[0].Paid = 0 }, types.ErrInvalidGenesis, "miner_sums"},
		"refunded-twice":          {func(g *types.GenesisState) { g.Refunded = append(g.Refunded, g.Refunded[0]) }, types.ErrInvalidGenesis, "refunded"},
		// Right in itself, and not what the rest of the chain says.
		"money-that-is-not-there": {func(g *types.GenesisState) { g.Accounts[0].Balance++ }, types.ErrInvalidGenesis, "account holds"},
		"sums-beyond-the-miner's": {func(g *types.GenesisState) { g.ChannelSums[0].Paid = types.MaxAmount }, types.ErrInvalidGenesis, "of which its miner"},
		"a-price-of-nobody's":     {func(g *types.GenesisState) { g.Prices[1].Netuid = 9 }, types.ErrInvalidGenesis, "price of netuid 9"},
	} {
		t.Run(title, func(t *testing.T) {
			gs, err := f.Payment.ExportGenesis(f.Ctx)
			require.NoError(t, err)
			c.change(gs)
			branch, _ := f.Ctx.CacheContext()
			err = f.Payment.InitGenesis(branch, gs)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.says)
		})
	}
}
