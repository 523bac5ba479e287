package keeper_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/payment/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func TestDepositAndWithdraw(t *testing.T) {
	f := setup(t, nil)
	friend := payer(1)
	res := must(f, deposit, &types.MsgDeposit{Sender: friend.String(), Owner: payer(0).String(), Amount: 3 * agon})
	require.Equal(t, 3*agon, res.Balance)
	require.Equal(t, 997*agon, f.nagon(friend))
	require.Equal(t, 3*agon, f.nagon(held()))

	_, err := do(f, withdraw, &types.MsgWithdraw{Owner: friend.String(), Amount: 1})
	require.ErrorIs(t, err, types.ErrInsufficientBalance, "who pays in for another has nothing to take out")
	_, err = do(f, withdraw, &types.MsgWithdraw{Owner: payer(0).String(), Amount: 3*agon + 1})
	require.ErrorIs(t, err, types.ErrInsufficientBalance)
	out := must(f, withdraw, &types.MsgWithdraw{Owner: payer(0).String(), Amount: agon})
	require.Equal(t, 2*agon, out.Balance)
	out = must(f, withdraw, &types.MsgWithdraw{Owner: payer(0).String()})
	require.Equal(t, 2*agon, out.Amount, "0 is all")
	require.Equal(t, 1003*agon, f.nagon(payer(0)))
	_, err = do(f, withdraw, &types.MsgWithdraw{Owner: payer(0).String()})
	require.ErrorIs(t, err, types.ErrInsufficientBalance)
	gs, err := f.Payment.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	require.Empty(t, gs.Accounts, "an empty account is forgotten")
	f.Next()
}

func TestDepositRefusals(t *testing.T) {
	f := setup(t, nil)
	me := payer(0).String()
	for title, c := range map[string]struct {
		m    types.MsgDeposit
		want error
	}{
		"nothing":           {types.MsgDeposit{Sender: me, Owner: me}, types.ErrInvalidAmount},
		"more-than-exists":  {types.MsgDeposit{Sender: me, Owner: me, Amount: types.MaxAmount + 1}, types.ErrInvalidAmount},
		"more-than-one-has": {types.MsgDeposit{Sender: me, Owner: me, Amount: 1001 * agon}, sdkerrors.ErrInsufficientFunds},
		"no-owner":          {types.MsgDeposit{Sender: me, Owner: "agon1nobody", Amount: 1}, subnettypes.ErrInvalidAddress},
	} {
		t.Run(title, func(t *testing.T) {
			_, err := do(f, deposit, &c.m)
			require.ErrorIs(t, err, c.want)
		})
	}
	require.Zero(t, f.nagon(held()))
}

// An operator's key lies on a server: it moves the balance into channels and back, and nowhere else.
func TestOperatorsNeverWithdraw(t *testing.T) {
	f := setup(t, nil)
	hot, owner := payer(1), payer(0)
	f.put(0, 10*agon)
	opened := f.opening(0, 0, 4*agon)
	opened.Signer = hot.String()
	_, err := do(f, open, opened)
	require.ErrorIs(t, err, types.ErrNotOperator)
	must(f, operators, &types.MsgSetOperators{Owner: owner.String(), Operators: []string{hot.String()}})
	id := must(f, open, opened).Id
	must(f, topUp, &types.MsgTopUp{Signer: hot.String(), Channel: id, Amount: agon, Blocks: 200})

	// It has no account of its own to withdraw from, and no message of its names another recipient.
	_, err = do(f, withdraw, &types.MsgWithdraw{Owner: hot.String()})
	require.ErrorIs(t, err, types.ErrInsufficientBalance)
	must(f, request, &types.MsgRequestWithdrawal{Signer: hot.String(), Channel: id})
	f.To(f.get(id).ClosingAt)
	before := f.nagon(hot)
	res := must(f, finish, &types.MsgFinishWithdrawal{Signer: hot.String(), Channel: id})
	require.Equal(t, 5*agon, res.Returned)
	require.Equal(t, before, f.nagon(hot))
	require.Equal(t, 10*agon, f.account(0).Balance)

	// Nor does it name others, and once it is gone it does nothing.
	must(f, operators, &types.MsgSetOperators{Owner: owner.String()})
	_, err = do(f, open, opened)
	require.ErrorIs(t, err, types.ErrNotOperator)
	other := f.channel(0, 1, agon)
	for title, err := range map[string]error{
		"top-up":  second(do(f, topUp, &types.MsgTopUp{Signer: hot.String(), Channel: other, Amount: 1})),
		"request": second(do(f, request, &types.MsgRequestWithdrawal{Signer: hot.String(), Channel: other})),
		"finish":  second(do(f, finish, &types.MsgFinishWithdrawal{Signer: hot.String(), Channel: other})),
	} {
		require.ErrorIs(t, err, types.ErrNotOperator, title)
	}
}

func second[T any](_ T, err error) error { return err }

func TestOperatorsRefusals(t *testing.T) {
	f := setup(t, nil)
	owner := payer(0).String()
	var nine []string
	for n := range types.MaxOperators + 1 {
		nine = append(nine, markettest.Account("operator", n).String())
	}
	for title, c := range map[string]struct {
		list []string
		want error
	}{
		"nine":      {nine, types.ErrInvalidAccount},
		"twice":     {[]string{nine[0], nine[0]}, types.ErrInvalidAccount},
		"the-owner": {[]string{owner}, types.ErrInvalidAccount},
		"nobody":    {[]string{"x"}, subnettypes.ErrInvalidAddress},
	} {
		_, err := do(f, operators, &types.MsgSetOperators{Owner: owner, Operators: c.list})
		require.ErrorIs(t, err, c.want, title)
	}
	must(f, operators, &types.MsgSetOperators{Owner: owner, Operators: nine[:types.MaxOperators]})
	require.True(t, slices.IsSorted(f.account(0).Operators))
	require.Len(t, events[*types.EventOperatorsSet](f), 1)
	f.Next()
}

// What arrives beside the module's books would be nobody's: its account takes no transfers, which is the application's business, and the
// invariant sees it.
func TestMoneyBesideTheBooksIsSeen(t *testing.T) {
	f := setup(t, nil)
	f.channel(0, 0, agon)
	require.NoError(t, f.Tx(func(ctx sdk.Context) error {
		for _, i := range f.Payment.Invariants() {
			require.NoError(t, i.Check(ctx), i.Name)
		}
		return nil
	}))
	branch, _ := f.Ctx.CacheContext()
	require.NoError(t, f.Bank.SendCoins(branch, payer(1), held(), sdk.NewCoins(sdk.NewInt64Coin("nagon", 1))))
	require.ErrorIs(t, f.Payment.Invariants()[0].Check(branch), types.ErrBroken)
}
