// Package duplicate finds answers that coincide although they were drawn apart.
//
// Two miners that are asked the same with different seeds give the same text only by chance, and the pinned model knows the
// chance: it is the probability of the text. One over that probability, where the texts coincide, and 0 where they do not, is an
// e-value against both having drawn for themselves; answers are compared once all are committed to by their receipts, so
// that none can be chosen by another. Miners that share one machine which draws anew for each request do not coincide: what bounds their gain is
// that each pays for a uid, and that answers of both cost the machine twice.
package duplicate
