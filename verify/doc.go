// Package verify asks of an answer of a language model whether the pinned model gave it, and says how much evidence there is
// that it did not.
//
// Each layer is a package of its own that sees one thing: replay whether the tokens are those that the request's seed draws,
// likelihood whether they are as probable as the model finds its own, claim whether the log-probabilities that were claimed are
// the model's, usage whether the counts are, repeat whether answers that must agree do, duplicate whether answers that were drawn
// apart coincide, latency how long it took. A layer counts trials; package evalue turns what it saw into an e-value, the factor
// by which a gambler who bets against the miner's honesty, at odds that are fair if the miner is honest, would have multiplied
// his stake. Package sequential keeps one such account for each layer of each miner and says when it is enough to accuse:
// with an honest miner no account ever reaches 1/alpha with a probability of more than alpha, however long one looks (J. Ville,
// 1939). Package calibrate measures on honest miners with other engines and precisions what deviation is honest.
//
// Missing evidence never passes: what a layer cannot see is Inconclusive, and what contradicts itself fails.
//
// Package attest stands apart: it asks whose hardware answered, and not what model did.
//
// The packages below know no chain, no wire and no engine: they are given logits that somebody recomputed.
package verify
