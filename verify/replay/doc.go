// Package replay asks whether the tokens of an answer are those that the request's seed draws from the pinned model.
//
// The protocol's sampler (package lm/sample) draws token t as the inverse of the distribution function, over ids in order, at a
// number that the seed and t give. So the validator knows which number was drawn, and where the token's interval lies under the
// recomputed distribution: an honest miner's token has the number inside, or, as another engine's arithmetic moves the ends of
// intervals a little, next to it. Text of any other distribution is outside by chance alone as often as the distributions differ.
// At temperature 0 nothing is drawn, and the token must be the most probable one or as good as it.
//
// An answer's end is a token like any other: a miner that ends early claims an end token whose interval the number is not in.
package replay
