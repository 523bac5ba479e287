// Package till is the miner's side of payment: it holds the vouchers that payers send, durably and before a call is served, reckons what was
// spent of them, and claims them from the chain.
//
// For each channel it keeps the highest voucher and the sum of what served calls cost. A call is served while what is vouched covers all that was
// spent, what other calls under way reserve, and what this one may cost; so either side is exposed for one call, and for each that runs at the
// same time. It knows no HTTP, no prices and no tokens: whoever serves says how much a call may cost and what it did cost. Of the chain it needs the few
// methods of Chain; the chain's word is asked for again and again, and events play no part.
package till
