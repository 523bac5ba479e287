// Package evalue turns counts and draws into evidence against a hypothesis by betting.
//
// An e-value is a number that is at most 1 on average if the hypothesis holds; a product of such numbers, each of which may be
// chosen by what was seen before, is a test martingale, and the probability that it ever reaches 1/alpha is at most alpha (J.
// Ville, 1939; see G. Shafer, "Testing by betting", 2021). So one may look after every probe and stop when one likes, which a
// p-value does not allow. E-values of independent observers multiply; those of one observer, who looks at the same answer in
// several ways, may be averaged.
//
// All numbers are natural logarithms, so that nothing overflows.
package evalue
