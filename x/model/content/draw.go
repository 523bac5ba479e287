package content

import (
	"crypto/sha256"
	"encoding/binary"
)

const domainDraw = "agon/content-draw/v1"

// Place is a chunk of a version's files: index of the file, leaf of the file, chunk of the leaf.
type Place struct{ File, Leaf, Chunk uint32 }

// Draw picks one chunk of a version, each as likely as any other, so that a byte is asked for as often as any byte. The same seed
// draws the same place. ok is false where the files have no bytes. Sizes are at most MaxFileSize, files at most MaxFiles.
func Draw(seed Hash, files []File) (place Place, ok bool) {
	var chunks uint64
	for _, f := range files {
		chunks += pieces(f.Size, ChunkSize)
	}
	if chunks == 0 {
		return Place{}, false
	}
	s := NewStream(domainDraw, seed[:])
	at := s.Below(chunks)
	for i, f := range files {
		n := pieces(f.Size, ChunkSize)
		if at < n {
			const perLeaf = LeafSize / ChunkSize
			return Place{File: uint32(i), Leaf: uint32(at / perLeaf), Chunk: uint32(at % perLeaf)}, true
		}
		at -= n
	}
	return Place{}, false // at is below the sum, so that one of them has it
}

// Stream is an endless row of numbers that follow from a seed: SHA-256 over a domain, the seed and a counter, four numbers of
// 64 bits each.
type Stream struct {
	prefix  []byte
	counter uint64
	block   []byte
}

// NewStream returns the row of a seed under a domain. The parts of the seed are hashed one behind the other, so that all but the last
// have a fixed width.
func NewStream(domain string, seed ...[]byte) *Stream {
	s := &Stream{prefix: []byte(domain)}
	for _, part := range seed {
		s.prefix = append(s.prefix, part...)
	}
	return s
}

func (s *Stream) next() uint64 {
	if len(s.block) == 0 {
		h := sha256.Sum256(binary.BigEndian.AppendUint64(s.prefix[:len(s.prefix):len(s.prefix)], s.counter))
		s.counter++
		s.block = h[:]
	}
	v := binary.BigEndian.Uint64(s.block)
	s.block = s.block[8:]
	return v
}

// Below is uniform in [0, n), and 0 for an n of 0. Numbers from the last, incomplete run of n are thrown away, so that none is likelier.
func (s *Stream) Below(n uint64) uint64 {
	if n == 0 {
		return 0
	}
	skip := -n % n // 2^64 mod n
	for {
		if v := s.next(); v >= skip {
			return v % n
		}
	}
}
