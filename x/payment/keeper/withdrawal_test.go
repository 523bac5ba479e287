package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/payment/types"
)

// Until the delay is over, and after it until the payer comes, a voucher beats the withdrawal.
func TestAVoucherBeatsAWithdrawal(t *testing.T) {
	f := setup(t, nil)
	id, me := f.channel(0, 0, agon), payer(0).String()
	_, err := do(f, finish, &types.MsgFinishWithdrawal{Signer: me, Channel: id})
	require.ErrorIs(t, err, types.ErrNotClosing)
	at := must(f, request, &types.MsgRequestWithdrawal{Signer: me, Channel: id}).ClosingAt
	require.Equal(t, f.Ctx.BlockHeight()+10, at)
	_, err = do(f, request, &types.MsgRequestWithdrawal{Signer: me, Channel: id})
	require.ErrorIs(t, err, types.ErrClosing, "asking again does not move it")

	f.To(at - 1)
	_, err = do(f, finish, &types.MsgFinishWithdrawal{Signer: me, Channel: id})
	require.ErrorIs(t, err, types.ErrTooEarly)
	require.Equal(t, agon/2, must(f, claim, claims(0, f.voucher(0, id, agon/2))).Paid)
	f.To(at + 1)
	require.Equal(t, agon/4, must(f, claim, claims(0, f.voucher(0, id, agon*3/4))).Paid, "the payer has not come yet")
	res := must(f, finish, &types.MsgFinishWithdrawal{Signer: me, Channel: id})
	require.Equal(t, agon/4, res.Returned)
	late := must(f, claim, claims(0, f.voucher(0, id, agon)))
	require.Equal(t, closed, late.Results[0].Status)
	require.Zero(t, late.Paid)
	require.Equal(t, agon/4, f.account(0).Balance)
	_, err = do(f, finish, &types.MsgFinishWithdrawal{Signer: me, Channel: id})
	require.ErrorIs(t, err, types.ErrClosed)
	f.Next()
}

// Anyone may sweep, but not before the grace after the expiry is over, in which the payee still claims; and the rest is the payer's.
func TestSweepOnlyAfterGrace(t *testing.T) {
	f := setup(t, nil)
	id := f.channel(0, 0, agon)
	c := f.get(id)
	stranger := markettest.Account("stranger", 0).String()
	for _, height := range []int64{c.OpenedAt, c.ExpiresAt, c.ExpiresAt + 1, c.SweepAt() - 1} {
		f.At(height)
		_, err := do(f, sweep, &types.MsgSweep{Sender: stranger, Channel: id})
		require.ErrorIs(t, err, types.ErrTooEarly, "at %d", height)
	}
	require.Equal(t, c.ExpiresAt+21, c.SweepAt())
	require.Equal(t, agon/2, must(f, claim, claims(0, f.voucher(0, id, agon/2))).Paid, "in the grace")
	f.At(c.SweepAt())
	require.Equal(t, agon/2, must(f, sweep, &types.MsgSweep{Sender: stranger, Channel: id}).Returned)
	require.Equal(t, agon/2, f.account(0).Balance)
	_, err := do(f, sweep, &types.MsgSweep{Sender: stranger, Channel: id})
	require.ErrorIs(t, err, types.ErrClosed)
	f.CheckInvariants()
}

// A channel that was prolonged is not swept by the old expiry.
func TestProlongedIsNotSwept(t *testing.T) {
	f := setup(t, nil)
	id := f.channel(0, 0, agon)
	was := f.get(id).SweepAt()
	f.At(was - 1)
	must(f, topUp, &types.MsgTopUp{Signer: payer(0).String(), Channel: id, Blocks: 50})
	f.At(was)
	_, err := do(f, sweep, &types.MsgSweep{Sender: payer(3).String(), Channel: id})
	require.ErrorIs(t, err, types.ErrTooEarly)
}
