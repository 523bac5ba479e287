package keeper_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/payment/keeper"
	"github.com/agon-chain/agon/x/payment/types"
)

// court is who funds pots: in a chain the account of x/dispute.
func court() sdk.AccAddress { return markettest.Account("court", 0) }

// verdict leaves something for the payers of the n-th hotkey, by a case that was opened at a height.
func (f *fixture) verdict(id uint64, n int, openedAt int64, amount uint64) {
	f.t.Helper()
	f.Fund(court(), nagons(amount))
	require.NoError(f.t, f.Tx(func(ctx sdk.Context) error {
		return f.Payment.FundRefunds(ctx, id, f.netuid, markettest.Hotkey(n), openedAt, amount, court())
	}))
	require.Zero(f.t, f.nagon(court()), "all of it goes somewhere")
}

func (f *fixture) refund(id, channel uint64) (uint64, error) {
	res, err := do(f, refund, &types.MsgClaimRefund{Sender: payer(4).String(), CaseId: id, Channel: channel})
	if err != nil {
		return 0, err
	}
	return res.Refunded, nil
}

// refundable has paid hotkey 0 by two channels of two payers, three parts to one, within the first hour, and hotkey 1 by a third.
func refundable(t *testing.T, change func(*types.Params)) (f *fixture, big, small, others uint64) {
	f = setup(t, change)
	big, small, others = f.channel(0, 0, 10*agon), f.channel(1, 0, 10*agon), f.channel(2, 1, 10*agon)
	must(f, claim, claims(0, f.voucher(0, big, 3*agon), f.voucher(1, small, agon)))
	must(f, claim, claims(1, f.voucher(2, others, agon)))
	return f, big, small, others
}

const secondHour = types.BucketBlocks + 50

// A verdict's pot belongs to those who paid in the hours before the case, in proportion and never more than they paid; once.
func TestRefundIsProRata(t *testing.T) {
	f, big, small, others := refundable(t, nil)
	f.At(secondHour)
	must(f, claim, claims(0, f.voucher(1, small, 9*agon))) // in the case's own hour: does not count
	community := f.nagon(pool())
	f.verdict(1, 0, secondHour, 2*agon)
	require.Zero(t, f.nagon(pool())-community)
	asked, err := f.queries().Refund(f.Ctx, &types.QueryRefundRequest{CaseId: 1, Channel: small})
	require.NoError(t, err)
	require.Equal(t, types.QueryRefundResponse{Paid: agon, Refund: agon / 2}, *asked)

	for _, c := range []uint64{others, 99} {
		_, err := f.refund(1, c)
		require.Error(t, err)
	}
	_, err = f.refund(1, others)
	require.ErrorIs(t, err, types.ErrNothingToRefund)
	_, err = f.refund(2, big)
	require.ErrorIs(t, err, types.ErrPotNotFound)
	_, err = f.refund(1, 99)
	require.ErrorIs(t, err, types.ErrChannelNotFound)

	got, err := f.refund(1, small)
	require.NoError(t, err)
	require.Equal(t, agon/2, got)
	require.Equal(t, agon/2, f.account(1).Balance, "whoever asks, it is the account's")
	f.CheckInvariants()
	_, err = f.refund(1, small)
	require.ErrorIs(t, err, types.ErrNothingToRefund)
	got, err = f.refund(1, big)
	require.NoError(t, err)
	require.Equal(t, 3*agon/2, got)
	res, err := f.queries().Pot(f.Ctx, &types.QueryPotRequest{CaseId: 1})
	require.NoError(t, err)
	require.Zero(t, res.Pot.Left)
	f.CheckInvariants()
}

// Nobody gets more than he paid: the rest is the community's, at once.
func TestRefundIsBoundedByWhatWasPaid(t *testing.T) {
	f, big, small, _ := refundable(t, nil)
	f.At(secondHour)
	community := f.nagon(pool())
	f.verdict(1, 0, secondHour, 100*agon)
	require.Equal(t, 96*agon, f.nagon(pool())-community)
	for channel, want := range map[uint64]uint64{big: 3 * agon, small: agon} {
		got, err := f.refund(1, channel)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

// A miner that nobody paid leaves all to the community; so does one that was accused within its first hour.
func TestNobodyPaid(t *testing.T) {
	f, _, _, _ := refundable(t, nil)
	community := f.nagon(pool())
	f.verdict(1, 0, types.BucketBlocks-1, agon)
	f.At(secondHour)
	f.verdict(2, 3, secondHour, agon)
	require.Equal(t, 2*agon, f.nagon(pool())-community)
	_, err := f.Payment.GetPot(f.Ctx, 1)
	require.ErrorIs(t, err, types.ErrPotNotFound)
	f.CheckInvariants()
}

// No payment stands in two pots, taken or not, and one before the window in none.
func TestAPaymentCountsOnce(t *testing.T) {
	f, big, _, _ := refundable(t, func(p *types.Params) { p.RefundWindow = types.BucketBlocks })
	f.At(secondHour)
	must(f, claim, claims(0, f.voucher(0, big, 5*agon)))
	f.verdict(1, 0, secondHour, agon)
	third := int64(2*types.BucketBlocks + 1)
	f.At(third)
	f.verdict(2, 0, third, 10*agon)
	p, err := f.Payment.GetPot(f.Ctx, 2)
	require.NoError(t, err)
	require.Equal(t, 2*agon, p.Paid, "what was claimed in the second hour, and nothing of the first")
	community := f.nagon(pool())
	f.verdict(3, 0, third, agon)
	require.Equal(t, agon, f.nagon(pool())-community)
	f.verdict(4, 0, third+2*types.BucketBlocks, agon)
	_, err = f.Payment.GetPot(f.Ctx, 4)
	require.ErrorIs(t, err, types.ErrPotNotFound, "the window has passed it")
	f.CheckInvariants()
}

// What nobody took goes to the community pool when the period is over, and not before.
func TestPotEnds(t *testing.T) {
	f, big, small, _ := refundable(t, func(p *types.Params) { p.RefundPeriod = 3 })
	f.At(secondHour)
	f.verdict(1, 0, secondHour, 2*agon)
	_, err := f.refund(1, small)
	require.NoError(t, err)
	f.At(secondHour + 3)
	require.NoError(t, f.Payment.BeginBlock(f.Ctx))
	_, err = f.refund(1, big)
	require.NoError(t, err, "the last block of the period")
	f.verdict(2, 1, secondHour, agon)
	community := f.nagon(pool())
	f.At(secondHour + 4)
	require.NoError(t, f.Payment.BeginBlock(f.Ctx))
	require.Len(t, events[*types.EventPotEnded](f), 1)
	_, err = f.Payment.GetPot(f.Ctx, 1)
	require.ErrorIs(t, err, types.ErrPotNotFound)
	f.At(secondHour + 7)
	_, err = f.refund(2, 3)
	require.ErrorIs(t, err, types.ErrPotNotFound, "over, though no block has ended it")
	require.NoError(t, f.Payment.BeginBlock(f.Ctx))
	require.Equal(t, agon, f.nagon(pool())-community)
	f.CheckInvariants()
}

// brokenPool takes nothing.
type brokenPool struct{}

func (brokenPool) FundCommunityPool(context.Context, sdk.Coins, sdk.AccAddress) error {
	return errors.New("the pool is broken")
}

// A pot that cannot be ended stops no block, leaves nothing behind, and is tried again; until then its payers can come.
func TestAPotThatFailsIsSetAside(t *testing.T) {
	f, big, _, _ := refundable(t, func(p *types.Params) { p.RefundPeriod = 3 })
	f.At(secondHour)
	f.verdict(1, 0, secondHour, 2*agon)
	bad := keeper.NewKeeper(f.Cdc, f.Store(types.StoreKey), f.Authority, f.Bank, brokenPool{}, f.Subnet, f.Model)
	f.At(secondHour + 4)
	require.NoError(t, bad.BeginBlock(f.Ctx))
	failed := events[*types.EventPotFailed](f)
	require.Len(t, failed, 1)
	require.Equal(t, "the pool is broken", failed[0].Reason)
	f.CheckInvariants()
	_, err := f.refund(1, big)
	require.NoError(t, err)
	f.At(failed[0].AgainAt + 1)
	require.NoError(t, f.Payment.BeginBlock(f.Ctx))
	_, err = f.Payment.GetPot(f.Ctx, 1)
	require.ErrorIs(t, err, types.ErrPotNotFound)
	f.CheckInvariants()
}

// Sums and channels that no refund asks for any more are forgotten, and nothing else.
func TestForgetting(t *testing.T) {
	f, big, small, _ := refundable(t, nil)
	must(f, closing, &types.MsgCloseChannel{Payee: markettest.Hotkey(0).String(), Channel: big})
	p := types.DefaultParams()
	kept := int64(p.Kept())
	f.At(kept)
	require.NoError(t, f.Payment.BeginBlock(f.Ctx))
	gs, err := f.Payment.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.Len(t, gs.ChannelSums, 3)
	require.Len(t, gs.Channels, 3)
	f.At(kept + types.BucketBlocks)
	require.NoError(t, f.Payment.BeginBlock(f.Ctx))
	gs, err = f.Payment.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.Empty(t, gs.ChannelSums)
	require.Empty(t, gs.MinerSums)
	require.Len(t, gs.Channels, 3, "a channel outlives its sums")
	f.At(kept + 2*types.BucketBlocks + 10)
	require.NoError(t, f.Payment.BeginBlock(f.Ctx))
	_, err = f.Payment.GetChannel(f.Ctx, big)
	require.ErrorIs(t, err, types.ErrChannelNotFound)
	require.True(t, f.get(small).Open(), "an open channel is never forgotten")
	f.CheckInvariants()
}
