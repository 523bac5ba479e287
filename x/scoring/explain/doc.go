// Package explain puts the explanation of an epoch, [yuma.Explanation], into
// words: short paragraphs and tables that say why a neuron earned what it
// earned, and, for one that earned nothing, what stood in the way and what to
// do about it.
//
// It computes nothing of the epoch and fetches nothing. Every number that it
// prints is one of the explanation's, rounded to a few digits by integer
// arithmetic; who needs all of them reads the explanation as JSON.
package explain
