// Package demo runs a local network long enough to see who earns what, measures how good each expert really is, and says
// whether the mechanism did what it promises: pay experts by their true accuracy and nobody else.
//
// What is concluded is a pure function of what was observed (verdict.go), so that it can be tested without a network.
package demo
