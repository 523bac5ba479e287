// Package pool is the market of one subnet: a constant-product pool of AGON against the subnet's alpha token.
//
// A pool is a value and a trade returns the next one, so that the caller decides what to store. All amounts are base
// units, 10^9 to the token. Rounding always favours the pool: the product of the reserves never falls by a trade, and
// neither reserve falls below MinReserve. Fees are taken from what comes in and never enter the reserves; where they go
// is the caller's business, as are accounts, denominations and who may trade.
package pool
