package exam

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

const domainDraw = "agon/exam-draw/v2"

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

// Draw picks the leaves to open: min(Openings, leaves) distinct indices, ascending, of the miners examined (from [Examined]). They are
// drawn one after the other, each leaf as likely as the weight of its miner among the leaves left: weight is what receipts have
// to vouch for, so that many miners of next to no weight hide nothing. The seed must be unknown when the commit is made;
// the commit hash makes the draws of validators that share a seed independent. The work is Openings walks over the miners.
func Draw(seed, commitHash [32]byte, p Params, examined []Weight) []uint32 {
	r := uint32(p.ReceiptsPerMiner)
	prefix := append([]byte(domainDraw), seed[:]...)
	prefix = append(prefix, commitHash[:]...)
	d := drawer{prefix: binary.BigEndian.AppendUint32(prefix, p.leaves(examined))}
	left := make([]uint32, len(examined)) // leaves not drawn yet, by miner
	var mass uint64                       // of all leaves left, each as much as its miner's weight; below 2^48
	for i, w := range examined {
		left[i] = r
		mass += uint64(w.Value) * uint64(r)
	}
	var drawn []uint32
	for len(drawn) < int(p.Openings) && mass > 0 {
		v, i := d.below(mass), 0
		for ; v >= uint64(examined[i].Value)*uint64(left[i]); i++ {
			v -= uint64(examined[i].Value) * uint64(left[i])
		}
		weight := uint64(examined[i].Value)
		// The leaf is the k-th of this miner that is left: each one drawn below it moves it up by one.
		index := uint32(i)*r + uint32(v/weight)
		at, _ := slices.BinarySearch(drawn, uint32(i)*r)
		for at < len(drawn) && drawn[at] <= index {
			index++
			at++
		}
		drawn = slices.Insert(drawn, at, index)
		left[i]--
		mass -= weight
	}
	return drawn
}
