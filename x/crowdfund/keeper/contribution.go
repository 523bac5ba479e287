package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/crowdfund/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// collecting refuses a fund that takes nothing any more. Errors: ErrNotCollecting, ErrFinalized.
func collecting(ctx context.Context, f types.Fund) error {
	switch f.Status(height(ctx)) {
	case types.FundStatus_FUND_STATUS_COLLECTING:
		return nil
	case types.FundStatus_FUND_STATUS_CANCELLED:
		return errorsmod.Wrapf(types.ErrNotCollecting, "fund %d is cancelled; contributions to it can be withdrawn", f.Id)
	case types.FundStatus_FUND_STATUS_EXPIRED:
		return errorsmod.Wrapf(types.ErrNotCollecting, "fund %d ended at block %d, this is block %d; contributions to it can be withdrawn", f.Id, f.EndsAt, height(ctx))
	}
	return errorsmod.Wrapf(types.ErrFinalized, "fund %d opened netuid %d; its shares can be transferred", f.Id, f.Outcome.Netuid)
}

// contribute pays into a fund as much as fits under its goal, so that nothing is ever raised that could not be used. It
// returns what was paid and what is raised now.
func (k *Keeper) contribute(ctx context.Context, m *types.MsgContribute) (paid, raised uint64, err error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, 0, err
	}
	contributor, err := subnettypes.ParseAddress("contributor", m.Contributor)
	if err != nil {
		return 0, 0, err
	}
	f, err := k.GetFund(ctx, m.FundId)
	if err != nil {
		return 0, 0, err
	}
	if err := collecting(ctx, f); err != nil {
		return 0, 0, err
	}
	room := f.Room()
	if room == 0 {
		return 0, 0, errorsmod.Wrapf(types.ErrFundFull, "fund %d has raised %d nagon; it can be finalized once a subnet costs no more", f.Id, f.Raised)
	}
	if least := min(f.MinContribution, room); m.Amount < least {
		return 0, 0, errorsmod.Wrapf(types.ErrInvalidContribution, "amount is %d nagon, fund %d takes at least %d", m.Amount, f.Id, least)
	}
	paid = min(m.Amount, room)
	c, found, err := k.contributionOrNew(ctx, f.Id, contributor)
	if err != nil {
		return 0, 0, err
	}
	if !found {
		f.Contributors++
	}
	c.Amount += paid
	f.Raised += paid
	if err := k.bank.SendCoinsFromAccountToModule(ctx, contributor, types.ModuleName, agon(paid)); err != nil {
		return 0, 0, errorsmod.Wrapf(err, "contribution to fund %d", f.Id)
	}
	if err := k.putContribution(ctx, c); err != nil {
		return 0, 0, err
	}
	if err := k.putFund(ctx, f); err != nil {
		return 0, 0, err
	}
	return paid, f.Raised, emit(ctx, &types.EventContributed{FundId: f.Id, Contributor: m.Contributor, Amount: paid, Raised: f.Raised})
}

// withdraw gives a contribution back, whole or in part, before the subnet is open. Who leaves a fund last takes it along. It returns
// what was given back and what is left.
func (k *Keeper) withdraw(ctx context.Context, m *types.MsgWithdrawContribution) (back, left uint64, err error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, 0, err
	}
	contributor, err := subnettypes.ParseAddress("contributor", m.Contributor)
	if err != nil {
		return 0, 0, err
	}
	f, err := k.GetFund(ctx, m.FundId)
	if err != nil {
		return 0, 0, err
	}
	if f.Outcome != nil {
		return 0, 0, errorsmod.Wrapf(types.ErrFinalized, "fund %d opened netuid %d; claim what your shares are due", f.Id, f.Outcome.Netuid)
	}
	c, err := k.contribution(ctx, f.Id, contributor)
	if err != nil {
		return 0, 0, err
	}
	back = m.Amount
	if back == 0 {
		back = c.Amount
	}
	if back > c.Amount {
		return 0, 0, errorsmod.Wrapf(types.ErrInvalidContribution, "amount is %d nagon, %s has %d in fund %d", back, m.Contributor, c.Amount, f.Id)
	}
	left = c.Amount - back
	if open := f.Status(height(ctx)) == types.FundStatus_FUND_STATUS_COLLECTING; open && m.Contributor == f.Operator && left < f.Deposit {
		return 0, 0, errorsmod.Wrapf(types.ErrDeposit, "amount is %d nagon of %d, %d stay in fund %d while it collects; cancel it first", back, c.Amount, f.Deposit, f.Id)
	}
	if left > 0 && left < f.MinContribution {
		return 0, 0, errorsmod.Wrapf(types.ErrInvalidContribution, "amount is %d nagon of %d, want all or to leave at least %d (min_contribution)", back, c.Amount, f.MinContribution)
	}
	c.Amount = left
	f.Raised -= back
	if left == 0 {
		f.Contributors--
	}
	if err := k.bank.SendCoinsFromModuleToAccount(ctx, types.ModuleName, contributor, agon(back)); err != nil {
		return 0, 0, err
	}
	if err := k.putContribution(ctx, c); err != nil {
		return 0, 0, err
	}
	if err := emit(ctx, &types.EventContributionWithdrawn{FundId: f.Id, Contributor: m.Contributor, Amount: back, Raised: f.Raised}); err != nil {
		return 0, 0, err
	}
	if f.Contributors > 0 {
		return back, left, k.putFund(ctx, f)
	}
	// While a fund collects its operator's deposit is in it, so this one has ended.
	if err := k.removeFund(ctx, f); err != nil {
		return 0, 0, err
	}
	return back, left, emit(ctx, &types.EventFundRemoved{FundId: f.Id})
}
