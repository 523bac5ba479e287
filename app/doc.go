// Package app wires the Agon chain: which keepers exist, what each of them may reach, in which order modules run at
// the edges of a block, and what a transaction passes before it is executed.
//
// It is, beside the programs under cmd, the only place that knows every module. It holds no rule of the chain itself:
// a rule belongs to the module whose state it guards.
package app
