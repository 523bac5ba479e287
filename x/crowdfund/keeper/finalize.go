package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/crowdfund/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// finalize opens the subnet of a fund that can pay what it costs now. Every contribution becomes as many shares and paid the same
// part of the cost; what was raised above it is given back as contributors come for it.
func (k *Keeper) finalize(ctx context.Context, m *types.MsgFinalize) (types.Outcome, error) {
	if err := m.ValidateBasic(); err != nil {
		return types.Outcome{}, err
	}
	f, err := k.GetFund(ctx, m.FundId)
	if err != nil {
		return types.Outcome{}, err
	}
	if err := collecting(ctx, f); err != nil {
		return types.Outcome{}, err
	}
	cost, err := k.subnet.CreationCost(ctx)
	if err != nil {
		return types.Outcome{}, err
	}
	if f.Raised < cost {
		return types.Outcome{}, errorsmod.Wrapf(types.ErrNotEnough, "fund %d has raised %d nagon of at most %d, a subnet costs %d nagon now; the cost falls until somebody opens one",
			f.Id, f.Raised, f.Goal, cost)
	}
	now := height(ctx)
	o := types.Outcome{OpenedAt: now, Unsettled: f.Raised}
	if f.LeaseBlocks > 0 {
		o.LeaseUntil = now + int64(f.LeaseBlocks)
	}
	lease := subnettypes.Lease{Payee: f.Account, OwnerBps: f.OperatorBps, Until: o.LeaseUntil}
	if o.Netuid, o.Cost, err = k.subnet.CreateLeased(ctx, f.Plan.Message(f.Operator, f.Raised), escrow(), lease); err != nil {
		return types.Outcome{}, errorsmod.Wrapf(err, "fund %d", f.Id)
	}
	o.Surplus = f.Raised - o.Cost
	f.Outcome = &o
	if err := k.putFund(ctx, f); err != nil {
		return types.Outcome{}, err
	}
	return o, emit(ctx, &types.EventFundFinalized{FundId: f.Id, Netuid: o.Netuid, Cost: o.Cost, Surplus: o.Surplus, LeaseUntil: o.LeaseUntil})
}
