package types

import errorsmod "cosmossdk.io/errors"

// Errors of the module. Codes are part of consensus: they are never renumbered.
var (
	// ErrInvalidParams refuses parameters outside their bounds.
	ErrInvalidParams = errorsmod.Register(ModuleName, 2, "invalid parameters")
	// ErrUnknownSubnet says that the module keeps nothing of such a subnet.
	ErrUnknownSubnet = errorsmod.Register(ModuleName, 3, "no emission for this subnet")
	// ErrBroken says that an invariant of the module does not hold.
	ErrBroken = errorsmod.Register(ModuleName, 4, "invariant broken")
	// ErrInvalidGenesis refuses a genesis that contradicts itself.
	ErrInvalidGenesis = errorsmod.Register(ModuleName, 5, "invalid genesis")
)
