// Package emission pays: it mints each block's AGON, sends its parts to the chain's security, the community pool and
// the subnets' pools, and pays a subnet's token at the end of each of its epochs.
//
// It decides how much and to whom. What an epoch's shares are is decided by x/scoring, where stake lies by x/stake; the
// arithmetic of issuance, halving and splitting is in x/emission/curve, which knows no chain.
package emission
