package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// startSubnet begins a subnet's epochs and emission. Until then it takes registrations, stake and trades, so that its owner has
// time to set rules and to find miners, and everybody to see it coming, before anything is paid.
func (k *Keeper) startSubnet(ctx context.Context, m *types.MsgStartSubnet) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	s, err := k.ownSubnet(ctx, m.Netuid, m.Owner)
	if err != nil {
		return err
	}
	if s.StartedAt > 0 {
		return errorsmod.Wrapf(types.ErrAlreadyStarted, "netuid %d has run since block %d", s.Netuid, s.StartedAt)
	}
	p, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	now := height(ctx)
	if free := s.CreatedAt + int64(p.StartDelay); now < free {
		return errorsmod.Wrapf(types.ErrStartTooSoon, "netuid %d was created at block %d, start_delay is %d blocks; start it from block %d", s.Netuid, s.CreatedAt, p.StartDelay, free)
	}
	s.StartedAt = now
	if err := k.subnets.Set(ctx, s.Netuid, s); err != nil {
		return err
	}
	if err := k.standings.Set(ctx, s.Netuid, types.Standing{Netuid: s.Netuid, Since: s.Since()}); err != nil {
		return err
	}
	if err := k.hear().AfterSubnetStarted(ctx, s.Netuid); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventSubnetStarted{Netuid: s.Netuid, Owner: s.Owner})
}
