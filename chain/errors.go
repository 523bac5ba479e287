package chain

import (
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// What can go wrong between a daemon and its chain. Each comes wrapped in one line that says what to do.
var (
	// ErrConfig refuses a setting outside its bounds.
	ErrConfig = errors.New("invalid chain configuration")
	// ErrNoNode says that no node answers at the configured address.
	ErrNoNode = errors.New("no node answers")
	// ErrWrongChain says that the node belongs to another chain.
	ErrWrongChain = errors.New("wrong chain")
	// ErrNoBlock says that the node does not have a block, not yet or no longer.
	ErrNoBlock = errors.New("node does not have the block")
	// ErrMalformed says that the node's answer contradicts itself.
	ErrMalformed = errors.New("malformed answer of the node")

	// ErrKeyring says that the keyring cannot be opened or read.
	ErrKeyring = errors.New("keyring cannot be used")
	// ErrNoKey says that the keyring holds no key of this name.
	ErrNoKey = errors.New("no such key")

	// ErrInsufficientFunds says that an account cannot pay, be it the fee or what a message costs.
	ErrInsufficientFunds = errors.New("insufficient funds")
	// ErrFeeTooLow says that the node asks for a higher gas price.
	ErrFeeTooLow = errors.New("gas price below what the node asks for")
	// ErrNoFeeGrant says that the fee grant is missing, spent, expired, or not for this message.
	ErrNoFeeGrant = errors.New("no usable fee grant")
	// ErrNoAccount says that the chain has never heard of the signer.
	ErrNoAccount = errors.New("account does not exist on the chain")

	// ErrOutcomeUnknown says that a transaction was sent and that whether it took effect was not learnt.
	ErrOutcomeUnknown = errors.New("outcome of the transaction is unknown")
	// ErrQueueStopped says that the queue no longer takes transactions.
	ErrQueueStopped = errors.New("transaction queue stopped")
)

// errTxNotFound says that a transaction is in no block that was looked at.
var errTxNotFound = errors.New("transaction not found")

// NotFound says whether a query answered that what was asked for does not exist.
func NotFound(err error) bool { return status.Code(err) == codes.NotFound }

// Unreachable says whether a query failed for want of a node that answers, and may succeed later.
func Unreachable(err error) bool {
	if errors.Is(err, ErrNoNode) {
		return true
	}
	s, ok := status.FromError(err)
	return ok && (s.Code() == codes.Unavailable || s.Code() == codes.DeadlineExceeded)
}
