// Package scoring judges: it takes validators' weights by commit and reveal, asks for proof that they examined whom they
// weigh, and at each subnet's tempo runs the epoch that turns weights into consensus, incentive, dividends, bonds and
// permits.
//
// The arithmetic of the epoch is in x/scoring/yuma and the proof of examination in x/scoring/exam, which know no chain.
// What an epoch pays is decided by x/emission, through types.EpochHooks.
package scoring
