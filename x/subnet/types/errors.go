package types

import errorsmod "cosmossdk.io/errors"

// Refusals of the module. The numbers are part of consensus: they are never changed and never used again.
var (
	ErrSubnetNotFound       = errorsmod.Register(ModuleName, 2, "subnet not found")
	ErrNeuronNotFound       = errorsmod.Register(ModuleName, 3, "neuron not found")
	ErrNotRegistered        = errorsmod.Register(ModuleName, 4, "hotkey is not registered in the subnet")
	ErrUnknownHotkey        = errorsmod.Register(ModuleName, 5, "hotkey has no owner")
	ErrAlreadyRegistered    = errorsmod.Register(ModuleName, 6, "hotkey is already registered in the subnet")
	ErrHotkeyOwned          = errorsmod.Register(ModuleName, 7, "hotkey belongs to another owner")
	ErrNotOwner             = errorsmod.Register(ModuleName, 8, "not the owner of the subnet")
	ErrTooManySubnets       = errorsmod.Register(ModuleName, 9, "no room for another subnet")
	ErrCostAboveLimit       = errorsmod.Register(ModuleName, 10, "creation cost above the limit")
	ErrPriceAboveLimit      = errorsmod.Register(ModuleName, 11, "registration price above the limit")
	ErrTooManyRegistrations = errorsmod.Register(ModuleName, 12, "too many registrations in this block")
	ErrAllImmune            = errorsmod.Register(ModuleName, 13, "every neuron is immune")
	ErrInvalidAddress       = errorsmod.Register(ModuleName, 14, "invalid address")
	ErrInvalidIdentity      = errorsmod.Register(ModuleName, 15, "invalid identity")
	ErrInvalidSymbol        = errorsmod.Register(ModuleName, 16, "invalid symbol")
	ErrInvalidTask          = errorsmod.Register(ModuleName, 17, "invalid task")
	ErrInvalidHyperparams   = errorsmod.Register(ModuleName, 18, "invalid hyperparameters")
	ErrInvalidParams        = errorsmod.Register(ModuleName, 19, "invalid parameters")
	ErrInvalidAxon          = errorsmod.Register(ModuleName, 20, "invalid axon")
	ErrAxonTooSoon          = errorsmod.Register(ModuleName, 21, "axon changed too recently")
	ErrServiceKeyTooSoon    = errorsmod.Register(ModuleName, 22, "service key changed too recently")
	ErrColumn               = errorsmod.Register(ModuleName, 23, "column of another length")
	ErrInvalidGenesis       = errorsmod.Register(ModuleName, 24, "invalid genesis")
	ErrIdentityNotFound     = errorsmod.Register(ModuleName, 25, "identity not found")
	ErrInvariant            = errorsmod.Register(ModuleName, 26, "state contradicts itself")
)
