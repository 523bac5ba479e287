package exam

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

const domainDraw = "agon/exam-draw/v1"

// drawer is an endless stream of 64-bit numbers: SHA-256 over domain, seed, commit hash, number of leaves and a counter, four numbers each.
type drawer struct {
	prefix  []byte
	counter uint64
	block   []byte
}

func (d *drawer) next() uint64 {
	if len(d.block) == 0 {
		h := sha256.Sum256(binary.BigEndian.AppendUint64(slices.Clip(d.prefix), d.counter))
		d.counter++
		d.block = h[:]
	}
	v := binary.BigEndian.Uint64(d.block)
	d.block = d.block[8:]
	return v
}

// below is uniform in [0, n). Numbers from the last, incomplete run of n are thrown away, so that no index is likelier.
func (d *drawer) below(n uint64) uint64 {
	skip := -n % n // 2^64 mod n
	for {
		if v := d.next(); v >= skip {
			return v % n
		}
	}
}

// Draw picks the leaves to open: min(openings, leaves) distinct indices below leaves, ascending, each set equally likely. The seed must be
// unknown when the commit is made; the commit hash makes the draws of validators that share a seed independent.
func Draw(seed, commitHash [32]byte, leaves uint32, openings uint16) []uint32 {
	prefix := append([]byte(domainDraw), seed[:]...)
	prefix = append(prefix, commitHash[:]...)
	d := drawer{prefix: binary.BigEndian.AppendUint32(prefix, leaves)}
	s := min(uint32(openings), leaves)
	drawn := make([]uint32, 0, s)
	// Floyd's sampling: s draws give s distinct indices, whatever their share of all.
	for top := leaves - s; top < leaves; top++ {
		v := uint32(d.below(uint64(top) + 1))
		at, taken := slices.BinarySearch(drawn, v)
		if taken {
			v, at = top, len(drawn) // top is larger than all drawn before
		}
		drawn = slices.Insert(drawn, at, v)
	}
	return drawn
}
