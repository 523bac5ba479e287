package keeper

import (
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/stake/types"
)

func TestAddCostIsBounded(t *testing.T) {
	require.Equal(t, uint64(7), addCost(3, 4))
	require.Equal(t, types.MaxCost, addCost(types.MaxCost-1, 2))
	require.Equal(t, types.MaxCost, addCost(types.MaxCost, ^uint64(0)))
	require.Equal(t, types.MaxCost, addCost(0, ^uint64(0)))
}

// However a position is taken apart, its parts have cost what the whole did.
func TestCostOfPartsAddsUp(t *testing.T) {
	r := rand.New(rand.NewSource(5))
	for range 2_000 {
		p := types.Position{Cost: r.Uint64() >> (1 + r.Intn(60)), Shares: wide.U128{Hi: r.Uint64() >> 25, Lo: r.Uint64()}}
		whole, sum := p.Cost, uint64(0)
		for !p.Shares.IsZero() {
			part := p.Shares
			if r.Intn(4) > 0 {
				part, _, _ = p.Shares.MulDiv(uint64(r.Intn(1_000)), wide.From64(1_000))
			}
			cost := costOf(p, part)
			require.LessOrEqual(t, cost, p.Cost)
			sum += cost
			p.Cost -= cost
			p.Shares, _ = p.Shares.Sub(part)
		}
		require.Zero(t, p.Cost)
		require.Equal(t, whole, sum)
	}
}

func TestPartOf(t *testing.T) {
	for name, c := range map[string]struct {
		part  Part
		value uint64
		alpha uint64
		whole bool
		want  error
	}{
		"all":                 {Part{}, 5_000, 5_000, true, nil},
		"all-of-nothing":      {Part{}, 0, 0, true, nil},
		"an-amount":           {Part{Alpha: 4_000}, 5_000, 4_000, false, nil},
		"what-leaves-dust":    {Part{Alpha: 4_001}, 5_000, 5_000, true, nil},
		"half":                {Part{ShareBps: 5_000}, 5_001, 2_500, false, nil},
		"half-of-dust":        {Part{ShareBps: 5_000}, 1_001, 1_001, true, nil},
		"all-in-basis-points": {Part{ShareBps: 10_000}, types.MaxAlpha, types.MaxAlpha, true, nil},
		"less-than-a-unit":    {Part{ShareBps: 1}, 9_999, 0, false, types.ErrInsufficientStake},
		"a-part-of-nothing":   {Part{ShareBps: 10_000}, 0, 0, false, types.ErrInsufficientStake},
		"more-than-there-is":  {Part{Alpha: 5_001}, 5_000, 5_001, false, types.ErrInsufficientStake},
	} {
		t.Run(name, func(t *testing.T) {
			alpha, whole, err := c.part.of(c.value)
			require.ErrorIs(t, err, c.want)
			if c.want == nil {
				require.Equal(t, c.alpha, alpha)
				require.Equal(t, c.whole, whole)
			}
		})
	}
}
