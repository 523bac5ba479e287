package curve

import (
	"math"
	"math/big"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"
)

func sum(parts []uint64) *big.Int {
	total := new(big.Int)
	for _, p := range parts {
		total.Add(total, new(big.Int).SetUint64(p))
	}
	return total
}

func TestSplitBps(t *testing.T) {
	parts, err := SplitBps(1_001, 1_800, 4_100)
	require.NoError(t, err)
	require.Equal(t, []uint64{180, 410, 411}, parts)

	parts, err = SplitBps(math.MaxUint64, 10_000, 0)
	require.NoError(t, err)
	require.Equal(t, []uint64{math.MaxUint64, 0, 0}, parts)

	parts, err = SplitBps(5)
	require.NoError(t, err)
	require.Equal(t, []uint64{5}, parts)

	_, err = SplitBps(1, 9_999, 2)
	require.ErrorIs(t, err, ErrBps)
	_, err = SplitBps(1, math.MaxUint32, math.MaxUint32)
	require.ErrorIs(t, err, ErrBps)
}

func TestLargestRemainderExamples(t *testing.T) {
	for name, c := range map[string]struct {
		weights []uint64
		amount  uint64
		want    []uint64
	}{
		"even":              {[]uint64{1, 1}, 10, []uint64{5, 5}},
		"tie-lower-index":   {[]uint64{1, 1, 1}, 10, []uint64{4, 3, 3}},
		"two-left":          {[]uint64{1, 1, 1}, 11, []uint64{4, 4, 3}},
		"largest-remainder": {[]uint64{10, 61, 29}, 4, []uint64{0, 3, 1}},
		"zero-gets-nothing": {[]uint64{0, 3, 0, 3}, 5, []uint64{0, 3, 0, 2}},
		"nothing-to-split":  {[]uint64{0, 0}, 0, []uint64{0, 0}},
		"huge-weights":      {[]uint64{math.MaxUint64, math.MaxUint64, math.MaxUint64}, math.MaxUint64, []uint64{math.MaxUint64 / 3, math.MaxUint64 / 3, math.MaxUint64 / 3}},
	} {
		t.Run(name, func(t *testing.T) {
			out := make([]uint64, len(c.weights))
			for i := range out {
				out[i] = 77
			}
			require.NoError(t, LargestRemainder(c.weights, c.amount, out))
			require.Equal(t, c.want, out)
		})
	}
}

func TestLargestRemainderRefuses(t *testing.T) {
	out := []uint64{8, 9}
	require.ErrorIs(t, LargestRemainder([]uint64{0, 0}, 1, out), ErrNoWeight)
	require.ErrorIs(t, LargestRemainder([]uint64{1}, 1, out), ErrLength)
	require.ErrorIs(t, LargestRemainder(nil, 1, nil), ErrNoWeight)
	require.Equal(t, []uint64{8, 9}, out)
}

// slowRemainders hands out the units left over one by one, looking at everybody each time.
func slowRemainders(weights []uint64, amount uint64) []uint64 {
	total := sum(weights)
	out := make([]uint64, len(weights))
	rems := make([]*big.Int, len(weights))
	left := new(big.Int).SetUint64(amount)
	for i, w := range weights {
		n := new(big.Int).Mul(new(big.Int).SetUint64(w), new(big.Int).SetUint64(amount))
		q, r := n.QuoRem(n, total, new(big.Int))
		out[i], rems[i] = q.Uint64(), r
		left.Sub(left, q)
	}
	for left.Sign() > 0 {
		best := 0
		for i := range rems {
			if rems[i].Cmp(rems[best]) > 0 {
				best = i
			}
		}
		out[best]++
		rems[best] = big.NewInt(-1)
		left.Sub(left, big.NewInt(1))
	}
	return out
}

func TestLargestRemainderAgainstSlow(t *testing.T) {
	r := rand.New(rand.NewSource(7))
	for range 5_000 {
		weights := make([]uint64, 1+r.Intn(20))
		shift := r.Intn(64)
		for i := range weights {
			if r.Intn(4) > 0 {
				weights[i] = r.Uint64() >> shift
			}
		}
		weights[0]++
		if weights[0] == 0 {
			weights[0]--
		}
		amount := r.Uint64() >> r.Intn(64)
		out := make([]uint64, len(weights))
		require.NoError(t, LargestRemainder(weights, amount, out))
		require.Equal(t, slowRemainders(weights, amount), out)
		require.Equal(t, new(big.Int).SetUint64(amount), sum(out))
		for i, w := range weights {
			if w == 0 {
				require.Zero(t, out[i])
			}
		}
	}
}

// Holders come and go; whoever was there when a reward came owns their part of it, and nothing is made or lost but
// dust below one unit for each claim and the carry.
func TestAccumulatorConserves(t *testing.T) {
	r := rand.New(rand.NewSource(8))
	for range 50 {
		type holder struct {
			weight uint64
			then   Index
		}
		var acc Accumulator
		var holders []holder
		var total uint64
		added, paid, claims := new(big.Int), new(big.Int), int64(0)
		exact := new(big.Int) // growth*total + carry, in 2^-64 units
		claim := func(i int) {
			owed, err := Owed(holders[i].weight, acc.Index, holders[i].then)
			require.NoError(t, err)
			paid.Add(paid, new(big.Int).SetUint64(owed))
			claims++
		}
		for range 400 {
			switch op := r.Intn(3); {
			case op == 0 || total == 0:
				w := 1 + r.Uint64()>>(12+r.Intn(51))
				holders = append(holders, holder{w, acc.Index})
				total += w
			case op == 1 && len(holders) > 1:
				i := r.Intn(len(holders))
				claim(i)
				total -= holders[i].weight
				holders[i] = holders[len(holders)-1]
				holders = holders[:len(holders)-1]
			default:
				amount := r.Uint64() >> (9 + r.Intn(54))
				next, err := acc.Add(amount, total)
				require.NoError(t, err)
				added.Add(added, new(big.Int).SetUint64(amount))
				growth, _ := next.Index.Sub(acc.Index)
				b := growth.Bytes()
				exact.Add(exact, new(big.Int).Mul(new(big.Int).SetBytes(b[:]), new(big.Int).SetUint64(total)))
				acc = next
			}
		}
		for i := range holders {
			claim(i)
		}
		exact.Add(exact, new(big.Int).SetUint64(acc.Carry))
		require.Zero(t, exact.Cmp(new(big.Int).Lsh(added, 64)), "the index and the carry hold all that was added")
		dust := new(big.Int).Sub(added, paid)
		require.GreaterOrEqual(t, dust.Sign(), 0)
		require.LessOrEqual(t, dust.Int64(), claims+1)
	}
}

func TestAccumulatorRefuses(t *testing.T) {
	acc := Accumulator{Index: Index{Hi: math.MaxUint64, Lo: 1}, Carry: 5}
	got, err := acc.Add(1, 0)
	require.ErrorIs(t, err, ErrNoWeight)
	require.Equal(t, acc, got)
	got, err = acc.Add(math.MaxUint64, 1)
	require.ErrorIs(t, err, ErrOverflow)
	require.Equal(t, acc, got)
	_, err = Owed(1, Index{Lo: 1}, Index{Lo: 2})
	require.ErrorIs(t, err, ErrIndexBackwards)
	_, err = Owed(math.MaxUint64, Index{Hi: 2}, Index{})
	require.ErrorIs(t, err, ErrOverflow)
	v, err := Owed(3, Index{Hi: 1, Lo: 1 << 63}, Index{})
	require.NoError(t, err)
	require.Equal(t, uint64(4), v)
}
