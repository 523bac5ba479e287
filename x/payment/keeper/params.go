package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	"github.com/agon-chain/agon/x/payment/types"
)

// updateParams replaces the module's parameters. Channels keep the terms with which they were opened.
func (k *Keeper) updateParams(ctx context.Context, m *types.MsgUpdateParams) error {
	if m.Authority != k.authority {
		return errorsmod.Wrapf(govtypes.ErrInvalidSigner, "authority is %s, want %s", m.Authority, k.authority)
	}
	if err := m.Params.Validate(); err != nil {
		return err
	}
	if err := k.params.Set(ctx, m.Params); err != nil {
		return err
	}
	return emit(ctx, &types.EventParamsUpdated{Params: m.Params})
}
