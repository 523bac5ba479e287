// Package exam is proof of examination: it lets a chain check, from a few receipts drawn after the fact, that a validator
// asked every miner it gives weight to as often as the subnet wants, in this epoch and for itself.
//
// A validator asks under tags that only it can open (see wire.ExaminerTag), keeps the receipts that miners sign, commits
// the Merkle root of them together with its weights, and at the reveal opens the leaves that the hash of a later block draws.
//
// It does not judge answers, holds no state and knows nothing of blocks, gas or the SDK: its caller supplies the commit, the seed and
// the registered keys, and decides what a refusal costs. README.md has the layouts and the soundness bound.
package exam
