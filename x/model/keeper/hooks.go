package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/model/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

var _ subnettypes.SubnetHooks = (*Keeper)(nil)

// BeforeNeuronReplaced ends what the neuron is bound to: the next one at its uid has its own files to show, and one that is given
// another uid binds again. No bar is set: it is not the neuron's doing.
func (k *Keeper) BeforeNeuronReplaced(ctx context.Context, netuid, uid uint32, _ sdk.AccAddress) error {
	all, err := k.bindingsOf(ctx, netuid, uid)
	if err != nil {
		return err
	}
	for _, b := range all {
		// Each removal may move another of them into a slot.
		now, err := k.bindings.Get(ctx, keyOf(b))
		if err != nil {
			return err
		}
		if _, err := k.endBinding(ctx, now, types.UnbindCause_UNBIND_CAUSE_REMOVED, false); err != nil {
			return err
		}
	}
	return nil
}

// AfterSubnetCreated does nothing.
func (k *Keeper) AfterSubnetCreated(context.Context, uint32, sdk.AccAddress, uint64) error {
	return nil
}

// AfterSubnetStarted does nothing.
func (k *Keeper) AfterSubnetStarted(context.Context, uint32) error { return nil }

// AfterSubnetDissolved does nothing: bindings end with their neurons, which are removed in the blocks after.
func (k *Keeper) AfterSubnetDissolved(context.Context, uint32) error { return nil }

// AfterNeuronRegistered does nothing.
func (k *Keeper) AfterNeuronRegistered(context.Context, uint32, uint32, sdk.AccAddress, sdk.AccAddress) error {
	return nil
}

// AfterNeuronsTrimmed does nothing.
func (k *Keeper) AfterNeuronsTrimmed(context.Context, uint32, uint32) error { return nil }
