// Package samples keeps a small, rotating sample of the calls whose callers agreed to it, and gives it to the validators that the gateway's operator names, for
// scoring after the fact.
//
// What is kept is what a miner signed for (wire.Sample), so that a validator need not believe the gateway; neither key nor customer is in it. It lies in a folder, one file
// a call, at most so many and for so long, and leaves the gateway sealed to the validator that asked. The package neither decides who agrees nor judges anything.
package samples
