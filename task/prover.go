package task

import "context"

// Signed is a call that somebody else made, and the answer that the miner signed for.
type Signed struct {
	Body   []byte
	Answer []byte
	// Root is that of the version which answered, by the receipt; zero where it names none.
	Root [32]byte
}

// Proof is what an examiner makes of one signed answer alone.
type Proof struct {
	// Proven says that whoever signed this answer did not serve what it says in it.
	Proven bool
	// Of is what the miner says that it serves, such as name@version; By the layer that has the most evidence, Log10 the evidence of all.
	Of    string
	By    string
	Log10 float64
	// Unjudged says, where nothing could be looked at, why; empty where it was.
	Unjudged string
}

// Prover is an Examiner that can judge an answer to a question that it did not ask. Who chose the question, and which answers are shown, may be an enemy of the miner's: so
// only what one answer proves by itself counts, by rules under which no choice of honest answers does. It moves no account. Safe to call together with Judge.
type Prover interface {
	// Prove errs where the examiner itself could not judge, never because of what it was given.
	Prove(ctx context.Context, s Signed) (Proof, error)
}
