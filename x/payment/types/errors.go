package types

import errorsmod "cosmossdk.io/errors"

// Refusals of the module. The numbers are part of consensus: they are never changed and never used again.
var (
	ErrInvalidParams       = errorsmod.Register(ModuleName, 2, "invalid parameters")
	ErrInvalidGenesis      = errorsmod.Register(ModuleName, 3, "invalid genesis")
	ErrBroken              = errorsmod.Register(ModuleName, 4, "invariant broken")
	ErrInvalidAmount       = errorsmod.Register(ModuleName, 5, "invalid amount")
	ErrInvalidAccount      = errorsmod.Register(ModuleName, 6, "invalid account")
	ErrInvalidPrice        = errorsmod.Register(ModuleName, 7, "invalid price")
	ErrInvalidChannel      = errorsmod.Register(ModuleName, 8, "invalid channel")
	ErrInvalidClaim        = errorsmod.Register(ModuleName, 9, "invalid claim")
	ErrNotOperator         = errorsmod.Register(ModuleName, 10, "neither owner nor operator of the account")
	ErrInsufficientBalance = errorsmod.Register(ModuleName, 11, "the account holds too little")
	ErrTooManyChannels     = errorsmod.Register(ModuleName, 12, "the account has too many open channels")
	ErrNotBound            = errorsmod.Register(ModuleName, 13, "the payee is not bound to the version")
	ErrChannelNotFound     = errorsmod.Register(ModuleName, 14, "channel not found")
	ErrClosed              = errorsmod.Register(ModuleName, 15, "the channel has ended")
	ErrClosing             = errorsmod.Register(ModuleName, 16, "a withdrawal from the channel has begun")
	ErrNotClosing          = errorsmod.Register(ModuleName, 17, "no withdrawal from the channel has begun")
	ErrTooEarly            = errorsmod.Register(ModuleName, 18, "too early")
	ErrNotPayee            = errorsmod.Register(ModuleName, 19, "the channel pays another")
	ErrBadVoucher          = errorsmod.Register(ModuleName, 20, "the voucher is not the payer's")
	ErrPotNotFound         = errorsmod.Register(ModuleName, 21, "no refund of the case")
	ErrNothingToRefund     = errorsmod.Register(ModuleName, 22, "nothing to refund")
)
