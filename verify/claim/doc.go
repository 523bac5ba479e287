// Package claim compares the log-probabilities that a miner claims with those that the pinned model gives the same tokens.
//
// A miner that runs a smaller, a heavily quantized or another model claims that model's numbers, and one that makes them up
// claims no model's. What it cannot see is text by another model whose numbers the pinned model gave: that is for packages replay
// and likelihood.
package claim
