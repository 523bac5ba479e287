package types

import errorsmod "cosmossdk.io/errors"

// Refusals of the module. The numbers are part of consensus: they are never changed and never used again.
var (
	ErrInvalidParams     = errorsmod.Register(ModuleName, 2, "invalid parameters")
	ErrInvalidGenesis    = errorsmod.Register(ModuleName, 3, "invalid genesis")
	ErrBroken            = errorsmod.Register(ModuleName, 4, "invariant broken")
	ErrInvalidAccusation = errorsmod.Register(ModuleName, 5, "invalid accusation")
	ErrInvalidVote       = errorsmod.Register(ModuleName, 6, "invalid vote")
	ErrInvalidCase       = errorsmod.Register(ModuleName, 7, "invalid case")
	ErrCaseNotFound      = errorsmod.Register(ModuleName, 8, "case not found")
	ErrNoPermit          = errorsmod.Register(ModuleName, 9, "not a validator of the subnet")
	ErrBelowThreshold    = errorsmod.Register(ModuleName, 10, "stake below the subnet's threshold")
	ErrOwnMiner          = errorsmod.Register(ModuleName, 11, "accuser and miner have one owner")
	ErrServesNothing     = errorsmod.Register(ModuleName, 12, "the miner serves nothing")
	ErrCaseOpen          = errorsmod.Register(ModuleName, 13, "a case is open against the miner")
	ErrTooManyCases      = errorsmod.Register(ModuleName, 14, "the accuser has too many open cases")
	ErrBarred            = errorsmod.Register(ModuleName, 15, "the accuser is barred")
	ErrBenchTooSmall     = errorsmod.Register(ModuleName, 16, "too few judges")
	ErrNotJudge          = errorsmod.Register(ModuleName, 17, "not a judge of the case")
	ErrTooEarly          = errorsmod.Register(ModuleName, 18, "too early")
	ErrTooLate           = errorsmod.Register(ModuleName, 19, "too late")
	ErrAlreadyVoted      = errorsmod.Register(ModuleName, 20, "the judge has voted")
	ErrNotCommitted      = errorsmod.Register(ModuleName, 21, "the judge has promised no vote")
	ErrHashMismatch      = errorsmod.Register(ModuleName, 22, "the vote is not the one that was promised")
)
