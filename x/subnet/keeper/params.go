package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// updateParams replaces the module's parameters. Subnets keep their hyperparameters, also where they are now out of
// bounds: the bounds hold from their next change. The cost of a subnet goes on from where it is.
func (k *Keeper) updateParams(ctx context.Context, m *types.MsgUpdateParams) error {
	if m.Authority != k.authority {
		return errorsmod.Wrapf(govtypes.ErrInvalidSigner, "authority is %s, want %s", m.Authority, k.authority)
	}
	if err := m.Params.Validate(); err != nil {
		return err
	}
	old, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	c, err := k.creation.Get(ctx)
	if err != nil {
		return err
	}
	c = types.CreationCost{Cost: max(creationCost(ctx, old, c), m.Params.MinCreationCost), Block: height(ctx)}
	if err := k.creation.Set(ctx, c); err != nil {
		return err
	}
	if err := k.params.Set(ctx, m.Params); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventParamsUpdated{Params: m.Params})
}
