package content

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/agon-chain/agon/wire"
)

const domainFile = "agon/content-file/v1"

// Hash is a SHA-256 digest.
type Hash = wire.Hash

// File is a file by its content: path below the version's folder, size in bytes, root.
type File struct {
	Path string
	Size uint64
	Root Hash
}

// Index is the size of a file and the roots of its leaves: what is kept to prove chunks of it without hashing all of it again, 32 bytes a MiB.
type Index struct {
	Size   uint64
	Leaves []Hash
}

// Read hashes a stream to its end, one leaf at a time. progress, which may be nil, is told how many bytes were read after each leaf.
// Errors: those of r, and ErrFiles for more than MaxFileSize bytes.
func Read(r io.Reader, progress func(bytes uint64)) (*Index, error) {
	x := &Index{}
	buffer := make([]byte, LeafSize)
	for {
		n, err := io.ReadFull(r, buffer)
		if n > 0 {
			if len(x.Leaves) == MaxLeaves {
				return nil, fmt.Errorf("%w: a file has more than %d bytes", ErrFiles, uint64(MaxFileSize))
			}
			x.Size += uint64(n)
			x.Leaves = append(x.Leaves, leafTree(buffer[:n]).Root())
			if progress != nil {
				progress(x.Size)
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return x, nil
		case err != nil:
			return nil, err
		}
	}
}

// Root of the file.
func (x *Index) Root() Hash { return fileRoot(x.Size, x.tree().Root()) }

func (x *Index) tree() *wire.MerkleTree {
	parts := make([][]byte, len(x.Leaves))
	for i := range x.Leaves {
		parts[i] = x.Leaves[i][:]
	}
	return tree(parts)
}

func fileRoot(size uint64, top Hash) Hash {
	b := append(make([]byte, 0, len(domainFile)+8+wire.HashSize), domainFile...)
	b = binary.BigEndian.AppendUint64(b, size)
	return sha256.Sum256(append(b, top[:]...))
}

// leafTree is the tree over the chunks of one leaf, of at most LeafSize bytes.
func leafTree(leaf []byte) *wire.MerkleTree {
	parts := make([][]byte, 0, pieces(uint64(len(leaf)), ChunkSize))
	for start := 0; start < len(leaf); start += ChunkSize {
		parts = append(parts, leaf[start:min(start+ChunkSize, len(leaf))])
	}
	return tree(parts)
}

// tree over parts that callers keep within the bounds.
func tree(parts [][]byte) *wire.MerkleTree {
	t, err := wire.NewMerkleTree(parts)
	if err != nil {
		panic(err) // Read stops before, and a list of files is checked before
	}
	return t
}
