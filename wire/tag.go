package wire

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

const domainExaminerTag = "agon/examiner-tag/v2"

// Tag stands on every request and is signed in its receipt. A user's is random; an examiner's is a hash that looks
// random until the examiner opens it.
type Tag [HashSize]byte

// RandomTag is the tag of a call that nobody will ever open.
func RandomTag() Tag {
	var t Tag
	rand.Read(t[:]) //nolint:errcheck // crypto/rand.Read never returns an error: it ends the program instead
	return t
}

// String spells the tag as its header does.
func (t Tag) String() string { return text.EncodeToString(t[:]) }

// ParseTag reads what String writes.
func ParseTag(s string) (Tag, error) {
	var t Tag
	if err := decodeText(t[:], s); err != nil {
		return Tag{}, fmt.Errorf("tag %w", err)
	}
	return t, nil
}

// ExaminerNonce is what an examiner keeps to open a tag. Its first four bytes say which receipt of which miner this is
// (uid, then slot), the other 28 are random: a receipt can stand for one place in an examination only, so the
// same receipt cannot be counted twice, and 224 random bits keep the tag unguessable.
type ExaminerNonce [HashSize]byte

// NewExaminerNonce makes a fresh nonce for the slot-th receipt (from 0) wanted from miner uid.
func NewExaminerNonce(uid, slot uint16) ExaminerNonce {
	var n ExaminerNonce
	rand.Read(n[:]) //nolint:errcheck // crypto/rand.Read never returns an error: it ends the program instead
	binary.BigEndian.PutUint16(n[0:2], uid)
	binary.BigEndian.PutUint16(n[2:4], slot)
	return n
}

// UID is the miner that the nonce was made for.
func (n ExaminerNonce) UID() uint16 { return binary.BigEndian.Uint16(n[0:2]) }

// Slot is the place among that miner's receipts that the nonce was made for.
func (n ExaminerNonce) Slot() uint16 { return binary.BigEndian.Uint16(n[2:4]) }

// ExaminerTag is SHA-256 over domain (20 bytes), SHA-256 of the hotkey's raw address bytes (32), netuid (2), mechanism (1), epoch (8),
// question hash (32) and nonce (32). The hotkey is hashed first so that the layout is fixed whatever the address's length.
// The mechanism is bound because a receipt that served in two would halve what examining both costs.
// The question hash is [BodyHash] of the request's body, so the receipt alone and the nonce are enough to open the tag.
func ExaminerTag(hotkey []byte, netuid uint16, mechanism uint8, epoch uint64, question Hash, nonce ExaminerNonce) Tag {
	b := make([]byte, 0, len(domainExaminerTag)+32+2+1+8+32+32)
	b = append(b, domainExaminerTag...)
	h := sha256.Sum256(hotkey)
	b = append(b, h[:]...)
	b = binary.BigEndian.AppendUint16(b, netuid)
	b = append(b, mechanism)
	b = binary.BigEndian.AppendUint64(b, epoch)
	b = append(b, question[:]...)
	b = append(b, nonce[:]...)
	return sha256.Sum256(b)
}
