package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/crowdfund/types"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// balance is the subnet's token in a fund's account. What somebody sent and locked there counts from when it can be paid on.
func (k *Keeper) balance(ctx context.Context, f types.Fund) (uint64, error) {
	held := k.bank.SpendableCoin(ctx, types.FundAccount(f.Id), staketypes.AlphaDenom(f.Outcome.Netuid)).Amount
	if !held.IsUint64() {
		return 0, errorsmod.Wrapf(types.ErrBroken, "account of fund %d holds %s", f.Id, held)
	}
	return held.Uint64(), nil
}

// takeUp counts what has come into a fund's account for its shares, whoever sent it. It is done before anything is paid and before
// shares change hands; nothing else is needed, so an epoch pays a fund as it pays any account.
func (k *Keeper) takeUp(ctx context.Context, f *types.Fund) error {
	balance, err := k.balance(ctx, *f)
	if err != nil {
		return err
	}
	income, err := f.Outcome.Share(balance, f.Raised)
	if err != nil || income == 0 {
		return err
	}
	return emit(ctx, &types.EventIncomeShared{FundId: f.Id, Alpha: income})
}

// settle pays a holder its part of the surplus, once, and the token that its shares are due. Neither is stored yet.
func (k *Keeper) settle(ctx context.Context, f *types.Fund, c *types.Contribution) (alpha, refund uint64, err error) {
	holder, err := subnettypes.ParseAddress("holder", c.Contributor)
	if err != nil {
		return 0, 0, err
	}
	o := f.Outcome
	if refund, err = o.Refund(*c); err != nil {
		return 0, 0, err
	}
	if !c.Settled {
		o.Surplus -= refund
		o.Unsettled -= c.Amount
		c.Settled = true
	}
	if refund > 0 {
		if err := k.bank.SendCoinsFromModuleToAccount(ctx, types.ModuleName, holder, agon(refund)); err != nil {
			return 0, 0, err
		}
	}
	if alpha, err = o.Due(*c); err != nil {
		return 0, 0, err
	}
	if alpha > 0 {
		if err := k.bank.SendCoins(ctx, types.FundAccount(f.Id), holder, sdk.NewCoins(staketypes.Alpha(o.Netuid, alpha))); err != nil {
			return 0, 0, err
		}
		c.Claimed += alpha
		o.Held -= alpha
	}
	if alpha == 0 && refund == 0 {
		return 0, 0, nil
	}
	return alpha, refund, emit(ctx, &types.EventClaimed{FundId: f.Id, Holder: c.Contributor, Alpha: alpha, Refund: refund})
}

// claim pays what the signer's shares are due, also after the lease and where the subnet is gone.
func (k *Keeper) claim(ctx context.Context, m *types.MsgClaim) (alpha, refund uint64, err error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, 0, err
	}
	holder, err := subnettypes.ParseAddress("holder", m.Holder)
	if err != nil {
		return 0, 0, err
	}
	f, err := k.finalized(ctx, m.FundId)
	if err != nil {
		return 0, 0, err
	}
	c, err := k.contribution(ctx, f.Id, holder)
	if err != nil {
		return 0, 0, err
	}
	if err := k.takeUp(ctx, &f); err != nil {
		return 0, 0, err
	}
	if alpha, refund, err = k.settle(ctx, &f, &c); err != nil {
		return 0, 0, err
	}
	if alpha == 0 && refund == 0 {
		return 0, 0, errorsmod.Wrapf(types.ErrNothingDue, "%s has %d of %d shares of fund %d; epochs of netuid %d pay more", m.Holder, c.Amount, f.Raised, f.Id, f.Outcome.Netuid)
	}
	if err := k.putContribution(ctx, c); err != nil {
		return 0, 0, err
	}
	return alpha, refund, k.putFund(ctx, f)
}
