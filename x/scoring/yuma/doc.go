// Package yuma is the arithmetic of one epoch of Yuma consensus: from stake,
// weights and bonds to consensus, incentive, dividends, the next bonds and the
// next permits of a subnet.
//
// It is pure and exact. Every share is fixed point with 32 fractional bits
// (Q32) in a 64-bit word; products round down, quotients truncate, sums
// saturate, a division by zero gives zero. The results equal the reference
// vectors in testdata bit for bit, so that anyone can check an epoch with a
// program of their own.
//
// It is not a module: it reads no store, knows no block time, pays nobody and
// decides no policy. The caller collects the columns of a subnet in an [Input],
// runs a [Workspace] over it and stores the [Output].
package yuma
