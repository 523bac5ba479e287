package split_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/internal/chance"
	"github.com/agon-chain/agon/x/payment/split"
)

func TestSplit(t *testing.T) {
	for name, c := range map[string]struct {
		amount uint64
		bps    []uint32
		want   []uint64 // the rest first
	}{
		"nothing":                 {0, []uint32{500, 200}, []uint64{0, 0, 0}},
		"no-shares":               {7, nil, []uint64{7}},
		"even":                    {10_000, []uint32{500, 200, 100}, []uint64{9_200, 500, 200, 100}},
		"rounding-is-of-the-rest": {999, []uint32{500, 200, 100}, []uint64{999 - 49 - 19 - 9, 49, 19, 9}},
		"one-unit":                {1, []uint32{5_000, 4_999}, []uint64{1, 0, 0}},
		"all-of-it":               {9, []uint32{10_000}, []uint64{0, 9}},
		"as-much-as-there-is":     {math.MaxUint64, []uint32{1, 9_999}, []uint64{1, 1844674407370955, 18444899399302180659}},
	} {
		t.Run(name, func(t *testing.T) {
			shares := make([]split.Share[int], len(c.bps))
			for i, bps := range c.bps {
				shares[i] = split.Share[int]{Party: i + 1, Bps: bps}
			}
			s, err := split.New(0, shares...)
			require.NoError(t, err)
			var got []uint64
			for i, p := range s.Of(c.amount) {
				require.Equal(t, i, p.Party)
				got = append(got, p.Amount)
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestSharesBeyondTheWhole(t *testing.T) {
	_, err := split.New("rest", split.Share[string]{Party: "a", Bps: 10_000}, split.Share[string]{Party: "b", Bps: 1})
	require.ErrorIs(t, err, split.ErrShares)
	_, err = split.New("rest", split.Share[string]{Party: "a", Bps: math.MaxUint32}, split.Share[string]{Party: "b", Bps: math.MaxUint32})
	require.ErrorIs(t, err, split.ErrShares, "a sum that wraps is no way around")
}

// Whatever is split: parts add up to it, a share gets its exact part rounded down, and the rest gains less than a unit for each share.
func TestPartsAddUp(t *testing.T) {
	d := chance.New(1)
	for range 5_000 {
		var shares []split.Share[int]
		left := uint64(split.Whole)
		for i := range d.Intn(20) {
			bps := d.Amount(left)
			if bps > left {
				continue
			}
			left -= bps
			shares = append(shares, split.Share[int]{Party: i, Bps: uint32(bps)})
		}
		s, err := split.New(-1, shares...)
		require.NoError(t, err)
		amount := d.Edge()
		if !d.OneIn(4) {
			amount = d.Size(math.MaxUint64)
		}
		sum := new(big.Int)
		for i, p := range s.Of(amount) {
			sum.Add(sum, new(big.Int).SetUint64(p.Amount))
			exact := new(big.Int).Mul(new(big.Int).SetUint64(amount), new(big.Int).SetUint64(left))
			if i > 0 {
				exact.Mul(new(big.Int).SetUint64(amount), big.NewInt(int64(shares[i-1].Bps)))
				require.Equal(t, exact.Quo(exact, big.NewInt(split.Whole)).Uint64(), p.Amount)
				continue
			}
			exact.Quo(exact, big.NewInt(split.Whole))
			gain := new(big.Int).Sub(new(big.Int).SetUint64(p.Amount), exact)
			require.True(t, gain.Sign() >= 0 && gain.Cmp(big.NewInt(int64(len(shares))+1)) < 0, "the rest gets %d, exactly %s", p.Amount, exact)
		}
		require.Equal(t, new(big.Int).SetUint64(amount), sum)
	}
}
