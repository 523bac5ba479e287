// Package calibrate measures what deviation is honest.
//
// Honest answers of other engines, precisions and batches are compared with what the validator recomputes. The tolerances are
// quantiles of how far they are, with room; the rates are upper confidence bounds (C. Clopper, E. Pearson, 1934) of how often they
// are further still, so that the odds of package sequential hold for miners that the calibration has not seen, if they are honest
// in a way that it has. Whoever calibrates names the variants that the pin allows: a variant that is left out is treated as a cheat.
package calibrate
