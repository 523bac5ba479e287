// Package house holds the rules of the house as ordinary tests: who may import whom, that every package is documented,
// how large a file may be, what go.mod may replace, how subtests are named. It has no code of its own.
//
// A rule is a row of a table with its reason. A new package needs no entry unless a rule is about it.
package house
