package simulation

import (
	"context"
	"slices"
	"strings"

	"github.com/agon-chain/agon/internal/chance"
	"github.com/agon-chain/agon/x/crowdfund/keeper"
	"github.com/agon-chain/agon/x/crowdfund/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
)

type maker struct {
	k      *keeper.Keeper
	subnet *subnetkeeper.Keeper
}

// Messages are the module's messages, made from the state behind the keepers.
func Messages(k *keeper.Keeper, subnet *subnetkeeper.Keeper) []chance.Message {
	m := maker{k: k, subnet: subnet}
	return []chance.Message{
		chance.Of(6, m.createCrowdfund),
		chance.Of(20, m.contribute),
		chance.Of(6, m.withdrawContribution),
		chance.Of(8, m.finalize),
		chance.Of(1, m.cancelCrowdfund),
		chance.Of(8, m.claim),
		chance.Of(5, m.transferShares),
		chance.Of(2, m.endLease),
		chance.Of(2, m.updateParams),
	}
}

// Params are parameters within their bounds.
func Params(d *chance.Dice) types.Params {
	p := types.DefaultParams()
	p.MaxOpenFunds = uint32(d.Between(1, 4))
	p.MinDeposit = types.MinAmountBound * d.Between(1, 100)
	p.MinContribution = types.MinAmountBound * d.Between(1, 20)
	p.MaxFundBlocks = d.Between(20, 200)
	p.MinLeaseBlocks = d.Between(1, 50)
	p.MaxOperatorBps = uint32(d.Between(0, 10_000))
	return p
}

// fund is one of those there are, now and then none.
func (m maker) fund(w *chance.World) types.Fund {
	res, err := keeper.NewQueryServer(m.k).Funds(w.Ctx, &types.QueryFundsRequest{})
	if err != nil || len(res.Funds) == 0 || w.OneIn(30) {
		return types.Fund{Id: w.Edge(), Operator: w.Actor().String()}
	}
	return chance.Pick(w.Dice, res.Funds).Fund
}

// opened is a fund that has its subnet, if there is one, and now and then any.
func (m maker) opened(w *chance.World) types.Fund {
	res, err := keeper.NewQueryServer(m.k).Funds(w.Ctx, &types.QueryFundsRequest{})
	if err != nil || w.OneIn(8) {
		return m.fund(w)
	}
	open := slices.DeleteFunc(res.Funds, func(f types.FundInfo) bool { return f.Fund.Outcome == nil })
	if len(open) == 0 {
		return m.fund(w)
	}
	return chance.Pick(w.Dice, open).Fund
}

// holder is who paid into a fund, now and then another, and how much he paid.
func (m maker) holder(w *chance.World, fund uint64) (who string, amount uint64) {
	res, err := keeper.NewQueryServer(m.k).Contributions(w.Ctx, &types.QueryContributionsRequest{FundId: fund})
	if err != nil || len(res.Contributions) == 0 || w.OneIn(20) {
		return w.Actor().String(), w.Size(1_000_000_000)
	}
	c := chance.Pick(w.Dice, res.Contributions).Contribution
	return c.Contributor, c.Amount
}

func (m maker) params(ctx context.Context) types.Params {
	res, err := keeper.NewQueryServer(m.k).Params(ctx, &types.QueryParamsRequest{})
	if err != nil {
		return types.DefaultParams()
	}
	return res.Params
}

func (m maker) createCrowdfund(w *chance.World) *types.MsgCreateCrowdfund {
	cost, err := m.subnet.CreationCost(w.Ctx)
	if err != nil {
		return nil
	}
	p := m.params(w.Ctx)
	name := w.Letters(12)
	out := &types.MsgCreateCrowdfund{
		Operator: w.Actor().String(), Goal: cost + w.Amount(cost), MinContribution: p.MinContribution, EndsAt: w.Height() + int64(w.Between(1, p.MaxFundBlocks+1)),
		OperatorBps: uint32(w.Between(0, uint64(p.MaxOperatorBps))), LeaseBlocks: chance.Pick(w.Dice, []uint64{0, p.MinLeaseBlocks, p.MinLeaseBlocks - 1, 50}),
		Deposit: p.MinDeposit + w.Amount(p.MinDeposit),
	}
	out.Plan.Identity.Name, out.Plan.Symbol, out.Plan.TaskKind = name, strings.ToUpper(w.Letters(6)), w.Letters(10)
	if w.OneIn(12) {
		out.Goal = w.Edge()
	}
	return out
}

func (m maker) contribute(w *chance.World) *types.MsgContribute {
	f := m.fund(w)
	out := &types.MsgContribute{Contributor: w.Actor().String(), FundId: f.Id, Amount: w.Amount(f.Goal)}
	if f.Goal > f.Raised && w.OneIn(2) {
		out.Amount = f.Goal - f.Raised // most funds would never be full
	}
	return out
}

func (m maker) withdrawContribution(w *chance.World) *types.MsgWithdrawContribution {
	f := m.fund(w)
	who, amount := m.holder(w, f.Id)
	return &types.MsgWithdrawContribution{Contributor: who, FundId: f.Id, Amount: w.Amount(amount)}
}

func (m maker) finalize(w *chance.World) *types.MsgFinalize {
	return &types.MsgFinalize{Sender: w.Actor().String(), FundId: m.fund(w).Id}
}

func (m maker) cancelCrowdfund(w *chance.World) *types.MsgCancelCrowdfund {
	f := m.fund(w)
	return &types.MsgCancelCrowdfund{Operator: f.Operator, FundId: f.Id}
}

func (m maker) claim(w *chance.World) *types.MsgClaim {
	f := m.opened(w)
	who, _ := m.holder(w, f.Id)
	return &types.MsgClaim{Holder: who, FundId: f.Id}
}

func (m maker) transferShares(w *chance.World) *types.MsgTransferShares {
	f := m.opened(w)
	who, amount := m.holder(w, f.Id)
	out := &types.MsgTransferShares{Holder: who, FundId: f.Id, Recipient: w.Actor().String(), Shares: w.Amount(amount)}
	if w.OneIn(2) { // the operator gathers them
		out.Recipient, out.Shares = f.Operator, amount
	}
	return out
}

func (m maker) endLease(w *chance.World) *types.MsgEndLease {
	f := m.opened(w)
	return &types.MsgEndLease{Owner: f.Operator, FundId: f.Id}
}

func (m maker) updateParams(w *chance.World) *types.MsgUpdateParams {
	out := &types.MsgUpdateParams{Authority: w.Authority, Params: Params(w.Dice)}
	if w.OneIn(8) {
		out.Params.MinDeposit = w.Edge()
	}
	if w.OneIn(8) {
		out.Authority = w.Actor().String()
	}
	return out
}
