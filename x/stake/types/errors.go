package types

import errorsmod "cosmossdk.io/errors"

// Refusals of the module. The numbers are part of consensus: they are never changed and never used again. That a hotkey
// holds no uid, and that a subnet is dissolved, is told by x/subnet's own errors.
var (
	ErrPoolNotFound      = errorsmod.Register(ModuleName, 2, "pool not found")
	ErrPoolExists        = errorsmod.Register(ModuleName, 3, "pool exists")
	ErrInvalidAmount     = errorsmod.Register(ModuleName, 4, "invalid amount")
	ErrInvalidDenom      = errorsmod.Register(ModuleName, 5, "invalid denomination")
	ErrBelowMinimum      = errorsmod.Register(ModuleName, 6, "amount below the minimum")
	ErrSlippage          = errorsmod.Register(ModuleName, 7, "slippage limit not met")
	ErrLiquidity         = errorsmod.Register(ModuleName, 8, "pool has too little liquidity")
	ErrNoPosition        = errorsmod.Register(ModuleName, 9, "no position")
	ErrInsufficientStake = errorsmod.Register(ModuleName, 10, "insufficient stake")
	ErrNotHotkeyOwner    = errorsmod.Register(ModuleName, 11, "not the owner of the hotkey")
	ErrTake              = errorsmod.Register(ModuleName, 12, "take out of bounds")
	ErrTakeInterval      = errorsmod.Register(ModuleName, 13, "take raised too recently")
	ErrOverflow          = errorsmod.Register(ModuleName, 14, "amount overflows")
	ErrColumn            = errorsmod.Register(ModuleName, 15, "column of another length")
	ErrInvalidParams     = errorsmod.Register(ModuleName, 16, "invalid parameters")
	ErrInvalidGenesis    = errorsmod.Register(ModuleName, 17, "invalid genesis")
	ErrInvalidPrice      = errorsmod.Register(ModuleName, 18, "invalid price")
	ErrSamePlace         = errorsmod.Register(ModuleName, 19, "stake would stay where it is")
	ErrRecipient         = errorsmod.Register(ModuleName, 20, "recipient takes no stake")
	ErrNotDissolved      = errorsmod.Register(ModuleName, 21, "the subnet is not dissolved")
	ErrNothingToRedeem   = errorsmod.Register(ModuleName, 22, "nothing to redeem")
	ErrNoAutoStake       = errorsmod.Register(ModuleName, 29, "mined rewards go to no chosen hotkey")
	ErrNoSeat            = errorsmod.Register(ModuleName, 33, "no seat at the root")
	ErrChildren          = errorsmod.Register(ModuleName, 34, "invalid children")
	ErrChildIsParent     = errorsmod.Register(ModuleName, 35, "child has children itself")
	ErrTooManyFamilies   = errorsmod.Register(ModuleName, 36, "too many hotkeys with children")
	ErrRootTrade         = errorsmod.Register(ModuleName, 37, "no trade at the root")
)
