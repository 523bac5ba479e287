package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// ownSubnet returns a subnet to its owner. Errors: ErrSubnetNotFound, ErrSubnetDissolved, ErrNotOwner.
func (k *Keeper) ownSubnet(ctx context.Context, netuid uint32, owner string) (types.Subnet, error) {
	s, err := k.LiveSubnet(ctx, netuid)
	if err != nil {
		return types.Subnet{}, err
	}
	if s.Owner != owner {
		return types.Subnet{}, errorsmod.Wrapf(types.ErrNotOwner, "netuid %d belongs to %s, not to %s", netuid, s.Owner, owner)
	}
	return s, nil
}

// updateHyperparams replaces a subnet's rules after the chain's delay, so that who plays by them sees a change coming and
// none comes in the last blocks before an epoch ends unless it was announced. It returns the height of the effect.
func (k *Keeper) updateHyperparams(ctx context.Context, m *types.MsgUpdateHyperparams) (effective int64, err error) {
	if err := m.ValidateBasic(); err != nil {
		return 0, err
	}
	s, err := k.ownSubnet(ctx, m.Netuid, m.Owner)
	if err != nil {
		return 0, err
	}
	p, err := k.params.Get(ctx)
	if err != nil {
		return 0, err
	}
	if err := mayHold(p, s, m.Hyperparams); err != nil {
		return 0, err
	}
	if _, err := k.removePending(ctx, s.Netuid); err != nil {
		return 0, err
	}
	now := height(ctx)
	if p.HyperparamsDelay == 0 {
		return now, k.setHyperparams(ctx, s, m.Hyperparams)
	}
	effective = now + int64(p.HyperparamsDelay)
	if err := k.putPending(ctx, types.PendingHyperparams{Netuid: s.Netuid, Hyperparams: m.Hyperparams, EffectiveAt: effective}); err != nil {
		return 0, err
	}
	return effective, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventHyperparamsAnnounced{
		Netuid: s.Netuid, Hyperparams: m.Hyperparams, EffectiveAt: effective,
	})
}

// mayHold judges rules by the chain's bounds and by what the subnet holds. Errors: ErrInvalidHyperparams.
func mayHold(p types.Params, s types.Subnet, h types.Hyperparams) error {
	if err := h.ValidateWithin(p); err != nil {
		return err
	}
	if h.MaxNeurons < s.NeuronCount {
		return errorsmod.Wrapf(types.ErrInvalidHyperparams, "max_neurons is %d, want at least %d (neuron_count); agond tx subnet trim-neurons removes the weakest", h.MaxNeurons, s.NeuronCount)
	}
	return nil
}

// setHyperparams puts rules in force. The price of registration goes on from where it is, so that a change of its half-life
// does not rewrite the past.
func (k *Keeper) setHyperparams(ctx context.Context, s types.Subnet, h types.Hyperparams) error {
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
