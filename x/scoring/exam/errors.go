package exam

import "errors"

// Why a claim is refused. Each names one kind of fault, so that callers and tests can tell them apart.
var (
	ErrParams       = errors.New("examination parameters are out of bounds")
	ErrWeights      = errors.New("weights name a uid twice")
	ErrIncomplete   = errors.New("receipts are missing")
	ErrOpeningCount = errors.New("wrong number of openings")
	ErrOpeningIndex = errors.New("opening is not of the leaf drawn")
	ErrLeaf         = errors.New("leaf is malformed")
	ErrPath         = errors.New("path is malformed")
	ErrNotCommitted = errors.New("leaf is not under the committed root")
	ErrPlace        = errors.New("receipt was made for another place")
	ErrTag          = errors.New("tag does not open to this validator, mechanism and epoch")
	ErrChain        = errors.New("receipt is of another chain")
	ErrNetuid       = errors.New("receipt is of another subnet")
	ErrStatus       = errors.New("receipt is of a call that failed")
	ErrServiceKey   = errors.New("receipt is not signed with a key registered for its uid")
	ErrSignature    = errors.New("receipt's signature does not verify")
)
