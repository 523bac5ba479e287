package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/crowdfund/types"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// GetFund returns a fund. Errors: ErrFundNotFound.
func (k *Keeper) GetFund(ctx context.Context, id uint64) (types.Fund, error) {
	f, err := k.funds.Get(ctx, id)
	if err != nil {
		return f, missing(err, types.ErrFundNotFound, "fund %d; list them with agond query crowdfund funds", id)
	}
	return f, nil
}

// finalized returns a fund whose subnet is open. Errors: ErrFundNotFound, ErrNotFinalized.
func (k *Keeper) finalized(ctx context.Context, id uint64) (types.Fund, error) {
	f, err := k.GetFund(ctx, id)
	if err != nil {
		return f, err
	}
	if f.Outcome == nil {
		return f, errorsmod.Wrapf(types.ErrNotFinalized, "fund %d; contributions to it can be withdrawn", id)
	}
	return f, nil
}

// contribution returns what an account has in a fund. Errors: ErrContributionNotFound.
func (k *Keeper) contribution(ctx context.Context, id uint64, contributor sdk.AccAddress) (types.Contribution, error) {
	c, err := k.contributions.Get(ctx, collections.Join(id, contributor))
	if err != nil {
		return c, missing(err, types.ErrContributionNotFound, "%s has nothing in fund %d", contributor, id)
	}
	return c, nil
}

// contributionOrNew is contribution, or an empty one.
func (k *Keeper) contributionOrNew(ctx context.Context, id uint64, contributor sdk.AccAddress) (types.Contribution, bool, error) {
	c, err := k.contributions.Get(ctx, collections.Join(id, contributor))
	if errors.Is(err, collections.ErrNotFound) {
		return types.Contribution{FundId: id, Contributor: contributor.String()}, false, nil
	}
	return c, err == nil, err
}

// putContribution writes a contribution and its place in the index, or removes both where nothing is left.
func (k *Keeper) putContribution(ctx context.Context, c types.Contribution) error {
	contributor, err := subnettypes.ParseAddress("contributor", c.Contributor)
	if err != nil {
		return err
	}
	if c.Amount == 0 {
		if err := k.contributions.Remove(ctx, collections.Join(c.FundId, contributor)); err != nil {
			return err
		}
		return k.byContributor.Remove(ctx, collections.Join(contributor, c.FundId))
	}
	if err := k.contributions.Set(ctx, collections.Join(c.FundId, contributor), c); err != nil {
		return err
	}
	return k.byContributor.Set(ctx, collections.Join(contributor, c.FundId))
}

// putFund writes a fund and says whether it is among its operator's open ones.
func (k *Keeper) putFund(ctx context.Context, f types.Fund) error {
	if err := k.funds.Set(ctx, f.Id, f); err != nil {
		return err
	}
	return k.setOpen(ctx, f, f.Outcome == nil)
}

// removeFund forgets a fund that is empty.
func (k *Keeper) removeFund(ctx context.Context, f types.Fund) error {
	if err := k.funds.Remove(ctx, f.Id); err != nil {
		return err
	}
	return k.setOpen(ctx, f, false)
}

func (k *Keeper) setOpen(ctx context.Context, f types.Fund, open bool) error {
	operator, err := subnettypes.ParseAddress("operator", f.Operator)
	if err != nil {
		return err
	}
	key := collections.Join(operator, f.Id)
	if open {
		return k.open.Set(ctx, key)
	}
	return k.open.Remove(ctx, key)
}

func agon(nagon uint64) sdk.Coins { return sdk.NewCoins(staketypes.Agon(nagon)) }

func emit(ctx context.Context, events ...interface {
	Reset()
	String() string
	ProtoMessage()
},
) error {
	for _, e := range events {
		if err := sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(e); err != nil {
			return err
		}
	}
	return nil
}
