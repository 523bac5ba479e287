package validator

import "errors"

// Kinds of failure, for errors.Is. Each is wrapped with what failed, the value and what to do.
var (
	// ErrConfig marks a configuration that cannot be used.
	ErrConfig = errors.New("configuration")
	// ErrNotRegistered says that the hotkey has no uid in the subnet.
	ErrNotRegistered = errors.New("hotkey is not registered")
	// ErrNoSubnet says that the chain has no such subnet.
	ErrNoSubnet = errors.New("no such subnet")
	// ErrNoMechanism says that the subnet has no such scoring mechanism.
	ErrNoMechanism = errors.New("no such mechanism")
	// ErrInsufficientFunds says that an account cannot pay for what was asked.
	ErrInsufficientFunds = errors.New("insufficient funds")
	// ErrStoreBusy says that another process holds the store.
	ErrStoreBusy = errors.New("store is in use")
	// ErrStoreForeign says that the store belongs to another chain, subnet or hotkey.
	ErrStoreForeign = errors.New("store belongs elsewhere")
	// ErrStore marks a store that cannot be read or written.
	ErrStore = errors.New("store")
	// ErrCommitExists refuses a second, different commit for one epoch.
	ErrCommitExists = errors.New("another commit was prepared for this epoch")
	// ErrVoteExists refuses a second, different vote in one case.
	ErrVoteExists = errors.New("another vote was promised in this case")
	// ErrNoEvidence says that no evidence of a name is kept.
	ErrNoEvidence = errors.New("no such evidence")
	// ErrListen says that a port could not be opened.
	ErrListen = errors.New("cannot listen")
	// ErrNoCallers says that no caller account can be used.
	ErrNoCallers = errors.New("no caller accounts")
	// ErrNoScores says that there are no scores to show yet.
	ErrNoScores = errors.New("no scores yet")
)
