package task

import "context"

// Judge judges one answer.
type Judge interface {
	// Judge never fails because of what the miner sent: a malformed answer is a
	// judgement of quality 0. An error means that the examiner itself could not
	// judge; the result must then not count.
	Judge(ctx context.Context, q Question, a Answer) (Judgement, error)
}

// Examiner makes questions and judges answers. Judge may be called from several
// goroutines together; the other methods are for one goroutine at a time.
//
// A validator's round is: Questions; save State; ask; Judge each; Settle; Book.Record
// of what Settle returned; save State and the Book together.
type Examiner interface {
	Judge

	// Questions makes one round. All miners are asked about the same items, each
	// in a wording of its own, so that their results can be compared and their
	// answers cannot be shared by looking up the body.
	Questions(ctx context.Context, r Round) ([]Question, error)

	// Settle takes all results of a round, returns them with what only shows in
	// the whole (a group that does not agree with itself has its quality lowered),
	// and learns from them where to ask next.
	Settle(ctx context.Context, results []Result) ([]Result, error)

	// State is what Restore needs to go on after a restart; JSON, bounded.
	State() ([]byte, error)

	// Restore takes what State gave, or fails with ErrBadState and stays as it was.
	Restore(state []byte) error
}

// Expert answers requests. Answer may be called from several goroutines together.
type Expert interface {
	// Name is published as what is served: the expert's name in the registry, or, where the operator chooses the model, that model.
	Name() string
	// Version identifies the model by content, so that a receipt can say which
	// model answered.
	Version() [32]byte
	// Answer takes a request body and returns a response body, both JSON. An error
	// is ErrBadRequest if the caller can mend it, ErrOverloaded if it may try
	// again, else the expert's own failure.
	Answer(ctx context.Context, body []byte) ([]byte, error)
}
