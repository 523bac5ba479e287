package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"
	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/model/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// GetModel returns a model. Errors: ErrModelNotFound.
func (k *Keeper) GetModel(ctx context.Context, name string) (types.Model, error) {
	m, err := k.models.Get(ctx, name)
	if err != nil {
		return m, missing(err, types.ErrModelNotFound, "%.*q; list them with agond model list", types.MaxName, name)
	}
	return m, nil
}

// own returns a model of an owner. Errors: ErrModelNotFound, ErrNotOwner.
func (k *Keeper) own(ctx context.Context, name, owner string) (types.Model, error) {
	m, err := k.GetModel(ctx, name)
	if err != nil {
		return m, err
	}
	if m.Owner != owner {
		return m, errorsmod.Wrapf(types.ErrNotOwner, "model %s belongs to %s, not to %s; sign with its owner", name, m.Owner, owner)
	}
	return m, nil
}

// burn takes a fee of an account out of the world. A fee and no deposit, because what it pays for is never deleted: there is no day on
// which it could be given back.
func (k *Keeper) burn(ctx context.Context, from string, nagon uint64, what string) error {
	payer, err := subnettypes.ParseAddress("owner", from)
	if err != nil {
		return err
	}
	coins := sdk.NewCoins(sdk.NewCoin(subnettypes.BaseDenom, sdkmath.NewIntFromUint64(nagon)))
	if err := k.bank.SendCoinsFromAccountToModule(ctx, payer, types.ModuleName, coins); err != nil {
		return errorsmod.Wrapf(err, "%s of %d nagon", what, nagon)
	}
	return k.bank.BurnCoins(ctx, types.ModuleName, coins)
}

// createModel takes a name for an owner.
func (k *Keeper) createModel(ctx context.Context, m *types.MsgCreateModel) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	has, err := k.models.Has(ctx, m.Name)
	if err != nil {
		return err
	}
	if has {
		return errorsmod.Wrapf(types.ErrNameTaken, "model %s; choose another name", m.Name)
	}
	p, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	if err := k.burn(ctx, m.Owner, p.ModelFee, "model_fee"); err != nil {
		return err
	}
	if err := k.models.Set(ctx, m.Name, types.Model{Name: m.Name, Owner: m.Owner, About: m.About, CreatedAt: height(ctx)}); err != nil {
		return err
	}
	return emit(ctx, &types.EventModelCreated{Name: m.Name, Owner: m.Owner, Burned: p.ModelFee})
}

// describeModel changes what a model's owner says about it.
func (k *Keeper) describeModel(ctx context.Context, m *types.MsgDescribeModel) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	model, err := k.own(ctx, m.Model, m.Owner)
	if err != nil {
		return err
	}
	model.About = m.About
	if err := k.models.Set(ctx, model.Name, model); err != nil {
		return err
	}
	return emit(ctx, &types.EventModelDescribed{Name: model.Name, About: model.About})
}
