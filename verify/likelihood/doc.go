// Package likelihood asks whether a text is as probable as a model finds its own.
//
// Each drawn token is turned into a number that is uniform in [0, 1] if the pinned model drew it, whatever came before: the
// probability of all tokens that the model finds more probable, plus a random part of the token's own (the randomized
// probability integral transform; M. Rosenblatt, 1952). Text of a weaker or another model leans to 1, text that was drawn cooler
// than asked, or copied from what the model likes best, to 0. It needs neither the seed nor the miner's own numbers, so that it
// works with every engine; package replay sees more where the engine draws as the protocol says.
package likelihood
