package yuma

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

var edges = []int64{
	0, 1, -1, 2, -2, One / 2, One - 1, One, One + 1, -One, -One - 1, 1 << 46, -(1 << 46), 1 << 47, 1 << 48,
	1 << 62, -(1 << 62), math.MaxInt64 - 1, math.MaxInt64, math.MinInt64, math.MinInt64 + 1,
}

func TestFixedMatchesBigIntegers(t *testing.T) {
	check := func(a, b int64) {
		require.Equal(t, oMul(a, b), mul(a, b), "%d * %d", a, b)
		require.Equal(t, oQuo(a, b), quo(a, b), "%d / %d", a, b)
		require.Equal(t, oAdd(a, b), add(a, b), "%d + %d", a, b)
		require.Equal(t, oSub(a, b), sub(a, b), "%d - %d", a, b)
	}
	for _, a := range edges {
		for _, b := range edges {
			check(a, b)
		}
	}
	s := source(1)
	for range rounds(50_000) {
		check(int64(s.next())>>s.below(64), int64(s.next())>>s.below(64))
	}
}

func TestDivisorIsExact(t *testing.T) {
	check := func(x, d uint64) {
		v := newDivisor(d)
		want := new(big.Int).Lsh(new(big.Int).SetUint64(x), 32)
		want.Quo(want, new(big.Int).SetUint64(d))
		require.Equal(t, want.Uint64(), v.quo(x), "%d / %d", x, d)
	}
	s := source(2)
	for shift := range 63 {
		for _, d := range []uint64{1 << shift, 1<<shift + 1, 1<<(shift+1) - 1} {
			for _, x := range []uint64{0, 1, d / 3, d / 2, d - 1, d} {
				check(x, d)
			}
			for range rounds(500) {
				check(s.next()%(d+1), d)
			}
		}
	}
	for range rounds(100_000) {
		d := s.next()>>(1+s.below(63)) | 1
		check(s.next()%(d+1), d)
	}
	// The quotients that come nearest to an integer from below, by 1/d, are those
	// of the x that leaves the remainder d-1. It exists for odd d.
	nearest := func(d uint64) uint64 {
		x := new(big.Int).ModInverse(big.NewInt(1<<32), new(big.Int).SetUint64(d))
		return d - x.Uint64()
	}
	for d := uint64(3); d < 1000; d += 2 {
		require.Equal(t, d-1, nearest(d)<<32%d)
		check(nearest(d), d)
		for x := range d + 1 {
			check(x, d)
		}
	}
	for range rounds(100_000) { // around 2^32, where rounding changes
		d := uint64(1)<<(24+s.below(14)) - s.next()%(1<<20) | 1
		check(nearest(d), d)
	}
	zero := newDivisor(0)
	require.Zero(t, zero.quo(0))
	require.Zero(t, zero.quo(maxU16))
}

func TestMulShareIsExact(t *testing.T) {
	check := func(a, b uint64) {
		require.Equal(t, uint64(oMul(int64(a), int64(b))), mulShare(a, b), "%d * %d", a, b)
	}
	ends := []uint64{0, 1, 2, one / 2, one/2 + 1, one - 2, one - 1, one}
	s := source(8)
	for _, a := range ends {
		for _, b := range ends {
			check(a, b)
		}
		for range rounds(2_000) {
			check(a, s.next()%(one+1))
		}
	}
	for range rounds(50_000) {
		check(s.next()%(one+1), s.next()%(one+1)>>s.below(32))
	}
}

func TestReciprocalsAreExact(t *testing.T) {
	s := source(3)
	for i := uint64(2); i < expTerms; i++ {
		check := func(v uint64) {
			// One times x, shifted, is x: the term divides v by i.
			require.Equal(t, v/i, nextTerm(one, v, int(i)), "%d / %d", v, i)
		}
		top := uint64(math.MaxInt64)
		for _, v := range []uint64{0, 1, i - 1, i, i + 1, top, top - top%i, top - top%i - 1} {
			check(v)
		}
		for range rounds(20_000) {
			v := s.next() >> (1 + s.below(62))
			check(v)
			check(v - v%i)
			if v >= i {
				check(v - v%i - 1)
			}
		}
	}
}

func TestExpMatchesOracle(t *testing.T) {
	check := func(x int64) {
		require.Equal(t, oracleExp(x), expSafe(x), x)
	}
	for _, x := range edges {
		check(x)
	}
	for k := int64(-21); k <= 21; k++ {
		for d := int64(-2); d <= 2; d++ {
			check(k*One + d)
		}
	}
	s := source(4)
	for range rounds(2_000) {
		check(int64(s.next()) >> (27 + s.below(30)))
	}
}

// No term of the series overflows up to the bound, because none does at the
// bound and terms grow with the argument.
func TestExpSeriesIsBoundedAndMonotone(t *testing.T) {
	x := uint64(expBound)
	term := new(big.Int).SetUint64(x)
	for i := int64(2); i < expTerms; i++ {
		term.Mul(term, new(big.Int).SetUint64(x)).Rsh(term, 32)
		require.Less(t, term.BitLen(), 64)
		term.Quo(term, big.NewInt(i))
	}
	s := source(5)
	for range rounds(20_000) {
		a := s.next() % (uint64(expBound) + 1)
		b := min(a+s.next()>>(28+s.below(36)), uint64(expBound))
		require.LessOrEqual(t, expSeries(a), expSeries(b))
		ta, tb := a, b
		for i := 2; i < expTerms; i++ {
			ta, tb = nextTerm(ta, a, i), nextTerm(tb, b, i)
			require.LessOrEqual(t, ta, tb)
		}
	}
	// A term that is zero stays zero.
	for i := 2; i < expTerms; i++ {
		require.Zero(t, nextTerm(0, x, i))
	}
}

func TestAlphasMatchOracle(t *testing.T) {
	s := source(6)
	for range 300 {
		low, high := oFraction(uint16(s.next())), oFraction(uint16(s.next()))
		steepness := int64(int16(s.next())) << 32
		if s.chance(1, 2) {
			steepness = pick(&s, int64(200), 1000, 5000, -200) << 32 // 200 meets exp(1)
		}
		g := newSigmoid(low, high, steepness)
		d := make([]uint64, s.below(11))
		for k := range d {
			d[k] = pick(&s, 0, 1, one, one/2, one/2-1, s.next()%(one+1), s.next()%(one+1))
		}
		want := make([]uint64, len(d))
		for k, v := range d {
			want[k] = uint64(oracleAlpha(0, int64(v), 0, low, high, steepness))
		}
		g.alphas(d, make([]int32, len(d)))
		require.Equal(t, want, d)
	}
}

func TestSelectKeyMatchesSplitting(t *testing.T) {
	s := source(7)
	for seed := range rounds(4_000) {
		n := 1 + s.below(40)
		if seed%20 == 0 {
			n = 100 + s.below(400)
		}
		stake, score := make([]int64, n), make([]int64, n)
		var sum int64
		kinds := 1 + s.below(n)
		for k := range n {
			stake[k] = int64(s.next() % (one / uint64(n)))
			score[k] = int64(s.below(kinds)) * 1000
			if s.chance(1, 3) {
				score[k] = int64(s.next() % (one + 1))
			}
			sum += stake[k]
		}
		switch seed % 5 {
		case 0: // ascending, descending, organ pipe: bad for careless pivots
			for k := range n {
				score[k] = int64(k)
			}
		case 1:
			for k := range n {
				score[k] = int64(n - k)
			}
		case 2:
			for k := range n {
				score[k] = int64(min(k, n-k))
			}
		}
		// The boundary is met exactly: at the stake of a zero, and at that of any
		// score and below.
		var zeros, upTo int64
		limit := score[s.below(n)]
		for k := range n {
			if score[k] == 0 {
				zeros += stake[k]
			}
			if score[k] <= limit {
				upTo += stake[k]
			}
		}
		for _, minority := range []int64{zeros - 1, zeros, zeros + 1, upTo - 1, upTo, -1, 0, sum / 2, sum - 1, sum, sum + 1, int64(s.next() % (one + 1))} {
			want := splitMedian(stake, score, indices(n), minority, 0, sum)
			require.Equal(t, want, int64(fastMedian(stake, score, minority)), "n %d minority %d", n, minority)
		}
	}
}
