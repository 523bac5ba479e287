package content

import "github.com/agon-chain/agon/wire"

const (
	// ChunkSize is how many bytes a proof shows: a chunk with its path fits in a transaction.
	ChunkSize = 1 << 10
	// LeafSize is how many bytes of a file stand under one hash that is kept.
	LeafSize = 1 << 20
	// MaxLeaves is the most leaves of a file.
	MaxLeaves = wire.MaxMerkleLeaves
	// MaxFileSize is the most bytes of a file: 16 TiB.
	MaxFileSize = MaxLeaves * LeafSize
	// MaxFiles is the most files of a version.
	MaxFiles = 1024
	// MaxPath is the most bytes of a file's path.
	MaxPath = 255
)

// Leaves is the number of leaves of a file of so many bytes.
func Leaves(size uint64) uint32 { return uint32(pieces(size, LeafSize)) }

// Chunks is the number of chunks of a leaf of a file of so many bytes; 0 where it has no such leaf.
func Chunks(size uint64, leaf uint32) uint32 { return uint32(pieces(leafSize(size, leaf), ChunkSize)) }

// leafSize is how many bytes a leaf of a file has.
func leafSize(size uint64, leaf uint32) uint64 {
	start := uint64(leaf) * LeafSize
	if start >= size {
		return 0
	}
	return min(size-start, LeafSize)
}

// chunkSize is how many bytes a chunk of a leaf of a file has.
func chunkSize(size uint64, leaf, chunk uint32) uint64 {
	of, start := leafSize(size, leaf), uint64(chunk)*ChunkSize
	if start >= of {
		return 0
	}
	return min(of-start, ChunkSize)
}

// pieces is how many pieces of a length cover a size.
func pieces(size, length uint64) uint64 {
	n := size / length
	if size%length > 0 {
		n++
	}
	return n
}
