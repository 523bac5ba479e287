package exam

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
)

const domainWeights = "agon/weights/v2"

// Weight is a validator's weight on one miner, as it travels on the chain.
type Weight struct {
	UID   uint16
	Value uint16
}

// Commitment is all that a weights commit binds. Salt keeps the weights secret until the reveal; hotkey, mechanism and epoch keep a
// commit from being copied or used again.
type Commitment struct {
	Netuid       uint16
	Mechanism    uint8
	Hotkey       []byte // raw address
	Epoch        uint64
	Version      uint64   // the validator's weights version
	ReceiptsRoot [32]byte // of the receipts; wire.EmptyMerkleRoot where there are none
	Weights      []Weight // in the order revealed
	Salt         []byte
}

// Hash is SHA-256 over domain, netuid (2), mechanism (1), hotkey (length 4, bytes), epoch (8), version (8), root (32), weights (count 4,
// then uid 2 and value 2 each) and salt (length 4, bytes).
func (c Commitment) Hash() [32]byte {
	b := make([]byte, 0, len(domainWeights)+2+1+4+len(c.Hotkey)+8+8+32+4+4*len(c.Weights)+4+len(c.Salt))
	b = append(b, domainWeights...)
	b = binary.BigEndian.AppendUint16(b, c.Netuid)
	b = append(b, c.Mechanism)
	b = binary.BigEndian.AppendUint32(b, uint32(len(c.Hotkey)))
	b = append(b, c.Hotkey...)
	b = binary.BigEndian.AppendUint64(b, c.Epoch)
	b = binary.BigEndian.AppendUint64(b, c.Version)
	b = append(b, c.ReceiptsRoot[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(c.Weights)))
	for _, w := range c.Weights {
		b = binary.BigEndian.AppendUint16(b, w.UID)
		b = binary.BigEndian.AppendUint16(b, w.Value)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(c.Salt)))
	return sha256.Sum256(append(b, c.Salt...))
}

// Examined lists, ascending by uid, the weights that need receipts: those that are not zero, less those on skip. Skip is for the
// validator's own uid, which cannot hold receipts from itself; leaving it nil demands receipts of every uid weighed.
// Errors: [ErrWeights].
func Examined(weights []Weight, skip ...uint16) ([]Weight, error) {
	sorted := slices.Clone(weights)
	slices.SortFunc(sorted, func(a, b Weight) int { return cmp.Compare(a.UID, b.UID) })
	for i := 1; i < len(sorted); i++ {
		if sorted[i].UID == sorted[i-1].UID {
			return nil, fmt.Errorf("%w: uid %d", ErrWeights, sorted[i].UID)
		}
	}
	return slices.DeleteFunc(sorted, func(w Weight) bool { return w.Value == 0 || slices.Contains(skip, w.UID) }), nil
}
