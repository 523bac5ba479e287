package keeper_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/crowdfund/keeper"
	"github.com/agon-chain/agon/x/crowdfund/types"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Whatever people do with a fund, to the unit: what was paid in is the subnet's cost, in the escrow or back with them, and what came
// into the fund's account is claimed or there. The invariants run after every step; refusals leave nothing behind.
func TestRandomFunds(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 28))
			m := markettest.New(t, markettest.Config{})
			msg := keeper.NewMsgServer(m.Crowdfund)
			const people = 6
			funded := 1000 * agon
			for n := range people {
				m.Fund(who(n), sdk.NewInt64Coin(params.BaseDenom, int64(funded)))
			}
			gs, err := m.Crowdfund.ExportGenesis(m.Ctx)
			require.NoError(t, err)
			gs.Params.MinLeaseBlocks = 1
			_, err = msg.UpdateParams(m.Ctx, &types.MsgUpdateParams{Authority: m.Authority, Params: gs.Params})
			require.NoError(t, err)
			_, err = msg.CreateCrowdfund(m.Ctx, &types.MsgCreateCrowdfund{
				Operator: who(0).String(), Plan: types.Plan{Identity: subnettypes.SubnetIdentity{Name: "Shared"}, Symbol: "SHARE", TaskKind: "langid"},
				Goal: 130 * agon, MinContribution: agon, EndsAt: 200, OperatorBps: 2500, LeaseBlocks: 50, Deposit: 7*agon + seed,
			})
			require.NoError(t, err)
			var income, claimed, cost uint64
			var netuid uint32
			for range 150 {
				a, b := who(r.IntN(people)), who(r.IntN(people))
				_ = m.Tx(func(ctx sdk.Context) error {
					var err error
					switch r.IntN(7) {
					case 0, 1:
						_, err = msg.Contribute(ctx, &types.MsgContribute{Contributor: a.String(), FundId: 1, Amount: agon + r.Uint64N(40*agon)})
					case 2:
						_, err = msg.WithdrawContribution(ctx, &types.MsgWithdrawContribution{Contributor: a.String(), FundId: 1, Amount: r.Uint64N(3) * r.Uint64N(10*agon)})
					case 3:
						var res *types.MsgFinalizeResponse
						if r.IntN(3) == 0 {
							if res, err = msg.Finalize(ctx, &types.MsgFinalize{Sender: b.String(), FundId: 1}); err == nil {
								netuid, cost = res.Netuid, res.Cost
							}
						}
					case 4:
						var res *types.MsgClaimResponse
						if res, err = msg.Claim(ctx, &types.MsgClaim{Holder: a.String(), FundId: 1}); err == nil {
							claimed += res.Alpha
						}
					case 5:
						_, err = msg.TransferShares(ctx, &types.MsgTransferShares{Holder: a.String(), FundId: 1, Recipient: b.String(), Shares: r.Uint64N(3) * r.Uint64N(5*agon)})
					case 6:
						if netuid != 0 {
							v := 1 + r.Uint64N(1<<r.UintN(40))
							income += v
							err = m.Stake.PayToken(ctx, netuid, types.FundAccount(1), v)
						}
					}
					return err
				})
				if r.IntN(4) == 0 {
					m.Next()
				}
				m.CheckInvariants()
				var nagon, alpha uint64
				for n := range people {
					nagon += m.Bank.GetBalance(m.Ctx, who(n), params.BaseDenom).Amount.Uint64()
					if netuid != 0 {
						alpha += m.Bank.GetBalance(m.Ctx, who(n), staketypes.AlphaDenom(netuid)).Amount.Uint64()
					}
				}
				var held uint64
				if netuid != 0 {
					held = m.Bank.GetBalance(m.Ctx, types.FundAccount(1), staketypes.AlphaDenom(netuid)).Amount.Uint64()
					require.Equal(t, income, alpha+held)
				}
				escrowed := m.Bank.GetBalance(m.Ctx, m.Accounts.GetModuleAddress(types.ModuleName), params.BaseDenom).Amount.Uint64()
				require.Equal(t, people*funded, nagon+escrowed+cost)
			}
			require.LessOrEqual(t, claimed, income)
			// Everyone settles: the escrow is empty to the unit, and what is left of the token is less than a unit for each change of shares.
			gs, err = m.Crowdfund.ExportGenesis(m.Ctx)
			require.NoError(t, err)
			if netuid != 0 {
				for _, c := range gs.Contributions {
					_, _ = msg.Claim(m.Ctx, &types.MsgClaim{Holder: c.Contributor, FundId: 1})
				}
				require.True(t, m.Bank.GetBalance(m.Ctx, m.Accounts.GetModuleAddress(types.ModuleName), params.BaseDenom).IsZero())
				require.Less(t, m.Bank.GetBalance(m.Ctx, types.FundAccount(1), staketypes.AlphaDenom(netuid)).Amount.Uint64(), uint64(400))
			}
			m.CheckInvariants()
			gs, err = m.Crowdfund.ExportGenesis(m.Ctx)
			require.NoError(t, err)
			require.NoError(t, gs.Validate())
		})
	}
}
