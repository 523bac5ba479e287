// Package sample draws the next token from a model's logits in a way that anyone can replay.
//
// A draw is a function of the logits, the request's parameters, its seed and the token's place t in the answer, counted from 0:
//
//  1. p = softmax(logits / temperature), in float64.
//  2. top-k: all but the k greatest p are 0; of equals the lower id stays.
//  3. top-p: of those, in order from the greatest, of equals the lower id first, only as many stay as are needed for a sum of at
//     least top-p of the whole; at least one.
//  4. p is divided by its sum.
//  5. u = the first 53 bits of SHA-256("agon/sample/v1" || seed || t), t as 8 bytes big-endian, as a fraction in [0, 1).
//  6. The token is the first id, in order of ids, whose cumulative sum of p is above u.
//
// Ids stand in their own order and not in that of p, so that the ends of a token's interval move by no more than the distributions
// differ: where two engines' p are within d of each other in total variation, a token that one draws has u within d of the other's
// interval. At temperature 0 the token is the greatest logit's, of equals the lowest id.
package sample
