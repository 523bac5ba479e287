package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// IdentityOf returns what an account published of itself. Errors: ErrIdentityNotFound.
func (k *Keeper) IdentityOf(ctx context.Context, address sdk.AccAddress) (types.Identity, error) {
	id, err := k.identities.Get(ctx, address)
	if err != nil {
		return types.Identity{}, missing(err, types.ErrIdentityNotFound, "%s published none; it can with agond identity set", address)
	}
	return id, nil
}

// setIdentity publishes what people see of an account.
func (k *Keeper) setIdentity(ctx context.Context, m *types.MsgSetIdentity) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	address, err := types.ParseAddress("address", m.Address)
	if err != nil {
		return err
	}
	if err := k.identities.Set(ctx, address, m.Published()); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventIdentitySet{Address: m.Address, Name: m.Name})
}

// updateSubnetIdentity changes what people see of a subnet.
func (k *Keeper) updateSubnetIdentity(ctx context.Context, m *types.MsgUpdateSubnetIdentity) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	s, err := k.ownSubnet(ctx, m.Netuid, m.Owner)
	if err != nil {
		return err
	}
	s.Identity = m.Identity
	if err := k.subnets.Set(ctx, s.Netuid, s); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventSubnetIdentityUpdated{Netuid: s.Netuid, Name: s.Identity.Name})
}
