package task

import "maps"

// Gates that no answer to a validator's question opens: they come from outside of the scores.
const (
	// GateAttestation: the subnet asks for attested hardware, and it shows none.
	GateAttestation Gate = "attestation"
	// GateDevice: it shows a device that another uid, registered before it, shows already.
	GateDevice Gate = "device-slot"
	// GateSample: it signed an answer to a user's call that what it says it serves did not give.
	GateSample Gate = "sample"
	// GateOwner: as many uids of its owner as the subnet pays were registered before it.
	GateOwner Gate = "owner-slot"
)

// Hold is why a miner is not to be paid, whatever its answers.
type Hold struct {
	Gate Gate   `json:"gate"`
	Why  string `json:"why"` // in words, with the other uid
}

// HoldBack replaces who is held back. It is no part of the book's state: who keeps the book says it again after a restart.
func (b *Book) HoldBack(held map[MinerID]Hold) { b.held = maps.Clone(held) }
