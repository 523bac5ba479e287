package content_test

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"

	"github.com/agon-chain/agon/x/model/content"
)

// The definition word by word: RFC 6962's tree by recursion, a root that binds the number of leaves, and the hashes of a file and of
// a version around it.

func slowTop(parts [][]byte) []byte {
	switch len(parts) {
	case 0:
		h := sha256.Sum256(nil)
		return h[:]
	case 1:
		h := sha256.Sum256(append([]byte{0}, parts[0]...))
		return h[:]
	}
	k := 1
	for k*2 < len(parts) {
		k *= 2
	}
	h := sha256.Sum256(append(append([]byte{1}, slowTop(parts[:k])...), slowTop(parts[k:])...))
	return h[:]
}

func slowMerkle(parts [][]byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte("agon/merkle/v1"), uint32(len(parts)))
	h := sha256.Sum256(append(b, slowTop(parts)...))
	return h[:]
}

func cut(data []byte, length int) (parts [][]byte) {
	for len(data) > length {
		parts, data = append(parts, data[:length]), data[length:]
	}
	if len(data) > 0 {
		parts = append(parts, data)
	}
	return parts
}

func slowFile(data []byte) content.Hash {
	var leaves [][]byte
	for _, leaf := range cut(data, 1<<20) {
		leaves = append(leaves, slowMerkle(cut(leaf, 1<<10)))
	}
	b := binary.BigEndian.AppendUint64([]byte("agon/content-file/v1"), uint64(len(data)))
	return sha256.Sum256(append(b, slowMerkle(leaves)...))
}

func slowTree(files []content.File) content.Hash {
	var entries [][]byte
	for _, f := range files {
		e := append([]byte{byte(len(f.Path) >> 8), byte(len(f.Path))}, f.Path...)
		e = binary.BigEndian.AppendUint64(e, f.Size)
		entries = append(entries, append(e, f.Root[:]...))
	}
	return sha256.Sum256(append([]byte("agon/content-tree/v1"), slowMerkle(entries)...))
}

// noise is size bytes, the same for a seed.
func noise(seed uint64, size int) []byte {
	var key [32]byte
	binary.BigEndian.PutUint64(key[:], seed)
	b := make([]byte, size)
	_, _ = rand.NewChaCha8(key).Read(b) // never fails
	return b
}
