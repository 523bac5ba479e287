package types

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// SubnetHooks lets other modules follow who is in. An error of any hook refuses the message.
//
// A subnet is created, started and dissolved, each at most once and in this order; it may be dissolved without a start. The
// neurons of a dissolved subnet are removed in the blocks after, from the last uid down.
type SubnetHooks interface {
	// AfterSubnetCreated is called when the subnet is stored, with the cost in nagon that the payer has yet to pay: the
	// hook that keeps the subnet's pool takes it. The payer is the owner, or whoever collected the money of several.
	AfterSubnetCreated(ctx context.Context, netuid uint32, payer sdk.AccAddress, cost uint64) error
	// AfterSubnetStarted is called when the subnet's owner has started it: epochs and emission begin now.
	AfterSubnetStarted(ctx context.Context, netuid uint32) error
	// AfterSubnetDissolved is called when the subnet takes nothing any more. Its neurons still hold their uids.
	AfterSubnetDissolved(ctx context.Context, netuid uint32) error
	// BeforeNeuronReplaced is called while hotkey still holds uid: a newcomer has paid for it, a trim takes it or gives the
	// hotkey a lower one, or the subnet is dissolved.
	BeforeNeuronReplaced(ctx context.Context, netuid, uid uint32, hotkey sdk.AccAddress) error
	// AfterNeuronRegistered is called when hotkey holds uid, also after a replacement and where a trim gave it a lower uid. Uids
	// are handed out without gaps, so a uid that is new to a column is equal to the column's length.
	AfterNeuronRegistered(ctx context.Context, netuid, uid uint32, hotkey, owner sdk.AccAddress) error
	// AfterNeuronsTrimmed is called when only the uids below count are held: columns end there. BeforeNeuronReplaced was
	// called for each uid above. count is 0 once a dissolved subnet has no neurons any more.
	AfterNeuronsTrimmed(ctx context.Context, netuid, count uint32) error
}

// OwnerHooks let another module move what it keeps of an owner whose place another account takes. An error refuses the call.
type OwnerHooks interface {
	// AfterHotkeyOwnerChanged is called when a hotkey is next's that was owner's. It returns how many rows it moved.
	AfterHotkeyOwnerChanged(ctx context.Context, hotkey, owner, next sdk.AccAddress) (moved uint32, err error)
	// MoveOwned makes next the owner of at most so many rows of what an owner of no hotkey still has. It returns how many it
	// moved, and whether some are left.
	MoveOwned(ctx context.Context, owner, next sdk.AccAddress, most uint32) (moved uint32, more bool, err error)
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

// AfterSubnetStarted calls each hook.
func (m MultiSubnetHooks) AfterSubnetStarted(ctx context.Context, netuid uint32) error {
	for _, h := range m {
		if err := h.AfterSubnetStarted(ctx, netuid); err != nil {
			return err
		}
	}
	return nil
}

// AfterSubnetDissolved calls each hook.
func (m MultiSubnetHooks) AfterSubnetDissolved(ctx context.Context, netuid uint32) error {
	for _, h := range m {
		if err := h.AfterSubnetDissolved(ctx, netuid); err != nil {
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

// AfterNeuronsTrimmed calls each hook.
func (m MultiSubnetHooks) AfterNeuronsTrimmed(ctx context.Context, netuid, count uint32) error {
	for _, h := range m {
		if err := h.AfterNeuronsTrimmed(ctx, netuid, count); err != nil {
			return err
		}
	}
	return nil
}
