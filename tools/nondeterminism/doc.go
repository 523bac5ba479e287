// Package nondeterminism is an analyzer that keeps out of the state machine what two nodes may compute differently:
// floating point, the clock, random numbers, goroutines, the order of a map, the choice of a select, addresses.
//
// It looks at every file of the packages it is given but tests and generated code, so it is run on the packages that
// execute blocks and on no others:
//
//	go run ./tools/nondeterminism/cmd/agonvet ./x/... ./app/...
//
// A range over a map is accepted where a comment on the line above, or at the end of the line, says why its order does
// not show:
//
//	//agon:sorted the keys are sorted below
//
// No other finding can be silenced. The analyzer reads one package at a time and does not follow calls: what a library
// does inside is outside its view.
package nondeterminism
