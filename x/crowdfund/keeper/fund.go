package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/crowdfund/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// create opens a fund with its operator's deposit in it and returns its id.
func (k *Keeper) create(ctx context.Context, m *types.MsgCreateCrowdfund) (uint64, error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, err
	}
	operator, err := subnettypes.ParseAddress("operator", m.Operator)
	if err != nil {
		return 0, err
	}
	p, err := k.params.Get(ctx)
	if err != nil {
		return 0, err
	}
	if err := k.mayCollect(ctx, p, m); err != nil {
		return 0, err
	}
	open := uint32(0)
	err = k.open.Walk(ctx, collections.NewPrefixedPairRange[sdk.AccAddress, uint64](operator),
		func(collections.Pair[sdk.AccAddress, uint64]) (bool, error) {
			open++
			return open >= p.MaxOpenFunds, nil
		})
	if err != nil {
		return 0, err
	}
	if open >= p.MaxOpenFunds {
		return 0, errorsmod.Wrapf(types.ErrTooManyFunds, "%s has %d funds without a subnet, max_open_funds is %d; one that is cancelled or over leaves when all is withdrawn from it",
			m.Operator, open, p.MaxOpenFunds)
	}
	id, err := k.next.Get(ctx)
	if err != nil {
		return 0, err
	}
	if err := k.next.Set(ctx, id+1); err != nil {
		return 0, err
	}
	if err := k.bank.SendCoinsFromAccountToModule(ctx, operator, types.ModuleName, agon(m.Deposit)); err != nil {
		return 0, errorsmod.Wrapf(err, "deposit of fund %d", id)
	}
	if err := k.putFund(ctx, m.Fund(id, height(ctx))); err != nil {
		return 0, err
	}
	if err := k.putContribution(ctx, types.Contribution{FundId: id, Contributor: m.Operator, Amount: m.Deposit}); err != nil {
		return 0, err
	}
	return id, emit(ctx, &types.EventFundCreated{
		FundId: id, Operator: m.Operator, Name: m.Plan.Identity.Name, Goal: m.Goal, EndsAt: m.EndsAt, Deposit: m.Deposit,
	})
}

// mayCollect judges a fund by the bounds that governance sets. Errors: ErrInvalidFund, or those of the plan.
func (k *Keeper) mayCollect(ctx context.Context, p types.Params, m *types.MsgCreateCrowdfund) error {
	bounds, err := k.subnet.Params(ctx)
	if err != nil {
		return err
	}
	if h := m.Plan.Hyperparams; h != nil {
		if err := h.ValidateWithin(bounds); err != nil {
			return err
		}
	}
	now := height(ctx)
	switch last := now + int64(p.MaxFundBlocks); {
	case m.Goal < bounds.MinCreationCost:
		return errorsmod.Wrapf(types.ErrInvalidFund, "goal is %d nagon, want at least %d (min_creation_cost): no subnet ever costs less", m.Goal, bounds.MinCreationCost)
	case m.MinContribution < p.MinContribution:
		return errorsmod.Wrapf(types.ErrInvalidFund, "min_contribution is %d nagon, want at least %d", m.MinContribution, p.MinContribution)
	case m.Deposit < p.MinDeposit:
		return errorsmod.Wrapf(types.ErrInvalidFund, "deposit is %d nagon, want at least %d (min_deposit)", m.Deposit, p.MinDeposit)
	case m.EndsAt <= now || m.EndsAt > last:
		return errorsmod.Wrapf(types.ErrInvalidFund, "ends_at is %d, want %d to %d: this is block %d, and a fund collects for at most %d (max_fund_blocks)",
			m.EndsAt, now+1, last, now, p.MaxFundBlocks)
	case m.OperatorBps > p.MaxOperatorBps:
		return errorsmod.Wrapf(types.ErrInvalidFund, "operator_bps is %d, want at most %d (max_operator_bps)", m.OperatorBps, p.MaxOperatorBps)
	case m.LeaseBlocks != 0 && m.LeaseBlocks < p.MinLeaseBlocks:
		return errorsmod.Wrapf(types.ErrInvalidFund, "lease_blocks is %d, want 0 for ever or at least %d (min_lease_blocks)", m.LeaseBlocks, p.MinLeaseBlocks)
	}
	return nil
}

// cancel ends a fund that has no subnet; what is in it can only be withdrawn, the operator's deposit too.
func (k *Keeper) cancel(ctx context.Context, m *types.MsgCancelCrowdfund) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	f, err := k.GetFund(ctx, m.FundId)
	if err != nil {
		return err
	}
	if f.Operator != m.Operator {
		return errorsmod.Wrapf(types.ErrNotOperator, "fund %d is of %s, not of %s", f.Id, f.Operator, m.Operator)
	}
	if f.Outcome != nil {
		return errorsmod.Wrapf(types.ErrFinalized, "fund %d opened netuid %d", f.Id, f.Outcome.Netuid)
	}
	if f.Cancelled {
		return errorsmod.Wrapf(types.ErrNotCollecting, "fund %d is cancelled already", f.Id)
	}
	f.Cancelled = true
	if err := k.putFund(ctx, f); err != nil {
		return err
	}
	return emit(ctx, &types.EventFundCancelled{FundId: f.Id})
}
