// Package attack plays cabals against honest stake on the arithmetic of the epoch itself: the same yuma.Workspace that the
// chain runs, epoch after epoch, with bonds and permits carried over, promises revealed an epoch later, the proof of examination,
// and the payout to the last unit. What comes out is the cabal's share of the emission against its share of the stake.
//
// Stake is fixed for a run: what is earned is not staked again, nobody joins or leaves, and uids cost nothing. It is not a
// proof of security: it shows what the strategies that it knows earn in a world that it states, and a better strategy may
// exist. Add it as one more file.
//
// A result is a pure function of world, rules and case: the same seed gives the same table. It runs without a chain and
// without a clock.
package attack
