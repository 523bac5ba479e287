package pool

import (
	"math"
	"math/big"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/internal/wide"
)

const token = 1_000_000_000

func product(p Pool) *big.Int {
	return new(big.Int).Mul(new(big.Int).SetUint64(p.AGON), new(big.Int).SetUint64(p.Alpha))
}

func TestTradeExamples(t *testing.T) {
	p, err := New(1_000*token, 4_000*token)
	require.NoError(t, err)
	require.Equal(t, uint64(1)<<30, p.PriceQ32())
	require.Equal(t, wide.U128{Lo: 1 << 62}, p.PriceQ64())
	require.Equal(t, uint64(40*token), p.AlphaFor(10*token))
	require.Equal(t, uint64(10*token), p.AgonFor(40*token))

	next, got, err := p.Buy(1_000*token, 0, 2_000*token)
	require.NoError(t, err)
	require.Equal(t, Pool{2_000 * token, 2_000 * token}, next)
	require.Equal(t, Trade{
		In: 1_000 * token, Out: 2_000 * token,
		PriceBeforeQ32: 1 << 30, PriceAfterQ32: 1 << 32, ImpactBps: 30_000,
	}, got)

	next, got, err = p.Sell(4_000*token, 0, 0)
	require.NoError(t, err)
	require.Equal(t, Pool{500 * token, 8_000 * token}, next)
	require.Equal(t, uint64(500*token), got.Out)
	require.Equal(t, uint32(7_500), got.ImpactBps)

	next, got, err = p.Buy(1_001, 30, 0)
	require.NoError(t, err)
	require.Equal(t, uint64(4), got.Fee, "3.003 rounds up")
	require.Equal(t, uint64(3_987), got.Out, "997*4 less the impact, rounded down")
	require.Equal(t, p.AGON+997, next.AGON, "the fee stays out")
}

func TestTradeRefuses(t *testing.T) {
	p := Pool{1_000 * token, 1_000 * token}
	for name, c := range map[string]struct {
		p      Pool
		in     uint64
		fee    uint32
		minOut uint64
		want   error
	}{
		"nothing-in":        {p, 0, 0, 0, ErrZeroAmount},
		"nothing-left":      {p, 1, 1, 0, ErrZeroAmount},
		"nothing-out":       {Pool{1_000 * token, token}, 1, 0, 0, ErrZeroAmount},
		"fee-of-everything": {p, 5, 10_000, 0, ErrFee},
		"limit":             {p, token, 0, token, ErrSlippage},
		"limit-by-one":      {p, 1_000 * token, 0, 500*token + 1, ErrSlippage},
		"would-drain":       {Pool{MinReserve, 2 * MinReserve}, 2 * MinReserve, 0, 0, ErrInsufficientLiquidity},
		"empty":             {Pool{}, 5, 0, 0, ErrInsufficientLiquidity},
		"too-large":         {p, math.MaxUint64, 0, 0, ErrOverflow},
		"sum-too-large":     {p, MaxReserve - 1_000*token + 1, 0, 0, ErrOverflow},
	} {
		t.Run(name, func(t *testing.T) {
			next, got, err := c.p.Buy(c.in, c.fee, c.minOut)
			require.ErrorIs(t, err, c.want)
			require.Equal(t, c.p, next)
			require.Zero(t, got)
			flipped := Pool{AGON: c.p.Alpha, Alpha: c.p.AGON}
			next, got, err = flipped.Sell(c.in, c.fee, c.minOut)
			require.ErrorIs(t, err, c.want)
			require.Equal(t, flipped, next)
			require.Zero(t, got)
		})
	}
	_, err := New(MinReserve-1, token)
	require.ErrorIs(t, err, ErrInsufficientLiquidity)
	_, err = New(token, MaxReserve+1)
	require.ErrorIs(t, err, ErrOverflow)
	require.Zero(t, Pool{}.PriceQ32())
	require.Zero(t, Pool{AGON: 1}.PriceQ64())
	require.Zero(t, Pool{}.AlphaFor(9))
	require.Equal(t, uint64(math.MaxUint64), Pool{AGON: MaxReserve, Alpha: MinReserve}.PriceQ32())
}

func TestInject(t *testing.T) {
	p := Pool{1_000 * token, 4_000 * token}
	next, agon, alpha, err := p.Inject(10*token, math.MaxUint64)
	require.NoError(t, err)
	require.Equal(t, uint64(10*token), agon)
	require.Equal(t, uint64(40*token), alpha)
	require.Equal(t, p.PriceQ64(), next.PriceQ64())

	next, agon, alpha, err = p.Inject(10*token, 15*token)
	require.NoError(t, err)
	require.Equal(t, uint64(10*token), agon)
	require.Equal(t, uint64(15*token), alpha)
	require.Equal(t, Pool{1_010 * token, 4_015 * token}, next)
	require.Positive(t, next.PriceQ64().Cmp(p.PriceQ64()))

	_, _, _, err = p.Inject(0, 5)
	require.ErrorIs(t, err, ErrZeroAmount)
	_, _, _, err = Pool{}.Inject(1, 1)
	require.ErrorIs(t, err, ErrInsufficientLiquidity)
	got, _, _, err := p.Inject(MaxReserve, 0)
	require.ErrorIs(t, err, ErrOverflow)
	require.Equal(t, p, got)
}

// step does one random operation and checks what must hold after any.
func step(t *testing.T, p Pool, op uint8, amount uint64, fee uint32) (Pool, bool) {
	t.Helper()
	var (
		next Pool
		got  Trade
		err  error
	)
	switch op % 3 {
	case 0:
		next, got, err = p.Buy(amount, fee, 0)
		if err == nil {
			require.Equal(t, p.AGON+got.In-got.Fee, next.AGON)
			require.Equal(t, p.Alpha-got.Out, next.Alpha)
			require.GreaterOrEqual(t, next.PriceQ64().Cmp(p.PriceQ64()), 0)
		}
	case 1:
		next, got, err = p.Sell(amount, fee, 0)
		if err == nil {
			require.Equal(t, p.Alpha+got.In-got.Fee, next.Alpha)
			require.Equal(t, p.AGON-got.Out, next.AGON)
			require.LessOrEqual(t, next.PriceQ64().Cmp(p.PriceQ64()), 0)
		}
	case 2:
		var agonIn, alphaIn uint64
		next, agonIn, alphaIn, err = p.Inject(amount, uint64(fee)*amount/10_000)
		if err == nil {
			require.Equal(t, Pool{p.AGON + agonIn, p.Alpha + alphaIn}, next)
			require.GreaterOrEqual(t, next.PriceQ64().Cmp(p.PriceQ64()), 0)
		}
	}
	if err != nil {
		require.Equal(t, p, next)
		return p, false
	}
	require.NoError(t, next.Validate())
	require.GreaterOrEqual(t, product(next).Cmp(product(p)), 0, "the product fell from %+v to %+v", p, next)
	if op%3 < 2 {
		// The output is the most that keeps the product: one unit more would break it.
		more := next
		if op%3 == 0 {
			more.Alpha--
		} else {
			more.AGON--
		}
		require.Negative(t, product(more).Cmp(product(p)))
		require.LessOrEqual(t, got.Fee, got.In)
	}
	return next, true
}

func TestRandomOperations(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	done := 0
	for range 200 {
		p := Pool{MinReserve + r.Uint64()>>(10+r.Intn(54)), MinReserve + r.Uint64()>>(10+r.Intn(54))}
		for range 100 {
			next, ok := step(t, p, uint8(r.Intn(3)), r.Uint64()>>(8+r.Intn(56)), uint32(r.Intn(10_000)))
			if ok {
				done++
			}
			p = next
		}
	}
	require.Greater(t, done, 5_000, "most operations must be real ones")
}

// Nobody gains by trading with himself, whatever the pieces.
func TestRoundTripNeverGains(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for range 5_000 {
		p := Pool{MinReserve + r.Uint64()>>(12+r.Intn(40)), MinReserve + r.Uint64()>>(12+r.Intn(40))}
		spent, alpha := uint64(0), uint64(0)
		for range 1 + r.Intn(4) {
			in := 1 + r.Uint64()%p.AGON
			next, got, err := p.Buy(in, 0, 0)
			if err != nil {
				continue
			}
			p, spent, alpha = next, spent+in, alpha+got.Out
		}
		if alpha == 0 {
			continue
		}
		_, got, err := p.Sell(alpha, 0, 0)
		if err != nil {
			continue
		}
		require.LessOrEqual(t, got.Out, spent)
	}
}

func FuzzStep(f *testing.F) {
	f.Add(uint64(token), uint64(token), uint8(0), uint64(token), uint32(30))
	f.Add(MaxReserve, MinReserve, uint8(1), uint64(math.MaxUint64), uint32(0))
	f.Add(MinReserve, MaxReserve, uint8(2), uint64(1), uint32(9_999))
	f.Fuzz(func(t *testing.T, agon, alpha uint64, op uint8, amount uint64, fee uint32) {
		p, err := New(agon, alpha)
		if err != nil {
			return
		}
		step(t, p, op, amount, fee)
	})
}
