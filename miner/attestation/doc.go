// Package attestation gets evidence about a miner's hardware for a nonce, by running the program that the hardware's vendor ships for it.
//
// It verifies nothing: package verify/attest does, at whoever asked. It chooses no nonce either: the miner binds each to itself.
package attestation
