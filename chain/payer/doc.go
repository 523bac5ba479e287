// Package payer pays miners: it keeps channels of one account open, signs a voucher before each call, reckons by the receipts what
// the calls cost, and stops paying who reckons otherwise. Gateway, validator and client call through it.
//
// [Payer.Do] and [Payer.Stream] are [wire.Client]'s, paid: where a miner has no price they add nothing. What is at risk is small on purpose: beyond what was
// served, a miner holds a signature for the call under way and no more, or for one chunk of a stream.
//
// What was signed is on disk before it is sent, so that no crash makes the payer forget what it owes. What the calls under way cost when
// it crashed is not known afterwards; the miner is believed in it, up to what was signed for.
//
// It does not choose miners and does not judge answers. It moves no money but the deposits of its channels.
package payer
