// Package task says what a kind of expertise is: what is asked, how an answer
// is judged, and how a miner's judged answers become its score.
//
// A task has three faces. Its Descriptor is what a subnet owner, a miner and an
// app builder read. Its Examiner makes questions and judges answers. Its Expert
// answers. None of the three knows the chain, the signed wire or HTTP (the one
// exception is package external, which lets another program be the examiner or
// the expert). The moving score of a miner (Book) is here because it is the same
// for every task.
//
// The package is not where tasks live: each has a package of its own below this
// one, and package registry names them all.
package task
