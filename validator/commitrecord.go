package validator

import (
	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/scoring/exam"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
)

// Status is how far a commit has come. It only moves down this list.
type Status string

const (
	// Prepared: durable here, perhaps sent, not seen on the chain.
	Prepared Status = "prepared"
	// Committed: seen on the chain.
	Committed Status = "committed"
	// Revealing: the reveal may have been sent.
	Revealing Status = "revealing"
	// Revealed: the weights count.
	Revealed Status = "revealed"
	// Missed: never got onto the chain in its epoch.
	Missed Status = "missed"
	// Expired: on the chain, but not revealed in time.
	Expired Status = "expired"
	// Failed: the chain will never take the reveal.
	Failed Status = "failed"
)

// Final says that nothing can change any more.
func (s Status) Final() bool {
	return s == Revealed || s == Missed || s == Expired || s == Failed
}

// CommitRecord is everything that it takes to reveal a commit, but its receipts, which the store keeps beside it.
type CommitRecord struct {
	Epoch   uint64        `json:"epoch"`
	UID     uint16        `json:"uid"` // the validator's own, which needs no receipts
	Version uint64        `json:"version"`
	Hash    []byte        `json:"hash"`
	Salt    []byte        `json:"salt"`
	Root    []byte        `json:"root"`
	Weights []exam.Weight `json:"weights"` // in the order revealed
	Params  exam.Params   `json:"params"`
	Status  Status        `json:"status"`
	Reason  string        `json:"reason,omitempty"` // why it failed, or why the last try was refused
	Height  int64         `json:"height,omitempty"` // of the commit on the chain
}

// matches says whether the record still is what its hash promises.
func (r *CommitRecord) matches(self Self) bool {
	if len(r.Root) != wire.HashSize {
		return false
	}
	h := exam.Commitment{
		Netuid: self.Netuid, Mechanism: self.Mechanism, Hotkey: self.Hotkey, Epoch: r.Epoch, Version: r.Version,
		ReceiptsRoot: [32]byte(r.Root), Weights: r.Weights, Salt: r.Salt,
	}.Hash()
	return string(h[:]) == string(r.Hash)
}

// wireWeights are the weights as messages carry them.
func wireWeights(weights []exam.Weight) []scoringtypes.Weight {
	out := make([]scoringtypes.Weight, len(weights))
	for i, w := range weights {
		out[i] = scoringtypes.Weight{Uid: uint32(w.UID), Value: uint32(w.Value)}
	}
	return out
}
