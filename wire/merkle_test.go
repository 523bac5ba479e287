package wire_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/agon-chain/agon/wire"
	"github.com/stretchr/testify/require"
)

func leaves(n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = []byte(fmt.Sprintf("leaf %d", i))
	}
	return out
}

// slowRoot is RFC 6962's definition, word by word: split at the largest power of two smaller than n.
func slowRoot(l [][]byte) []byte {
	switch len(l) {
	case 0:
		h := sha256.Sum256(nil)
		return h[:]
	case 1:
		h := sha256.Sum256(append([]byte{0}, l[0]...))
		return h[:]
	}
	k := 1
	for k*2 < len(l) {
		k *= 2
	}
	h := sha256.Sum256(append(append([]byte{1}, slowRoot(l[:k])...), slowRoot(l[k:])...))
	return h[:]
}

func TestMerkleMatchesTheDefinition(t *testing.T) {
	for n := range 70 {
		l := leaves(n)
		tree, err := wire.NewMerkleTree(l)
		require.NoError(t, err)
		b := binary.BigEndian.AppendUint32([]byte("agon/merkle/v1"), uint32(n))
		require.Equal(t, wire.Hash(sha256.Sum256(append(b, slowRoot(l)...))), tree.Root(), n)
		for i := range n {
			path, err := tree.Proof(i)
			require.NoError(t, err)
			require.Len(t, path, wire.MerklePathLen(uint32(i), uint32(n)))
			require.NoError(t, wire.VerifyMerkle(tree.Root(), l[i], uint32(i), uint32(n), path), "leaf %d of %d", i, n)
		}
	}
	require.Equal(t, wire.EmptyMerkleRoot(), mustRoot(t, nil))
}

func mustRoot(t *testing.T, l [][]byte) wire.Hash {
	t.Helper()
	tree, err := wire.NewMerkleTree(l)
	require.NoError(t, err)
	return tree.Root()
}

func TestMerkleRefuses(t *testing.T) {
	l := leaves(13)
	tree, err := wire.NewMerkleTree(l)
	require.NoError(t, err)
	root := tree.Root()
	for i := range uint32(13) {
		path, err := tree.Proof(int(i))
		require.NoError(t, err)
		for j := range uint32(13) {
			if j != i {
				require.Error(t, wire.VerifyMerkle(root, l[i], j, 13, path), "leaf %d shown as %d", i, j)
			}
		}
		require.ErrorIs(t, wire.VerifyMerkle(root, []byte("other"), i, 13, path), wire.ErrProof)
		require.ErrorIs(t, wire.VerifyMerkle(root, l[i], i, 13, path[1:]), wire.ErrProofBounds)
		require.ErrorIs(t, wire.VerifyMerkle(root, l[i], i, 13, append(path, wire.Hash{})), wire.ErrProofBounds)
		for n := uint32(0); n < 40; n++ {
			if n != 13 {
				require.Error(t, wire.VerifyMerkle(root, l[i], i, n, path), "leaf %d of %d leaves", i, n)
			}
		}
	}
	_, err = tree.Proof(13)
	require.ErrorIs(t, err, wire.ErrProofBounds)
	_, err = tree.Proof(-1)
	require.ErrorIs(t, err, wire.ErrProofBounds)
	require.ErrorIs(t, wire.VerifyMerkle(root, nil, 0, wire.MaxMerkleLeaves+1, nil), wire.ErrProofBounds)
}

func FuzzVerifyMerkle(f *testing.F) {
	tree, err := wire.NewMerkleTree(leaves(13))
	require.NoError(f, err)
	f.Add([]byte("leaf 3"), uint32(3), uint32(13), []byte{})
	f.Fuzz(func(t *testing.T, leaf []byte, index, count uint32, raw []byte) {
		var path []wire.Hash
		for len(raw) >= wire.HashSize {
			path, raw = append(path, wire.Hash(raw[:wire.HashSize])), raw[wire.HashSize:]
		}
		if wire.VerifyMerkle(tree.Root(), leaf, index, count, path) == nil {
			require.Equal(t, uint32(13), count)
			require.Equal(t, fmt.Sprintf("leaf %d", index), string(leaf))
		}
	})
}
