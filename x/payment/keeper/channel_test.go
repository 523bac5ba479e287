package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/payment/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func TestOpening(t *testing.T) {
	f := setup(t, nil)
	f.put(0, 10*agon)
	res := must(f, open, f.opening(0, 2, 4*agon))
	require.EqualValues(t, 1, res.Id)
	require.Equal(t, f.Ctx.BlockHeight()+100, res.ExpiresAt)
	a := f.account(0)
	require.Equal(t, 6*agon, a.Balance)
	require.EqualValues(t, 1, a.Channels)
	c := f.get(1)
	require.Zero(t, c.VersionId)
	require.Zero(t, c.Terms.ModelBps)
	require.EqualValues(t, 9_700, c.Terms.MinerBps, "without a version the model's part is the miner's")
	require.EqualValues(t, 2, must(f, open, f.opening(0, 2, agon)).Id, "a second to the same miner")

	list, err := f.queries().ChannelsTo(f.Ctx, &types.QueryChannelsToRequest{Payee: markettest.Hotkey(2).String()})
	require.NoError(t, err)
	require.Len(t, list.Channels, 2)
	mine, err := f.queries().ChannelsOf(f.Ctx, &types.QueryChannelsOfRequest{Owner: payer(0).String()})
	require.NoError(t, err)
	require.Equal(t, list.Channels, mine.Channels)
	f.Next()
}

func TestOpeningRefusals(t *testing.T) {
	f := setup(t, func(p *types.Params) { p.MaxChannels = 2 })
	f.put(0, 10*agon)
	first := must(f, open, f.opening(0, 1, agon)).Id
	for title, c := range map[string]struct {
		change func(*types.MsgOpenChannel)
		want   error
	}{
		"too-little":             {func(m *types.MsgOpenChannel) { m.Deposit = types.DefaultParams().MinDeposit - 1 }, types.ErrInvalidAmount},
		"more-than-there-is":     {func(m *types.MsgOpenChannel) { m.Deposit = 9*agon + 1 }, types.ErrInsufficientBalance},
		"no-blocks":              {func(m *types.MsgOpenChannel) { m.Blocks = 0 }, types.ErrInvalidChannel},
		"too-long":               {func(m *types.MsgOpenChannel) { m.Blocks = 1_001 }, types.ErrInvalidChannel},
		"a-key-that-is-none":     {func(m *types.MsgOpenChannel) { m.VoucherKey = m.VoucherKey[:31] }, types.ErrInvalidChannel},
		"no-such-subnet":         {func(m *types.MsgOpenChannel) { m.Netuid = 77 }, subnettypes.ErrSubnetNotFound},
		"netuid-0":               {func(m *types.MsgOpenChannel) { m.Netuid = 0 }, types.ErrInvalidChannel},
		"nobody's-hotkey":        {func(m *types.MsgOpenChannel) { m.Payee = markettest.Hotkey(40).String() }, subnettypes.ErrNotRegistered},
		"a-version":              {func(m *types.MsgOpenChannel) { m.VersionId = 1 }, types.ErrNotBound},
		"somebody-else's":        {func(m *types.MsgOpenChannel) { m.Signer = payer(3).String() }, types.ErrNotOperator},
		"an-account-of-nobody's": {func(m *types.MsgOpenChannel) { m.Owner, m.Signer = payer(3).String(), payer(3).String() }, types.ErrInsufficientBalance},
	} {
		t.Run(title, func(t *testing.T) {
			m := f.opening(0, 0, agon)
			c.change(m)
			_, err := do(f, open, m)
			require.ErrorIs(t, err, c.want)
		})
	}
	must(f, open, f.opening(0, 0, agon))
	_, err := do(f, open, f.opening(0, 0, agon))
	require.ErrorIs(t, err, types.ErrTooManyChannels)
	must(f, closing, &types.MsgCloseChannel{Payee: markettest.Hotkey(1).String(), Channel: first})
	must(f, open, f.opening(0, 0, agon))
}

// The version is one that the miner is bound to: not the payer's to invent, nor to leave out.
func TestVersionIsWhatTheMinerIsBoundTo(t *testing.T) {
	f := setup(t, nil)
	v, w := f.publish(0, "one"), f.publish(1, "two")
	f.put(0, 10*agon)
	m := f.opening(0, 0, agon)
	m.VersionId = v
	_, err := do(f, open, m)
	require.ErrorIs(t, err, types.ErrNotBound)
	f.bind(0, "one")
	require.Equal(t, v, must(f, open, f.opening(0, 0, agon)).VersionId, "its only one need not be named")
	c := f.get(1)
	require.EqualValues(t, 500, c.Terms.ModelBps)
	require.EqualValues(t, 9_200, c.Terms.MinerBps)
	f.bind(0, "two")
	_, err = do(f, open, f.opening(0, 0, agon))
	require.ErrorIs(t, err, types.ErrNotBound)
	m.VersionId = w
	require.Equal(t, w, must(f, open, m).VersionId)
}

func TestTopUp(t *testing.T) {
	f := setup(t, nil)
	f.put(0, 10*agon)
	id := must(f, open, f.opening(0, 0, agon)).Id
	until := f.get(id).ExpiresAt
	res := must(f, topUp, &types.MsgTopUp{Signer: payer(0).String(), Channel: id, Amount: 2 * agon, Blocks: 5})
	require.Equal(t, 3*agon, res.Deposit)
	require.Equal(t, until, res.ExpiresAt, "a channel is never shortened")
	res = must(f, topUp, &types.MsgTopUp{Signer: payer(0).String(), Channel: id, Blocks: 900})
	require.Equal(t, f.Ctx.BlockHeight()+900, res.ExpiresAt)
	require.Equal(t, 7*agon, f.account(0).Balance)

	for title, c := range map[string]struct {
		m    types.MsgTopUp
		want error
	}{
		"nothing":             {types.MsgTopUp{Channel: id}, types.ErrInvalidAmount},
		"too-long":            {types.MsgTopUp{Channel: id, Blocks: 1_001}, types.ErrInvalidChannel},
		"more-than-there-is":  {types.MsgTopUp{Channel: id, Amount: 7*agon + 1}, types.ErrInsufficientBalance},
		"more-than-it-takes":  {types.MsgTopUp{Channel: id, Amount: types.MaxAmount}, types.ErrInsufficientBalance},
		"no-such-channel":     {types.MsgTopUp{Channel: 9, Amount: 1}, types.ErrChannelNotFound},
		"more-than-AGON-is":   {types.MsgTopUp{Channel: id, Amount: types.MaxAmount + 1}, types.ErrInvalidAmount},
		"longer-than-for-all": {types.MsgTopUp{Channel: id, Blocks: types.MaxChannelBlocksBound + 1}, types.ErrInvalidChannel},
	} {
		c.m.Signer = payer(0).String()
		_, err := do(f, topUp, &c.m)
		require.ErrorIs(t, err, c.want, title)
	}
	must(f, request, &types.MsgRequestWithdrawal{Signer: payer(0).String(), Channel: id})
	_, err := do(f, topUp, &types.MsgTopUp{Signer: payer(0).String(), Channel: id, Amount: 1})
	require.ErrorIs(t, err, types.ErrClosing)
}

// Whoever pays a miner of its own can let the same coins go round for ever: a deposit stops short of what its bound allows, and so do sums.
func TestTheSameCoinsGoRound(t *testing.T) {
	f := setup(t, func(p *types.Params) { p.ModelBps, p.SubnetBps, p.ProtocolBps = 0, 0, 0 })
	f.Fund(payer(0), nagons(types.MaxAmount/2))
	amount := types.MaxAmount / 2
	id := f.channel(0, 0, amount)
	round := func(cumulative uint64) {
		t.Helper()
		must(f, claim, claims(0, f.voucher(0, id, cumulative)))
		require.NoError(t, f.Bank.SendCoins(f.Ctx, markettest.Owner(0), payer(0), coins(amount)))
		f.put(0, amount)
	}
	round(amount)
	must(f, topUp, &types.MsgTopUp{Signer: payer(0).String(), Channel: id, Amount: amount})
	round(2 * amount)
	_, err := do(f, topUp, &types.MsgTopUp{Signer: payer(0).String(), Channel: id, Amount: amount})
	require.ErrorIs(t, err, types.ErrInvalidAmount)
	for range 3 {
		id = must(f, open, f.opening(0, 0, amount)).Id
		round(amount)
	}
	gs, err := f.Payment.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.Len(t, gs.MinerSums, 1)
	require.EqualValues(t, types.MaxAmount, gs.MinerSums[0].Paid)
	f.CheckInvariants()
}

// Terms are those of the opening, whatever governance does after.
func TestTermsAreCopied(t *testing.T) {
	f := setup(t, nil)
	id := f.channel(0, 0, agon)
	was := f.get(id).Terms
	p := types.DefaultParams()
	p.WithdrawDelay, p.SweepGrace, p.SubnetBps, p.ProtocolBps = 1, 1, 1_500, 1_500
	require.NoError(t, f.setParams(p))
	require.Equal(t, was, f.get(id).Terms)
	res := must(f, request, &types.MsgRequestWithdrawal{Signer: payer(0).String(), Channel: id})
	require.Equal(t, f.Ctx.BlockHeight()+int64(was.WithdrawDelay), res.ClosingAt)
	must(f, claim, claims(0, f.voucher(0, id, agon)))
	require.Equal(t, types.Parts{Miner: agon - agon*2/100 - agon/100, Subnet: agon * 2 / 100, Protocol: agon / 100}, events[*types.EventClaimed](f)[0].Parts)
	other := f.channel(1, 0, agon)
	require.EqualValues(t, 1_500, f.get(other).Terms.SubnetBps)
	f.Next()
}

func TestParamsRefusals(t *testing.T) {
	f := setup(t, nil)
	p := types.DefaultParams()
	_, err := f.msg.UpdateParams(f.Ctx, &types.MsgUpdateParams{Authority: payer(0).String(), Params: p})
	require.ErrorContains(t, err, "authority is")
	for title, change := range map[string]func(*types.Params){
		"no-deposit":       func(p *types.Params) { p.MinDeposit = 0 },
		"no-delay":         func(p *types.Params) { p.WithdrawDelay = 0 },
		"most-of-it-taken": func(p *types.Params) { p.SubnetBps = types.MaxShareBps + 1 },
		"a-short-window":   func(p *types.Params) { p.RefundWindow = types.BucketBlocks - 1 },
		"an-endless-one":   func(p *types.Params) { p.RefundWindow = types.MaxRefundWindow + 1 },
	} {
		p := types.DefaultParams()
		change(&p)
		require.ErrorIs(t, f.setParams(p), types.ErrInvalidParams, title)
	}
}

func TestPrices(t *testing.T) {
	f := setup(t, nil)
	hotkey := markettest.Hotkey(1).String()
	m := &types.MsgSetPrice{Hotkey: hotkey, Netuid: f.netuid, PerRequest: 10, PerMillionInput: 1_000, PerMillionOutput: types.MaxPrice}
	must(f, setPrice, m)
	res, err := f.queries().Price(f.Ctx, &types.QueryPriceRequest{Netuid: f.netuid, Hotkey: hotkey})
	require.NoError(t, err)
	require.Equal(t, types.Price{Netuid: f.netuid, Hotkey: hotkey, PerRequest: 10, PerMillionInput: 1_000, PerMillionOutput: types.MaxPrice, SetAt: f.Ctx.BlockHeight()}, res.Price)
	res, err = f.queries().Price(f.Ctx, &types.QueryPriceRequest{Netuid: f.netuid, Hotkey: markettest.Hotkey(2).String()})
	require.NoError(t, err)
	require.True(t, res.Price.IsFree())

	for title, c := range map[string]struct {
		change func(*types.MsgSetPrice)
		want   error
	}{
		"too-much":        {func(m *types.MsgSetPrice) { m.PerRequest = types.MaxPrice + 1 }, types.ErrInvalidPrice},
		"no-uid":          {func(m *types.MsgSetPrice) { m.Hotkey = markettest.Hotkey(40).String() }, subnettypes.ErrNotRegistered},
		"no-such-subnet":  {func(m *types.MsgSetPrice) { m.Netuid = 50 }, subnettypes.ErrSubnetNotFound},
		"no-subnet's":     {func(m *types.MsgSetPrice) { m.Netuid = 0 }, types.ErrInvalidPrice},
		"nobody's-hotkey": {func(m *types.MsgSetPrice) { m.Hotkey = "x" }, subnettypes.ErrInvalidAddress},
	} {
		bad := *m
		c.change(&bad)
		_, err := do(f, setPrice, &bad)
		require.ErrorIs(t, err, c.want, title)
	}
	free := &types.MsgSetPrice{Hotkey: hotkey, Netuid: f.netuid}
	must(f, setPrice, free)
	prices, err := f.queries().Prices(f.Ctx, &types.QueryPricesRequest{Netuid: f.netuid})
	require.NoError(t, err)
	require.Empty(t, prices.Prices)
	f.Next()
}

// A neuron's price ends with it; what it earned it can still claim.
func TestALostUID(t *testing.T) {
	f := setup(t, nil)
	must(f, setPrice, &types.MsgSetPrice{Hotkey: markettest.Hotkey(4).String(), Netuid: f.netuid, PerRequest: 10})
	id := f.channel(0, 4, agon)
	_, err := subnetkeeper.NewMsgServer(f.Subnet).DissolveSubnet(f.Ctx, &subnettypes.MsgDissolveSubnet{Owner: markettest.Creator().String(), Netuid: f.netuid})
	require.NoError(t, err)
	f.Next()
	f.Next()
	_, err = f.Subnet.UIDOf(f.Ctx, f.netuid, markettest.Hotkey(4))
	require.ErrorIs(t, err, subnettypes.ErrNotRegistered)
	prices, err := f.queries().Prices(f.Ctx, &types.QueryPricesRequest{Netuid: f.netuid})
	require.NoError(t, err)
	require.Empty(t, prices.Prices)

	before, community := f.nagon(markettest.Owner(4)), f.nagon(pool())
	require.Equal(t, agon, must(f, claim, claims(4, f.voucher(0, id, agon))).Paid)
	require.Equal(t, agon*97/100, f.nagon(markettest.Owner(4))-before)
	require.Equal(t, agon*3/100, f.nagon(pool())-community, "nobody owns the subnet any more: its part is the community's")
	_, err = do(f, open, f.opening(0, 4, agon))
	require.ErrorIs(t, err, subnettypes.ErrSubnetDissolved)
	f.Next()
}
