package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// A lease is made with its subnet and by other modules alone: no message of an owner reaches it.

// CreateLeased opens a subnet that payer pays for and whose owner cut is shared as lease says. It returns the netuid and what
// was paid. Errors: those of a creation, and ErrInvalidLease.
func (k *Keeper) CreateLeased(ctx context.Context, m *types.MsgCreateSubnet, payer sdk.AccAddress, lease types.Lease) (netuid uint32, cost uint64, err error) {
	if err := lease.Validate(); err != nil {
		return 0, 0, err
	}
	if now := height(ctx); lease.Until != 0 && lease.Until <= now {
		return 0, 0, errorsmod.Wrapf(types.ErrInvalidLease, "lease.until is %d, want a height after this block, %d", lease.Until, now)
	}
	if netuid, cost, err = k.openSubnet(ctx, m, payer, &lease); err != nil {
		return 0, 0, err
	}
	return netuid, cost, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventLeaseBegun{Netuid: netuid, Lease: lease})
}

// EndLease gives all of a subnet's owner cut to its owner from now on. Errors: ErrSubnetNotFound, ErrInvalidLease where none runs.
func (k *Keeper) EndLease(ctx context.Context, netuid uint32) error {
	s, err := k.GetSubnet(ctx, netuid)
	if err != nil {
		return err
	}
	lease, runs := s.LeaseAt(height(ctx))
	if !runs {
		return errorsmod.Wrapf(types.ErrInvalidLease, "netuid %d: no lease runs at block %d", netuid, height(ctx))
	}
	s.Lease = nil
	if err := k.subnets.Set(ctx, netuid, s); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventLeaseEnded{Netuid: netuid, Payee: lease.Payee})
}
