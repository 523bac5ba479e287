package keeper_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/internal/chance"
	"github.com/agon-chain/agon/x/payment/simulation"
	"github.com/agon-chain/agon/x/payment/types"
)

// Whatever is sent in whatever order, across hours, with verdicts between: the account holds what it owes to the unit, no coin comes or
// goes, claims only grow, no channel pays more than its deposit, and no payer's account shrinks but by the payer's or his operators' own messages.
func TestRandomInterleavings(t *testing.T) {
	refunds := 0
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed-", seed), func(t *testing.T) { refunds += interleave(t, seed) })
	}
	require.NotZero(t, refunds, "no refund was ever taken")
}

// interleave returns how many refunds were taken.
func interleave(t *testing.T, seed uint64) (refunds int) {
	d := chance.New(seed)
	f := setup(t, func(p *types.Params) {
		*p = simulation.Params(d)
		p.MinDeposit, p.RefundPeriod, p.MaxChannels = 1, 900, 20
	})
	f.publish(0, "one")
	f.bind(3, "one")
	supply := f.Bank.GetSupply(f.Ctx, "nagon")
	f.Fund(court(), nagons(50*agon))
	supply = supply.Add(nagons(50 * agon))
	var actors []sdk.AccAddress
	for n := range 5 {
		actors = append(actors, payer(n), markettest.Hotkey(n))
	}
	all := simulation.Messages(f.Payment, f.Subnet)
	claimed, taken, cases := map[uint64]uint64{}, 0, uint64(0)
	for step := range 500 {
		if d.OneIn(10) {
			f.At(f.Ctx.BlockHeight() + 1 + int64(d.Below(120)))
			require.NoError(t, f.Payment.BeginBlock(f.Ctx))
		}
		if d.OneIn(60) {
			cases++
			require.NoError(t, f.Tx(func(ctx sdk.Context) error {
				return f.Payment.FundRefunds(ctx, cases, f.netuid, markettest.Hotkey(d.Intn(5)), f.Ctx.BlockHeight()-int64(d.Below(40)), 1+d.Below(agon), court())
			}))
		}
		msg := chance.Draw(d, all).Make(&chance.World{Dice: d, Ctx: f.Ctx, Actors: actors, Authority: f.Authority})
		if msg == nil {
			continue
		}
		before := f.balances()
		if err := f.deliver(msg); err != nil {
			require.NotErrorIs(t, err, types.ErrBroken)
			require.Equal(t, before, f.balances(), "what is refused changes nothing")
			continue
		}
		taken++
		if _, ok := msg.(*types.MsgClaimRefund); ok {
			refunds++
		}
		f.mayShrink(msg, before)
		gs, err := f.Payment.ExportGenesis(f.Ctx)
		require.NoError(t, err)
		for _, c := range gs.Channels {
			require.GreaterOrEqual(t, c.Claimed, claimed[c.Id])
			require.LessOrEqual(t, c.Claimed, c.Deposit)
			claimed[c.Id] = c.Claimed
		}
		if step%10 == 0 {
			for _, i := range f.Payment.Invariants() {
				require.NoError(t, i.Check(f.Ctx), i.Name)
			}
			require.Equal(t, supply, f.Bank.GetSupply(f.Ctx, "nagon"))
		}
	}
	require.Greater(t, taken, 100, "hardly anything was taken")
	require.Greater(t, len(claimed), 5)
	return refunds
}

// balances are those of all accounts, by owner.
func (f *fixture) balances() map[string]uint64 {
	gs, err := f.Payment.ExportGenesis(f.Ctx)
	require.NoError(f.t, err)
	out := map[string]uint64{}
	for _, a := range gs.Accounts {
		out[a.Owner] = a.Balance
	}
	return out
}

// mayShrink: only what an owner or his operator sends takes anything out of an account.
func (f *fixture) mayShrink(msg sdk.Msg, before map[string]uint64) {
	f.t.Helper()
	var spender string
	switch m := msg.(type) {
	case *types.MsgWithdraw:
		spender = m.Owner
	case *types.MsgOpenChannel:
		spender = m.Owner
	case *types.MsgTopUp:
		spender = f.get(m.Channel).Owner
	}
	after := f.balances()
	for owner, was := range before {
		if owner != spender {
			require.GreaterOrEqual(f.t, after[owner], was, "%T", msg)
		}
	}
}

// deliver runs a message as a transaction does.
func (f *fixture) deliver(msg sdk.Msg) error {
	switch m := msg.(type) {
	case *types.MsgDeposit:
		return second(do(f, deposit, m))
	case *types.MsgWithdraw:
		return second(do(f, withdraw, m))
	case *types.MsgSetOperators:
		return second(do(f, operators, m))
	case *types.MsgOpenChannel:
		return second(do(f, open, m))
	case *types.MsgTopUp:
		return second(do(f, topUp, m))
	case *types.MsgRequestWithdrawal:
		return second(do(f, request, m))
	case *types.MsgFinishWithdrawal:
		return second(do(f, finish, m))
	case *types.MsgClaim:
		return second(do(f, claim, m))
	case *types.MsgCloseChannel:
		return second(do(f, closing, m))
	case *types.MsgSweep:
		return second(do(f, sweep, m))
	case *types.MsgSetPrice:
		return second(do(f, setPrice, m))
	case *types.MsgClaimRefund:
		return second(do(f, refund, m))
	}
	return nil // parameters stay
}
