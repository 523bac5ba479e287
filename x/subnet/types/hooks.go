package types

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// SubnetHooks lets other modules follow who is in. An error of any hook refuses the message.
type SubnetHooks interface {
	// AfterSubnetCreated is called when the subnet is stored, with the cost in nagon that the payer has yet to pay: the
	// hook that keeps the subnet's pool takes it. The payer is the owner, or whoever collected the money of several.
	AfterSubnetCreated(ctx context.Context, netuid uint32, payer sdk.AccAddress, cost uint64) error
	// BeforeNeuronReplaced is called while hotkey still holds uid, after the newcomer has paid.
	BeforeNeuronReplaced(ctx context.Context, netuid, uid uint32, hotkey sdk.AccAddress) error
	// AfterNeuronRegistered is called when hotkey holds uid, also after a replacement. Uids are handed out without
	// gaps, so a uid that is new to a column is equal to the column's length.
	AfterNeuronRegistered(ctx context.Context, netuid, uid uint32, hotkey, owner sdk.AccAddress) error
}

// MultiSubnetHooks calls several hooks in their order and stops at the first error. The empty one does nothing.
type MultiSubnetHooks []SubnetHooks

var _ SubnetHooks = MultiSubnetHooks{}

// AfterSubnetCreated calls each hook.
func (m MultiSubnetHooks) AfterSubnetCreated(ctx context.Context, netuid uint32, payer sdk.AccAddress, cost uint64) error {
	for _, h := range m {
		if err := h.AfterSubnetCreated(ctx, netuid, payer, cost); err != nil {
			return err
		}
	}
	return nil
}

// BeforeNeuronReplaced calls each hook.
func (m MultiSubnetHooks) BeforeNeuronReplaced(ctx context.Context, netuid, uid uint32, hotkey sdk.AccAddress) error {
	for _, h := range m {
		if err := h.BeforeNeuronReplaced(ctx, netuid, uid, hotkey); err != nil {
			return err
		}
	}
	return nil
}

// AfterNeuronRegistered calls each hook.
func (m MultiSubnetHooks) AfterNeuronRegistered(ctx context.Context, netuid, uid uint32, hotkey, owner sdk.AccAddress) error {
	for _, h := range m {
		if err := h.AfterNeuronRegistered(ctx, netuid, uid, hotkey, owner); err != nil {
			return err
		}
	}
	return nil
}
