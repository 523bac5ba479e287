package types

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// SubnetHooks lets other modules follow who is in. An error of any hook refuses the message.
type SubnetHooks interface {
	// AfterSubnetCreated is called when the subnet is stored, with the cost in nagon that the owner has yet to pay:
	// the hook that keeps the subnet's pool takes it.
	AfterSubnetCreated(ctx context.Context, netuid uint32, owner sdk.AccAddress, cost uint64) error
	// BeforeNeuronReplaced is called while hotkey still holds uid, after the newcomer has paid.
	BeforeNeuronReplaced(ctx context.Context, netuid, uid uint32, hotkey sdk.AccAddress) error
	// AfterNeuronRegistered is called when hotkey holds uid, also after a replacement. Uids are handed out without
	// gaps, so a uid that is new to a column is equal to the column's length.
	AfterNeuronRegistered(ctx context.Context, netuid, uid uint32, hotkey, owner sdk.AccAddress) error
	// AfterHotkeySwapped is called when next holds the uids that old held, in the given subnets, and old none.
	AfterHotkeySwapped(ctx context.Context, old, next, owner sdk.AccAddress, netuids []uint32) error
	// BeforeOwnerSwapAnnounced is called when next is found to own no hotkey and no subnet.
	BeforeOwnerSwapAnnounced(ctx context.Context, owner, next sdk.AccAddress) error
	// AfterHotkeyOwnerChanged is called when a hotkey belongs to next, in a swap of its owner. It returns how many rows it moved.
	AfterHotkeyOwnerChanged(ctx context.Context, hotkey, owner, next sdk.AccAddress) (moved uint32, err error)
	// MoveOwned makes next the owner of at most so many rows of what an owner of no hotkey still has. It returns how many
	// it moved and whether some are left.
	MoveOwned(ctx context.Context, owner, next sdk.AccAddress, most uint32) (moved uint32, more bool, err error)
}

// MultiSubnetHooks calls several hooks in their order and stops at the first error. The empty one does nothing.
type MultiSubnetHooks []SubnetHooks

var _ SubnetHooks = MultiSubnetHooks{}

// AfterSubnetCreated calls each hook.
func (m MultiSubnetHooks) AfterSubnetCreated(ctx context.Context, netuid uint32, owner sdk.AccAddress, cost uint64) error {
	for _, h := range m {
		if err := h.AfterSubnetCreated(ctx, netuid, owner, cost); err != nil {
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

// AfterHotkeySwapped calls each hook.
func (m MultiSubnetHooks) AfterHotkeySwapped(ctx context.Context, old, next, owner sdk.AccAddress, netuids []uint32) error {
	for _, h := range m {
		if err := h.AfterHotkeySwapped(ctx, old, next, owner, netuids); err != nil {
			return err
		}
	}
	return nil
}

// BeforeOwnerSwapAnnounced calls each hook.
func (m MultiSubnetHooks) BeforeOwnerSwapAnnounced(ctx context.Context, owner, next sdk.AccAddress) error {
	for _, h := range m {
		if err := h.BeforeOwnerSwapAnnounced(ctx, owner, next); err != nil {
			return err
		}
	}
	return nil
}

// AfterHotkeyOwnerChanged calls each hook and adds up what they moved.
func (m MultiSubnetHooks) AfterHotkeyOwnerChanged(ctx context.Context, hotkey, owner, next sdk.AccAddress) (moved uint32, err error) {
	for _, h := range m {
		rows, err := h.AfterHotkeyOwnerChanged(ctx, hotkey, owner, next)
		if err != nil {
			return moved, err
		}
		moved += rows
	}
	return moved, nil
}

// MoveOwned calls each hook with what the ones before have left of the most.
func (m MultiSubnetHooks) MoveOwned(ctx context.Context, owner, next sdk.AccAddress, most uint32) (moved uint32, more bool, err error) {
	for _, h := range m {
		rows, left, err := h.MoveOwned(ctx, owner, next, most-min(moved, most))
		if err != nil {
			return moved, more, err
		}
		moved, more = moved+rows, more || left
	}
	return moved, more, nil
}
