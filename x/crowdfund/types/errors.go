package types

import errorsmod "cosmossdk.io/errors"

// Refusals of the module. The numbers are part of consensus: they are never changed and never used again.
var (
	ErrInvalidParams        = errorsmod.Register(ModuleName, 2, "invalid parameters")
	ErrInvalidGenesis       = errorsmod.Register(ModuleName, 3, "invalid genesis")
	ErrBroken               = errorsmod.Register(ModuleName, 4, "invariant broken")
	ErrInvalidFund          = errorsmod.Register(ModuleName, 5, "invalid fund")
	ErrFundNotFound         = errorsmod.Register(ModuleName, 6, "fund not found")
	ErrTooManyFunds         = errorsmod.Register(ModuleName, 7, "no room for another fund")
	ErrNotOperator          = errorsmod.Register(ModuleName, 8, "not the operator of the fund")
	ErrNotCollecting        = errorsmod.Register(ModuleName, 9, "the fund does not collect")
	ErrFundFull             = errorsmod.Register(ModuleName, 10, "the fund has reached its goal")
	ErrInvalidContribution  = errorsmod.Register(ModuleName, 11, "invalid contribution")
	ErrContributionNotFound = errorsmod.Register(ModuleName, 12, "no contribution to the fund")
	ErrDeposit              = errorsmod.Register(ModuleName, 13, "the operator's deposit stays in the fund")
	ErrNotEnough            = errorsmod.Register(ModuleName, 14, "the fund has not raised what a subnet costs")
	ErrFinalized            = errorsmod.Register(ModuleName, 15, "the fund's subnet is open")
	ErrNotFinalized         = errorsmod.Register(ModuleName, 16, "the fund's subnet is not open")
	ErrNothingDue           = errorsmod.Register(ModuleName, 17, "nothing is due")
	ErrInvalidTransfer      = errorsmod.Register(ModuleName, 18, "invalid transfer of shares")
	ErrNotAllShares         = errorsmod.Register(ModuleName, 19, "not the holder of every share")
)
