package curve

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

type vectors struct {
	BlockEmission []struct{ Issuance, Emission uint64 } `json:"block_emission"`
	Thresholds    []struct {
		AtMost   uint64 `json:"first_issuance_with_emission_at_most"`
		Issuance uint64
	} `json:"halving_thresholds"`
	BurnDecay []struct {
		HalfLife  uint64 `json:"half_life"`
		FactorQ32 uint64 `json:"factor_q32"`
	} `json:"burn_decay"`
	MulByQ32 []struct {
		Value     uint64
		FactorQ32 uint64 `json:"factor_q32"`
		Result    uint64
	} `json:"mul_by_q32"`
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	raw, err := os.ReadFile("testdata/economics.json")
	require.NoError(t, err)
	var v vectors
	require.NoError(t, json.Unmarshal(raw, &v))
	require.NotEmpty(t, v.BlockEmission)
	require.NotEmpty(t, v.Thresholds)
	require.NotEmpty(t, v.BurnDecay)
	require.NotEmpty(t, v.MulByQ32)
	return v
}

func TestReferenceVectors(t *testing.T) {
	v := readVectors(t)
	for _, c := range v.BlockEmission {
		require.Equal(t, c.Emission, BlockEmission(c.Issuance), "issuance %d", c.Issuance)
	}
	for _, c := range v.Thresholds {
		require.LessOrEqual(t, BlockEmission(c.Issuance), c.AtMost)
		require.Greater(t, BlockEmission(c.Issuance-1), c.AtMost)
	}
	for _, c := range v.BurnDecay {
		require.Equal(t, c.FactorQ32, DecayFactorQ32(c.HalfLife), "half life %d", c.HalfLife)
	}
	for _, c := range v.MulByQ32 {
		require.Equal(t, c.Result, MulQ32(c.Value, c.FactorQ32), "%d*%d", c.Value, c.FactorQ32)
	}
	require.Equal(t, OneQ32, DecayFactorQ32(0))
	require.Equal(t, uint64(math.MaxUint64), MulQ32(math.MaxUint64, math.MaxUint64))
}

// slowEmission walks the halvings one by one, in big integers.
func slowEmission(issuance uint64) uint64 {
	rest := new(big.Int).SetUint64(Cap)
	if issuance >= Cap {
		return 0
	}
	rest.SetUint64(Cap - issuance)
	e := InitialBlockEmission
	for rest.Lsh(rest, 1).Cmp(new(big.Int).SetUint64(Cap)) <= 0 {
		e /= 2
	}
	return e
}

func TestBlockEmissionAgainstSlow(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 20_000 {
		rest := (r.Uint64() % Cap) >> r.Intn(56)
		for _, issuance := range []uint64{Cap - rest, Cap - Cap>>r.Intn(50) - uint64(r.Intn(3))} {
			require.Equal(t, slowEmission(issuance), BlockEmission(issuance), "issuance %d", issuance)
		}
	}
	require.Zero(t, BlockEmission(math.MaxUint64))
}

func TestEmitIsTheSumOfBlocks(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	starts := []uint64{0, 1, Cap, Cap + 1, Cap - 1, math.MaxUint64}
	for h := range 32 {
		// Just before each halving, so that the blocks cross it; and deep in the tail, where they cross several.
		starts = append(starts, Cap-Cap>>h-uint64(r.Intn(2_000))*(InitialBlockEmission>>h)-uint64(r.Intn(9)))
	}
	for _, start := range starts {
		if start > Cap+1 && start != math.MaxUint64 {
			continue
		}
		for _, blocks := range []uint64{0, 1, 2, 500, 3_001} {
			issuance := start
			for range blocks {
				issuance += BlockEmission(issuance)
			}
			require.Equal(t, issuance-start, Emit(start, blocks), "from %d, %d blocks", start, blocks)
		}
	}
}

func TestEmitIsAdditive(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	for range 5_000 {
		start := r.Uint64() % Cap
		a, b := r.Uint64()>>(20+r.Intn(40)), r.Uint64()>>(20+r.Intn(40))
		first := Emit(start, a)
		require.Equal(t, Emit(start, a+b), first+Emit(start+first, b))
	}
}

func TestWholeLifeOfIssuance(t *testing.T) {
	total := Emit(0, math.MaxUint64)
	require.LessOrEqual(t, total, Cap)
	require.Zero(t, BlockEmission(total))
	require.Equal(t, uint64(19_557_774), Cap-total, "what is never emitted")
	require.Equal(t, uint64(10_500_000)*UnitsPerToken, Emit(0, 10_500_000))
	require.Equal(t, uint64(10_500_000)*UnitsPerToken+UnitsPerToken/2, Emit(0, 10_500_001))
}

func TestNextHalving(t *testing.T) {
	require.Equal(t, Cap/2, NextHalving(0))
	require.Equal(t, Cap/2, NextHalving(Cap/2-1))
	require.Equal(t, Cap/4*3, NextHalving(Cap/2))
	halvings := 0
	for issuance := uint64(0); BlockEmission(issuance) > 0; halvings++ {
		next := NextHalving(issuance)
		require.Equal(t, BlockEmission(issuance), BlockEmission(next-1))
		require.Equal(t, BlockEmission(issuance)/2, BlockEmission(next))
		issuance = next
	}
	require.Equal(t, 30, halvings)
	require.Equal(t, Cap, NextHalving(Cap-1))
	require.Equal(t, Cap, NextHalving(math.MaxUint64))
}

// power is 2^(-elapsed/halfLife) to 200 bits, by repeated square roots.
func power(elapsed, halfLife uint64) *big.Float {
	result := big.NewFloat(1).SetPrec(200)
	whole := elapsed / halfLife
	rest := elapsed % halfLife
	root := big.NewFloat(0.5).SetPrec(200)
	for range 150 {
		root.Sqrt(root)
		rest2 := new(big.Int).Lsh(new(big.Int).SetUint64(rest), 1)
		if rest2.Cmp(new(big.Int).SetUint64(halfLife)) >= 0 {
			result.Mul(result, root)
			rest2.Sub(rest2, new(big.Int).SetUint64(halfLife))
		}
		rest = rest2.Uint64()
	}
	return result.SetMantExp(result, -int(whole))
}

func TestHalvingsTable(t *testing.T) {
	root := big.NewFloat(0.5).SetPrec(300)
	for i, got := range halvings {
		root.Sqrt(root)
		want := new(big.Float).SetMantExp(root, 64)
		want.Add(want, big.NewFloat(0.5))
		n, _ := want.Int(nil)
		require.Equal(t, n.Uint64(), got, "entry %d", i)
	}
}

func TestDecayedPriceAgainstBig(t *testing.T) {
	r := rand.New(rand.NewSource(4))
	for range 2_000 {
		price := r.Uint64() % Cap
		halfLife := 1 + r.Uint64()>>(24+r.Intn(39))>>1
		elapsed := r.Uint64() % (halfLife * 8)
		want := new(big.Float).SetPrec(200).SetUint64(price)
		want.Mul(want, power(elapsed, halfLife))
		floor, _ := want.Uint64()
		got := DecayedPrice(price, elapsed, halfLife, 0)
		require.InDelta(t, 0, int64(floor)-int64(got), 1, "%d after %d of %d", price, elapsed, halfLife)
	}
}

func TestDecayedPriceFallsAndStops(t *testing.T) {
	for _, halfLife := range []uint64{1, 2, 3, 360, 7_200, 216_000, 1 << 40} {
		last := uint64(math.MaxUint64)
		for elapsed := uint64(0); elapsed < 5_000; elapsed++ {
			p := DecayedPrice(100*UnitsPerToken, elapsed, halfLife, 7)
			require.LessOrEqual(t, p, last)
			require.GreaterOrEqual(t, p, uint64(7))
			last = p
		}
	}
	require.Equal(t, uint64(9), DecayedPrice(0, math.MaxUint64, 1, 9))
	require.Equal(t, uint64(9), DecayedPrice(math.MaxUint64, math.MaxUint64, 1, 9))
	require.NotPanics(t, func() { DecayedPrice(math.MaxUint64, math.MaxUint64, math.MaxUint64, 9) })
}

// The lazy decay and the reference's factor, multiplied in at every block, tell the same story.
func TestDecayedPriceFollowsTheFactor(t *testing.T) {
	const halfLife, price = 360, 100 * 1_000_000_000
	f := DecayFactorQ32(halfLife)
	stepped := uint64(price)
	for elapsed := uint64(1); elapsed <= 3*halfLife; elapsed++ {
		stepped = MulQ32(stepped, f)
		lazy := DecayedPrice(price, elapsed, halfLife, 0)
		require.InEpsilon(t, lazy, stepped, 1e-6, "after %d", elapsed)
	}
}

func TestExamplesOfPrices(t *testing.T) {
	for _, c := range []struct{ price, elapsed, halfLife, least, want uint64 }{
		{1_000_000_000, 0, 360, 0, 1_000_000_000},
		{1_000_000_000, 180, 360, 0, 707_106_781},
		{1_000_000_000, 360, 360, 0, 500_000_000},
		{1_000_000_000, 1_080, 360, 0, 125_000_000},
		{1_000_000_000, 1_080, 360, 200_000_000, 200_000_000},
		{1_000_000_000, 1_080, 0, 0, 1_000_000_000},
	} {
		require.Equal(t, c.want, DecayedPrice(c.price, c.elapsed, c.halfLife, c.least), "%+v", c)
	}
	for _, c := range []struct {
		price uint64
		bps   uint32
		want  uint64
	}{
		{1_000_000_000, 12_600, 1_260_000_000},
		{1, 12_600, 2},
		{7, 10_000, 7},
		{0, 20_000, 0},
		{math.MaxUint64, 20_000, math.MaxUint64},
	} {
		require.Equal(t, c.want, NextPrice(c.price, c.bps), "%+v", c)
	}
}

func q64(f float64) Q64 { return Q64FromQ32(uint64(f * float64(OneQ32))) }

func TestQ32RoundTrip(t *testing.T) {
	r := rand.New(rand.NewSource(5))
	for range 1_000 {
		v := r.Uint64()
		require.Equal(t, v, Q32(Q64FromQ32(v)))
	}
	require.Equal(t, uint64(math.MaxUint64), Q32(Q64{Hi: 1 << 32}))
}

func TestEMA(t *testing.T) {
	one, two := q64(1), q64(2)
	require.Equal(t, one, EMA(one, two, 0, 100))
	require.Equal(t, two, EMA(one, two, 5, 0))
	require.Equal(t, q64(1.5), EMA(one, two, 100, 100))
	require.Equal(t, q64(1.5), EMA(two, one, 100, 100))
	require.Equal(t, q64(1.875), EMA(one, two, 300, 100))
	require.Equal(t, two, EMA(one, two, 1<<40, 100))
	require.Equal(t, Q64{}, EMA(one, Q64{}, 1<<40, 100))
}

func TestEMAStaysBetweenAndConverges(t *testing.T) {
	r := rand.New(rand.NewSource(6))
	for range 20_000 {
		prev, sample := Q64{Hi: r.Uint64() >> r.Intn(64), Lo: r.Uint64()}, Q64{Hi: r.Uint64() >> r.Intn(64), Lo: r.Uint64()}
		next := EMA(prev, sample, r.Uint64()>>r.Intn(64), 1+r.Uint64()>>r.Intn(64)>>1)
		lo, hi := prev, sample
		if lo.Cmp(hi) > 0 {
			lo, hi = hi, lo
		}
		require.GreaterOrEqual(t, next.Cmp(lo), 0)
		require.LessOrEqual(t, next.Cmp(hi), 0)
	}
	// In steps of one block the average goes where one long step takes it; a small price on a long half life included.
	const halfLife = 216_000
	v, sample := Q64{}, q64(0.001)
	for range 50_000 {
		v = EMA(v, sample, 1, halfLife)
	}
	require.InEpsilon(t, float64(Q32(EMA(Q64{}, sample, 50_000, halfLife))), float64(Q32(v)), 1e-6)
}

func TestSubnetWeightExamples(t *testing.T) {
	for _, c := range []struct {
		price  float64
		burned uint32
		want   uint64
	}{
		{1, 0, OneQ32},
		{0.5, 0, OneQ32 / 2},
		{1, 2_500, OneQ32 / 4 * 3},
		{1, 10_000, 0},
		{1, 20_000, 0},
		{0, 0, 0},
	} {
		require.Equal(t, c.want, SubnetWeight(q64(c.price), c.burned), fmt.Sprintf("%+v", c))
	}
}

func FuzzEmit(f *testing.F) {
	f.Add(uint64(0), uint64(10_500_001))
	f.Add(Cap-1, uint64(math.MaxUint64))
	f.Fuzz(func(t *testing.T, issuance, blocks uint64) {
		total := Emit(issuance, blocks)
		if issuance >= Cap && total != 0 {
			t.Fatalf("emits %d above the cap", total)
		}
		if issuance < Cap && issuance+total > Cap {
			t.Fatalf("issuance %d + %d passes the cap", issuance, total)
		}
		if blocks > 0 {
			first := BlockEmission(issuance)
			if got := first + Emit(issuance+first, blocks-1); got != total {
				t.Fatalf("%d, stepped %d", total, got)
			}
		}
	})
}
