// Package epoch holds the commands around the arithmetic of an epoch: export what a chain's next one reckons on, reckon any
// again without a chain, and play attacks against it.
package epoch
