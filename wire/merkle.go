package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
)

const (
	domainMerkle = "agon/merkle/v1"

	// MaxMerkleDepth bounds a proof's path, and so a tree's leaves to 2^MaxMerkleDepth.
	MaxMerkleDepth = 24
	// MaxMerkleLeaves is the most leaves that a tree may have.
	MaxMerkleLeaves = 1 << MaxMerkleDepth
)

// Leaves and nodes are hashed under different prefixes (RFC 6962, section 2.1), so neither can pass for the other.
func leafHash(leaf []byte) Hash {
	h := sha256.New()
	h.Write([]byte{0})
	h.Write(leaf)
	return Hash(h.Sum(nil))
}

func nodeHash(l, r Hash) Hash {
	var b [1 + 2*HashSize]byte
	b[0] = 1
	copy(b[1:], l[:])
	copy(b[1+HashSize:], r[:])
	return sha256.Sum256(b[:])
}

// rootHash binds the number of leaves to the top of the tree, so that a root stands for one layout only.
func rootHash(count uint32, top Hash) Hash {
	b := append(make([]byte, 0, len(domainMerkle)+4+HashSize), domainMerkle...)
	b = binary.BigEndian.AppendUint32(b, count)
	return sha256.Sum256(append(b, top[:]...))
}

// MerkleTree is a tree over leaves in the order given, shaped as in RFC 6962: a subtree's left side holds the
// largest power of two of leaves smaller than its own number.
type MerkleTree struct {
	// levels[0] are the leaf hashes; a last odd node rises to the next level unchanged, which gives RFC 6962's shape.
	levels [][]Hash
}

// NewMerkleTree hashes the leaves. It keeps none of them.
func NewMerkleTree(leaves [][]byte) (*MerkleTree, error) {
	if len(leaves) > MaxMerkleLeaves {
		return nil, fmt.Errorf("%w: %d leaves, at most %d", ErrProofBounds, len(leaves), MaxMerkleLeaves)
	}
	level := make([]Hash, len(leaves))
	for i, l := range leaves {
		level[i] = leafHash(l)
	}
	t := &MerkleTree{levels: [][]Hash{level}}
	for len(level) > 1 {
		next := make([]Hash, 0, (len(level)+1)/2)
		for i := 0; i+1 < len(level); i += 2 {
			next = append(next, nodeHash(level[i], level[i+1]))
		}
		if len(level)%2 == 1 {
			next = append(next, level[len(level)-1])
		}
		t.levels = append(t.levels, next)
		level = next
	}
	return t, nil
}

// Count is the number of leaves.
func (t *MerkleTree) Count() int { return len(t.levels[0]) }

// Root is SHA-256 over domain, count and the hash at the top (SHA-256 of nothing for an empty tree).
func (t *MerkleTree) Root() Hash {
	top := t.levels[len(t.levels)-1]
	if len(top) == 0 {
		return EmptyMerkleRoot()
	}
	return rootHash(uint32(t.Count()), top[0])
}

// EmptyMerkleRoot is the root of no leaves.
func EmptyMerkleRoot() Hash { return rootHash(0, sha256.Sum256(nil)) }

// Proof is the path from leaf index up to the root: the siblings, lowest first.
func (t *MerkleTree) Proof(index int) ([]Hash, error) {
	if index < 0 || index >= t.Count() {
		return nil, fmt.Errorf("%w: leaf %d of %d", ErrProofBounds, index, t.Count())
	}
	path := make([]Hash, 0, len(t.levels)-1)
	for _, level := range t.levels[:len(t.levels)-1] {
		if sibling := index ^ 1; sibling < len(level) {
			path = append(path, level[sibling])
		}
		index /= 2
	}
	return path, nil
}

// VerifyMerkle says whether leaf is the index-th of count leaves under root. Only the one path length that index and count
// imply is accepted; the work is bounded by it.
func VerifyMerkle(root Hash, leaf []byte, index, count uint32, path []Hash) error {
	got, err := MerkleRootFrom(leaf, index, count, path)
	if err != nil {
		return err
	}
	if got != root {
		return fmt.Errorf("%w: leaf %d of %d", ErrProof, index, count)
	}
	return nil
}

// MerkleRootFrom is the root to which the path of the index-th of count leaves leads, for trees whose root is itself a leaf of another.
// Errors: ErrProofBounds for any other than the one path length that index and count imply.
func MerkleRootFrom(leaf []byte, index, count uint32, path []Hash) (Hash, error) {
	if count > MaxMerkleLeaves || index >= count {
		return Hash{}, fmt.Errorf("%w: leaf %d of %d, at most %d leaves", ErrProofBounds, index, count, MaxMerkleLeaves)
	}
	if want := MerklePathLen(index, count); len(path) != want {
		return Hash{}, fmt.Errorf("%w: path of %d hashes for leaf %d of %d, want %d", ErrProofBounds, len(path), index, count, want)
	}
	h := leafHash(leaf)
	for i, last := index, count-1; last > 0; i, last = i/2, last/2 {
		switch {
		case i%2 == 1:
			h, path = nodeHash(path[0], h), path[1:]
		case i < last:
			h, path = nodeHash(h, path[0]), path[1:]
		}
	}
	return rootHash(count, h), nil
}

// MerklePathLen is the length of the path of leaf index in a tree of count leaves; 0 when index is out of range.
func MerklePathLen(index, count uint32) int {
	if index >= count {
		return 0
	}
	last := count - 1
	// Below the level where the index leaves the right edge every node has a sibling; on the edge only where the index's bit is set.
	inner := bits.Len32(index ^ last)
	return inner + bits.OnesCount32(index>>inner)
}
