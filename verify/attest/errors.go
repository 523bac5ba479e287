package attest

import "errors"

// Kinds of refusal, for errors.Is. Each is wrapped with the field, the value and the bound.
var (
	// ErrKind says that no verifier was made for evidence of this kind.
	ErrKind = errors.New("evidence is of a kind that is not accepted")
	// ErrMalformed says that the document cannot be read, is cut off, or is larger than any honest one.
	ErrMalformed = errors.New("evidence is malformed")
	// ErrAlgorithm refuses a signature by an algorithm that the kind does not use.
	ErrAlgorithm = errors.New("signature algorithm is not accepted")
	// ErrChain says that the signer's certificate does not lead to a root that is trusted here, at this time, in so many steps.
	ErrChain = errors.New("certificate chain does not lead to a trusted root")
	// ErrSignature says that the claims are not what the signer signed.
	ErrSignature = errors.New("evidence's signature does not verify")
	// ErrNonce says that the evidence was made for another challenge, miner or chain.
	ErrNonce = errors.New("evidence answers another nonce")
	// ErrTime says that the evidence has expired, or is not valid yet.
	ErrTime = errors.New("evidence is outside its validity")
	// ErrClaims says that the evidence is genuine and what it says is not enough.
	ErrClaims = errors.New("evidence does not say what is asked for")
	// ErrRoots refuses a file of roots.
	ErrRoots = errors.New("roots cannot be used")
)
