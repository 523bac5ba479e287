// Package dispute lets validators accuse a miner of not serving what it said, lets a bench of validators judge it, and takes a part
// of a guilty miner's collateral. The hash of the evidence is on the chain; the evidence is not, and no arithmetic here looks at it.
//
// How evidence is gathered is the business of package verify, whose collateral it is that of x/subnet; this package counts votes.
package dispute
