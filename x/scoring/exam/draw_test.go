package exam_test

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/agon-chain/agon/x/scoring/exam"
	"github.com/stretchr/testify/require"
)

func TestDrawIsDistinctAscendingAndInRange(t *testing.T) {
	for leaves := range uint32(40) {
		for s := range uint16(45) {
			d := exam.Draw([32]byte{byte(s)}, [32]byte{byte(leaves)}, leaves, s)
			require.Len(t, d, int(min(uint32(s), leaves)))
			require.True(t, slices.IsSorted(d))
			require.Len(t, slices.Compact(slices.Clone(d)), len(d))
			if len(d) > 0 {
				require.Less(t, d[len(d)-1], leaves)
			}
		}
	}
}

// slowDraw is the same rule with an unsorted list and a fresh hash per number.
func slowDraw(seed, commit [32]byte, leaves uint32, s uint16) []uint32 {
	var n uint64
	number := func() uint64 {
		b := append([]byte("agon/exam-draw/v1"), seed[:]...)
		b = append(b, commit[:]...)
		b = binary.BigEndian.AppendUint32(b, leaves)
		h := sha256.Sum256(binary.BigEndian.AppendUint64(b, n/4))
		v := binary.BigEndian.Uint64(h[n%4*8:])
		n++
		return v
	}
	below := func(m uint64) uint64 {
		for {
			v := number()
			if v >= (1<<63%m*2)%m { // 2^64 mod m, without 2^64
				return v % m
			}
		}
	}
	k := min(uint32(s), leaves)
	var out []uint32
	for top := leaves - k; top < leaves; top++ {
		v := uint32(below(uint64(top) + 1))
		if slices.Contains(out, v) {
			v = top
		}
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}

func TestDrawMatchesTheObviousOne(t *testing.T) {
	for i := range 500 {
		seed, commit := sha256.Sum256([]byte{byte(i)}), sha256.Sum256([]byte{byte(i >> 8), 1})
		leaves, s := uint32(1+i*7%3000), uint16(1+i%64)
		require.Equal(t, slowDraw(seed, commit, leaves, s), exam.Draw(seed, commit, leaves, s))
	}
}

// Every leaf is drawn equally often: chi-squared over 48 leaves stays below the 99.99 % point for 47 degrees of freedom (about 91).
func TestDrawIsUniform(t *testing.T) {
	const leaves, s, trials = 48, 5, 20000
	var count [leaves]float64
	for i := range trials {
		for _, k := range exam.Draw([32]byte{byte(i), byte(i >> 8)}, [32]byte{1}, leaves, s) {
			count[k]++
		}
	}
	expected, chi := float64(trials*s)/leaves, 0.0
	for _, c := range count {
		chi += (c - expected) * (c - expected) / expected
	}
	require.Less(t, chi, 91.0)
}
