// Package payment settles what callers pay miners. A payer sets money aside in a channel, signs vouchers for what its calls cost, off the
// chain, and the miner claims by the highest of them when it likes: one transaction, however many calls.
//
// What a voucher is says package wire, what a call costs and when a miner serves say the daemons; this package holds the money.
package payment
