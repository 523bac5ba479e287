package exam

import (
	"fmt"

	"github.com/agon-chain/agon/wire"
)

// LeafSize is the width in bytes of an encoded [Leaf].
const LeafSize = wire.ReceiptSize + wire.HashSize

// Leaf is one receipt and the nonce that opens its tag.
type Leaf struct {
	Receipt wire.Receipt
	Nonce   wire.ExaminerNonce
}

// Encode writes the receipt, then the nonce: [LeafSize] bytes.
func (l *Leaf) Encode() []byte { return append(l.Receipt.Encode(), l.Nonce[:]...) }

// DecodeLeaf reads exactly what Encode writes. Errors: [ErrLeaf].
func DecodeLeaf(b []byte) (Leaf, error) {
	if len(b) != LeafSize {
		return Leaf{}, fmt.Errorf("%w: %d bytes, want %d", ErrLeaf, len(b), LeafSize)
	}
	r, err := wire.DecodeReceipt(b[:wire.ReceiptSize])
	if err != nil {
		return Leaf{}, fmt.Errorf("%w: %w", ErrLeaf, err)
	}
	return Leaf{Receipt: r, Nonce: wire.ExaminerNonce(b[wire.ReceiptSize:])}, nil
}

// Binding is what every receipt of one examination belongs to.
type Binding struct {
	ChainIDHash [32]byte
	Netuid      uint16
	Mechanism   uint8
	Hotkey      []byte // raw address of the validator
	Epoch       uint64
}

// check says whether the leaf may stand at a place; who signed it is not looked at. The place is part of the nonce, the nonce part of the
// tag, and the tag part of what the miner signed: one receipt therefore fits one place of one validator in one
// mechanism and epoch.
func (b *Binding) check(l *Leaf, uid, slot uint16) error {
	if l.Nonce.UID() != uid || l.Nonce.Slot() != slot {
		return fmt.Errorf("%w: made for uid %d slot %d, stands at uid %d slot %d", ErrPlace, l.Nonce.UID(), l.Nonce.Slot(), uid, slot)
	}
	if l.Receipt.ChainIDHash != b.ChainIDHash {
		return fmt.Errorf("%w: uid %d slot %d: chain id hash %x, want %x", ErrChain, uid, slot, l.Receipt.ChainIDHash, b.ChainIDHash)
	}
	if l.Receipt.Netuid != b.Netuid {
		return fmt.Errorf("%w: uid %d slot %d: netuid %d, want %d", ErrNetuid, uid, slot, l.Receipt.Netuid, b.Netuid)
	}
	// An error costs its asker nothing, so it proves no examination.
	if l.Receipt.Status < 200 || l.Receipt.Status > 299 {
		return fmt.Errorf("%w: uid %d slot %d: HTTP status %d, want 200 to 299", ErrStatus, uid, slot, l.Receipt.Status)
	}
	if tag := wire.ExaminerTag(b.Hotkey, b.Netuid, b.Mechanism, b.Epoch, l.Receipt.QuestionHash, l.Nonce); tag != l.Receipt.Tag {
		return fmt.Errorf("%w: uid %d slot %d: tag %s, opens to %s for mechanism %d, epoch %d", ErrTag, uid, slot, l.Receipt.Tag, tag, b.Mechanism, b.Epoch)
	}
	return nil
}
