// Package sequential keeps for each miner what all layers found, and says when that is enough.
//
// Each layer has an account of package evalue. The accounts of one validator look at the same answers and are not independent, so
// that the evidence of all is their mean, in which each layer has an even share; it is an e-process itself. Accounts of several
// validators, who ask on their own, are independent: their evidence multiplies, and so a suspicion of one can be checked by
// others and soon be certain or gone.
package sequential
