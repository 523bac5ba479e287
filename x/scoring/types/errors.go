package types

import errorsmod "cosmossdk.io/errors"

// Errors of the module. Codes are part of consensus: they are never renumbered.
var (
	// ErrInvalidParams refuses parameters outside their bounds.
	ErrInvalidParams = errorsmod.Register(ModuleName, 2, "invalid parameters")
	// ErrInvalidGenesis refuses a genesis that contradicts itself.
	ErrInvalidGenesis = errorsmod.Register(ModuleName, 3, "invalid genesis")
	// ErrUnknownSubnet says that no such subnet runs epochs.
	ErrUnknownSubnet = errorsmod.Register(ModuleName, 4, "no epochs for this subnet")
	// ErrBroken says that an invariant of the module does not hold.
	ErrBroken = errorsmod.Register(ModuleName, 5, "invariant broken")
	// ErrWeightsCount refuses too few or too many weights.
	ErrWeightsCount = errorsmod.Register(ModuleName, 6, "wrong number of weights")
	// ErrWeightsUID refuses a uid that the subnet does not have.
	ErrWeightsUID = errorsmod.Register(ModuleName, 7, "weight on an unknown uid")
	// ErrWeightsOrder refuses weights that are not in order of uid, duplicates among them.
	ErrWeightsOrder = errorsmod.Register(ModuleName, 8, "weights out of order or duplicate")
	// ErrWeightsValue refuses a weight above 65535 or a row without any weight.
	ErrWeightsValue = errorsmod.Register(ModuleName, 9, "weight out of bounds")
	// ErrWeightsVersion refuses weights made by other judging rules.
	ErrWeightsVersion = errorsmod.Register(ModuleName, 10, "wrong version of weights")
	// ErrTooEarly refuses what may be done later.
	ErrTooEarly = errorsmod.Register(ModuleName, 11, "too early")
	// ErrTooLate refuses what could have been done earlier.
	ErrTooLate = errorsmod.Register(ModuleName, 12, "too late")
	// ErrAlreadyCommitted refuses a second commit in one epoch.
	ErrAlreadyCommitted = errorsmod.Register(ModuleName, 13, "already committed in this epoch")
	// ErrNoCommit refuses a reveal of what was not promised.
	ErrNoCommit = errorsmod.Register(ModuleName, 14, "no such commit")
	// ErrHashMismatch refuses a reveal that differs from what was promised.
	ErrHashMismatch = errorsmod.Register(ModuleName, 15, "reveal does not match the commit")
	// ErrInvalidField refuses a field of the wrong length or form.
	ErrInvalidField = errorsmod.Register(ModuleName, 16, "invalid field")
	// ErrCommitReveal refuses direct weights where they are promised first, and promises where weights are set directly.
	ErrCommitReveal = errorsmod.Register(ModuleName, 17, "wrong way to set weights in this subnet")
	// ErrExamination refuses a reveal that does not prove that the validator examined whom it weighs.
	ErrExamination = errorsmod.Register(ModuleName, 18, "examination not proven")
	// ErrStakeTooLow refuses weights of a hotkey whose stake does not count.
	ErrStakeTooLow = errorsmod.Register(ModuleName, 19, "stake too low to judge")
	// ErrNotPaused refuses to resume what runs.
	ErrNotPaused = errorsmod.Register(ModuleName, 20, "subnet is not paused")
	// ErrUnauthorized refuses who may not do this.
	ErrUnauthorized = errorsmod.Register(ModuleName, 21, "not allowed")
	// ErrOutdated refuses a reveal of which too much weight is on uids that changed hands since the promise.
	ErrOutdated = errorsmod.Register(ModuleName, 22, "weights are outdated")
	// ErrNotStarted refuses weights in a subnet whose owner has not started it.
	ErrNotStarted = errorsmod.Register(ModuleName, 23, "the subnet has not started")
	// ErrUnknownMechanism says that the subnet's running epoch has no such mechanism.
	ErrUnknownMechanism = errorsmod.Register(ModuleName, 27, "no such mechanism")
)
