package exam_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/agon-chain/agon/x/scoring/exam"
	"github.com/stretchr/testify/require"
)

// examinedOf gives uids 10, 11, ... these weights.
func examinedOf(values ...uint16) []exam.Weight {
	var out []exam.Weight
	for i, v := range values {
		out = append(out, exam.Weight{UID: uint16(10 + i), Value: v})
	}
	return out
}

// equalWeights are n of them.
func equalWeights(n int, value uint16) []exam.Weight {
	return examinedOf(slices.Repeat([]uint16{value}, n)...)
}

// seedOf is another seed for each i.
func seedOf(i int) [32]byte { return sha256.Sum256(fmt.Appendf(nil, "seed %d", i)) }

func TestDrawIsDistinctAscendingAndInRange(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for miners := range 12 {
		for i := range 60 {
			p := exam.Params{ReceiptsPerMiner: uint16(1 + i%5), Openings: uint16(i)}
			examined := equalWeights(miners, 1)
			for k := range examined {
				examined[k].Value = uint16(1 + r.Uint32()>>(16+r.IntN(16))%math.MaxUint16)
			}
			d := exam.Draw(seedOf(i), [32]byte{byte(miners)}, p, examined)
			leaves := miners * int(p.ReceiptsPerMiner)
			require.Len(t, d, min(i, leaves))
			require.True(t, slices.IsSorted(d))
			require.Len(t, slices.Compact(slices.Clone(d)), len(d))
			if len(d) > 0 {
				require.Less(t, int(d[len(d)-1]), leaves)
			}
		}
	}
}

func TestDrawTakesWhatItIsGiven(t *testing.T) {
	require.Empty(t, exam.Draw(blockA, blockA, exam.Params{}, examinedOf(1, 2)))
	require.Empty(t, exam.Draw(blockA, blockA, asked, nil))
	// Examined leaves out weights of zero; where they come all the same, nothing vouches for nothing.
	require.Empty(t, exam.Draw(blockA, blockA, asked, examinedOf(0, 0)))
	require.Equal(t, []uint32{4, 5, 6, 7}, exam.Draw(blockA, blockA, exam.Params{ReceiptsPerMiner: 4, Openings: 64}, examinedOf(0, 9, 0)))
	// The largest sum of weights that there can be.
	all := make([]exam.Weight, 1<<16)
	for i := range all {
		all[i] = exam.Weight{UID: uint16(i), Value: math.MaxUint16}
	}
	require.Len(t, exam.Draw(blockA, blockA, exam.Params{ReceiptsPerMiner: math.MaxUint16, Openings: 64}, all), 64)
}

// slowDraw is the same rule with a list of all leaves left and their masses, and a fresh hash per number.
func slowDraw(seed, commit [32]byte, p exam.Params, examined []exam.Weight) []uint32 {
	type leaf struct {
		index uint32
		mass  uint64
	}
	var left []leaf
	for _, w := range examined {
		for range p.ReceiptsPerMiner {
			left = append(left, leaf{uint32(len(left)), uint64(w.Value)})
		}
	}
	leaves := uint32(len(left))
	var n uint64
	number := func() uint64 {
		b := append([]byte("agon/exam-draw/v2"), seed[:]...)
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
	var out []uint32
	for len(left) > 0 && len(out) < int(p.Openings) {
		var sum uint64
		for _, l := range left {
			sum += l.mass
		}
		v := below(sum)
		i := slices.IndexFunc(left, func(l leaf) bool {
			if v < l.mass {
				return true
			}
			v -= l.mass
			return false
		})
		out = append(out, left[i].index)
		left = slices.Delete(left, i, i+1)
	}
	slices.Sort(out)
	return out
}

func TestDrawMatchesTheObviousOne(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for i := range 500 {
		p := exam.Params{ReceiptsPerMiner: uint16(1 + r.IntN(9)), Openings: uint16(1 + i%64)}
		examined := equalWeights(1+r.IntN(120), 1)
		spread := r.IntN(16) // from all alike to one that outweighs all
		for k := range examined {
			examined[k].Value = uint16(max(1, (r.Uint32()&0xffff)>>r.IntN(1+spread)))
		}
		seed, commit := seedOf(i), sha256.Sum256([]byte{byte(i >> 8), 1})
		require.Equal(t, slowDraw(seed, commit, p, examined), exam.Draw(seed, commit, p, examined), "%+v %v", p, examined)
	}
}

// chiSquared compares counts with what was expected.
func chiSquared(count, expected []float64) float64 {
	chi := 0.0
	for i := range count {
		chi += (count[i] - expected[i]) * (count[i] - expected[i]) / expected[i]
	}
	return chi
}

// Under equal weights every leaf is drawn equally often: chi-squared over 48 leaves stays below the 99.99 % point for 47 degrees of
// freedom (about 91).
func TestDrawIsUniformUnderEqualWeights(t *testing.T) {
	const trials = 20000
	for _, value := range []uint16{1, 3, 65_535} {
		p, examined := exam.Params{ReceiptsPerMiner: 4, Openings: 5}, equalWeights(12, value)
		count, expected := make([]float64, 48), slices.Repeat([]float64{trials * 5 / 48.0}, 48)
		for i := range trials {
			for _, k := range exam.Draw(seedOf(i), [32]byte{1}, p, examined) {
				count[k]++
			}
		}
		require.Less(t, chiSquared(count, expected), 91.0, "weight %d", value)
	}
}

// One opening falls on a miner in proportion to its weight, and on each of its slots alike: 12 leaves, 11 degrees of freedom, the
// 99.99 % point is about 37.
func TestFirstLeafIsDrawnByWeight(t *testing.T) {
	const trials = 40000
	p, examined := exam.Params{ReceiptsPerMiner: 4, Openings: 1}, examinedOf(1, 9, 3)
	count, expected := make([]float64, 12), make([]float64, 12)
	for i := range expected {
		expected[i] = trials * float64(examined[i/4].Value) / (13 * 4)
	}
	for i := range trials {
		count[exam.Draw(seedOf(i), [32]byte{2}, p, examined)[0]]++
	}
	require.Less(t, chiSquared(count, expected), 37.0)
}

// Pairs come as often as successive sampling has them, the second by weight among what the first left: weights 1, 3 and 9 with
// one receipt each, three pairs, 2 degrees of freedom, the 99.99 % point is about 18.4.
func TestFurtherLeavesAreDrawnByWeightAmongTheRest(t *testing.T) {
	const trials = 40000
	p, examined := exam.Params{ReceiptsPerMiner: 1, Openings: 2}, examinedOf(1, 3, 9)
	pair := func(a, b float64) float64 { return trials * (a/13*b/(13-a) + b/13*a/(13-b)) }
	count, expected := make([]float64, 3), []float64{pair(1, 3), pair(1, 9), pair(3, 9)}
	for i := range trials {
		d := exam.Draw(seedOf(i), [32]byte{3}, p, examined)
		count[d[0]+d[1]-1]++
	}
	require.Less(t, chiSquared(count, expected), 18.4)
}

// A miner has only so many leaves, whatever it weighs: then the draw goes on among the others.
func TestHeavyMinerIsExhausted(t *testing.T) {
	p, examined := exam.Params{ReceiptsPerMiner: 4, Openings: 8}, examinedOf(1, 65_535, 1, 1)
	for i := range 200 {
		d := exam.Draw(seedOf(i), [32]byte{4}, p, examined)
		require.Len(t, d, 8)
		of := 0
		for _, k := range d {
			if k/4 == 1 {
				of++
			}
		}
		require.Equal(t, 4, of, "the weight of all others is 1 in 20000")
	}
}

// passes says whether a claimant without the receipts that missing names gets through a draw.
func passes(seed [32]byte, p exam.Params, examined []exam.Weight, missing func(miner, slot int) bool) bool {
	r := int(p.ReceiptsPerMiner)
	return !slices.ContainsFunc(exam.Draw(seed, [32]byte{7}, p, examined), func(k uint32) bool { return missing(int(k)/r, int(k)%r) })
}

// passRate is how often that happens, and the bound of README: (1-f)^s, f the part of the mass of all leaves that is missing.
func passRate(trials int, p exam.Params, examined []exam.Weight, missing func(miner, slot int) bool) (rate, bound float64) {
	passed, lost, all := 0, 0.0, 0.0
	for m, w := range examined {
		for s := range int(p.ReceiptsPerMiner) {
			all += float64(w.Value)
			if missing(m, s) {
				lost += float64(w.Value)
			}
		}
	}
	for i := range trials {
		if passes(seedOf(i), p, examined, missing) {
			passed++
		}
	}
	return float64(passed) / float64(trials), math.Pow(1-lost/all, float64(p.Openings))
}

// A copier that lacks receipts worth a part f of the weight survives with at most (1-f)^s, whichever they are; where the leaves are
// many, with about as much.
func TestSoundness(t *testing.T) {
	const trials = 20000
	steep := make([]uint16, 24) // each miner a sixth lighter than the one before
	for i := range steep {
		steep[i] = uint16(max(1, 60_000*math.Pow(5.0/6, float64(i))))
	}
	for name, c := range map[string]struct {
		p        exam.Params
		examined []exam.Weight
		missing  func(miner, slot int) bool
		tight    bool
	}{
		"a-quarter-of-equal-miners": {exam.Params{ReceiptsPerMiner: 4, Openings: 6}, equalWeights(16, 5), func(m, _ int) bool { return m >= 12 }, false},
		"the-heaviest":              {exam.Params{ReceiptsPerMiner: 4, Openings: 8}, examinedOf(steep...), func(m, _ int) bool { return m == 0 }, false},
		"all-but-the-heaviest":      {exam.Params{ReceiptsPerMiner: 4, Openings: 3}, examinedOf(steep...), func(m, _ int) bool { return m > 0 }, false},
		"the-lighter-half":          {exam.Params{ReceiptsPerMiner: 4, Openings: 8}, examinedOf(steep...), func(m, _ int) bool { return m >= 12 }, false},
		"one-slot-of-each":          {exam.Params{ReceiptsPerMiner: 4, Openings: 8}, examinedOf(steep...), func(_, s int) bool { return s == 2 }, false},
		"many-leaves":               {exam.Params{ReceiptsPerMiner: 256, Openings: 4}, examinedOf(steep...), func(m, _ int) bool { return m >= 8 }, true},
		"more-openings-than-held":   {exam.Params{ReceiptsPerMiner: 4, Openings: 5}, examinedOf(65_535, 1), func(m, _ int) bool { return m == 1 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			rate, bound := passRate(trials, c.p, c.examined, c.missing)
			noise := 4 * math.Sqrt(bound*(1-bound)/trials)
			require.LessOrEqual(t, rate, bound+noise)
			if c.tight {
				require.InDelta(t, bound, rate, 0.02+noise)
			}
			if name == "more-openings-than-held" {
				require.Zero(t, rate, "whoever holds fewer leaves than are opened never passes")
			}
		})
	}
}

// Four miners of its own at the least weight for each one copied are four fifths of the leaves, and hide nothing.
func TestPaddingHidesNothing(t *testing.T) {
	const copied, trials = 6, 20000
	p := exam.Params{ReceiptsPerMiner: 4, Openings: 8}
	examined := append(equalWeights(copied, 65_535), equalWeights(5*copied, 1)[copied:]...)
	rate, bound := passRate(trials, p, examined, func(m, _ int) bool { return m < copied })
	require.Less(t, bound, 1e-4)
	require.Less(t, rate, 1e-4)
}
