// Package curve is the arithmetic of the economy: how much a block emits, how prices decay and rise, how a price is
// averaged over time, and how an amount is split so that no unit is lost.
//
// Every function is pure and total: it takes and returns integers, never panics, and states its rounding. Amounts
// are base units, 10^9 to the token, in 64 bits; products use 128 bits, and what may not fit saturates or returns an
// error, as its comment says. The package knows nothing of blocks, stores or accounts.
package curve
