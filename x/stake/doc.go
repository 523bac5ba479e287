// Package stake is who backs whom: each subnet's token, the pool in which it trades against AGON, and the positions that
// holders have staked behind hotkeys.
//
// It is the market and the ledger of stake, and nothing else: who is registered is the business of x/subnet, how good a
// neuron is that of x/scoring, and how much an epoch pays that of x/emission, which credits it here. Nothing here
// runs at the begin or the end of a block, and nothing iterates over the backers of a hotkey.
package stake
