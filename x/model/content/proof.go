package content

import (
	"fmt"
	"io"

	"github.com/agon-chain/agon/wire"
)

// Proof shows one chunk of a file.
type Proof struct {
	Chunk     []byte // at most ChunkSize bytes
	ChunkPath []Hash // siblings from the chunk up to its leaf, lowest first
	LeafPath  []Hash // siblings from the leaf up to the file, lowest first
}

// Prove reads one leaf of a file that was hashed before and shows a chunk of it. Errors: ErrPlace, ErrChanged where the leaf is not what
// it was, and those of r.
func (x *Index) Prove(r io.ReaderAt, leaf, chunk uint32) (*Proof, error) {
	if chunk >= Chunks(x.Size, leaf) {
		return nil, fmt.Errorf("%w: leaf %d, chunk %d of %d bytes", ErrPlace, leaf, chunk, x.Size)
	}
	data := make([]byte, leafSize(x.Size, leaf))
	if _, err := r.ReadAt(data, int64(leaf)*LeafSize); err != nil && err != io.EOF {
		return nil, err
	}
	chunks := leafTree(data)
	if chunks.Root() != x.Leaves[leaf] {
		return nil, fmt.Errorf("%w: leaf %d, bytes %d to %d; hash it again", ErrChanged, leaf, uint64(leaf)*LeafSize, uint64(leaf)*LeafSize+uint64(len(data)))
	}
	p := &Proof{Chunk: data[chunk*ChunkSize:][:chunkSize(x.Size, leaf, chunk)]}
	var err error
	if p.ChunkPath, err = chunks.Proof(int(chunk)); err != nil {
		return nil, err
	}
	p.LeafPath, err = x.tree().Proof(int(leaf))
	return p, err
}

// Verify says whether a proof shows the chunk at a place of a file. Its work is bounded by the depth of the trees. Errors: ErrPlace, ErrProof.
func (f File) Verify(leaf, chunk uint32, p *Proof) error {
	if f.Size > MaxFileSize || chunk >= Chunks(f.Size, leaf) {
		return fmt.Errorf("%w: leaf %d, chunk %d of %d bytes", ErrPlace, leaf, chunk, f.Size)
	}
	if want := chunkSize(f.Size, leaf, chunk); uint64(len(p.Chunk)) != want {
		return fmt.Errorf("%w: chunk has %d bytes, want %d", ErrProof, len(p.Chunk), want)
	}
	root, err := wire.MerkleRootFrom(p.Chunk, chunk, Chunks(f.Size, leaf), p.ChunkPath)
	if err != nil {
		return fmt.Errorf("%w: chunk_path: %w", ErrProof, err)
	}
	top, err := wire.MerkleRootFrom(root[:], leaf, Leaves(f.Size), p.LeafPath)
	if err != nil {
		return fmt.Errorf("%w: leaf_path: %w", ErrProof, err)
	}
	if fileRoot(f.Size, top) != f.Root {
		return fmt.Errorf("%w: leaf %d, chunk %d; the chunk or a path is of another file or place", ErrProof, leaf, chunk)
	}
	return nil
}
