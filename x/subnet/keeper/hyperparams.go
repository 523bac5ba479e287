package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// ownSubnet returns a subnet to its owner. Errors: ErrSubnetNotFound, ErrNotOwner.
func (k *Keeper) ownSubnet(ctx context.Context, netuid uint32, owner string) (types.Subnet, error) {
	s, err := k.GetSubnet(ctx, netuid)
	if err != nil {
		return types.Subnet{}, err
	}
	if s.Owner != owner {
		return types.Subnet{}, errorsmod.Wrapf(types.ErrNotOwner, "netuid %d belongs to %s, not to %s", netuid, s.Owner, owner)
	}
	return s, nil
}

// updateHyperparams replaces a subnet's rules. The price of registration goes on from where it is, so that
// a change of its half-life does not rewrite the past.
func (k *Keeper) updateHyperparams(ctx context.Context, m *types.MsgUpdateHyperparams) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	s, err := k.ownSubnet(ctx, m.Netuid, m.Owner)
	if err != nil {
		return err
	}
	p, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	h := m.Hyperparams
	if err := h.ValidateWithin(p); err != nil {
		return err
	}
	if h.MaxNeurons < s.NeuronCount {
		return errorsmod.Wrapf(types.ErrInvalidHyperparams, "max_neurons is %d, want at least %d (neuron_count): uids are never taken away", h.MaxNeurons, s.NeuronCount)
	}
	price, count := registrationPrice(ctx, s), registrationsNow(ctx, s)
	s.RegistrationPrice = min(max(price, h.MinRegistrationPrice), h.MaxRegistrationPrice)
	s.RegistrationBlock, s.RegistrationsThisBlock = height(ctx), count
	s.Hyperparams = h
	if err := k.subnets.Set(ctx, s.Netuid, s); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventHyperparamsUpdated{Netuid: s.Netuid, Hyperparams: h})
}

// updateTaskParams replaces what a subnet's task is told.
func (k *Keeper) updateTaskParams(ctx context.Context, m *types.MsgUpdateTaskParams) error {
	if err := m.ValidateBasic(); err != nil {
		return err
	}
	s, err := k.ownSubnet(ctx, m.Netuid, m.Owner)
	if err != nil {
		return err
	}
	s.TaskParams = m.TaskParams
	if err := k.subnets.Set(ctx, s.Netuid, s); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventTaskParamsUpdated{Netuid: s.Netuid, TaskParams: s.TaskParams})
}
