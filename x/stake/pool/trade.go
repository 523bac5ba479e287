package pool

import (
	"fmt"

	"github.com/agon-chain/agon/internal/wide"
)

const (
	maxBps = 10_000
	// MaxFeeBps is the highest fee, in basis points of what comes in: something must be left to trade.
	MaxFeeBps uint32 = maxBps - 1
)

// Trade is what one trade did, or would do.
type Trade struct {
	In  uint64 // paid in by the trader, Fee included
	Fee uint64 // part of In that stays out of the reserves and is the caller's to pass on; ceil(In*feeBps/10000)
	Out uint64 // received by the trader, in the other asset

	PriceBeforeQ32, PriceAfterQ32 uint64 // AGON per alpha with 32 fractional bits, see Pool.PriceQ32
	// ImpactBps is how far the trade moves the price, |after-before|/before in basis points, rounded up; saturating.
	ImpactBps uint32
}

// Buy pays agonIn for alpha. minAlphaOut is the trader's slippage limit; 0 means any.
// A quote is the same call, its next pool unused. Errors: ErrZeroAmount (also where the trade would buy nothing),
// ErrFee, ErrSlippage, ErrInsufficientLiquidity, ErrOverflow; the pool given is then returned.
func (p Pool) Buy(agonIn uint64, feeBps uint32, minAlphaOut uint64) (next Pool, t Trade, err error) {
	fee, out, err := swap(agonIn, feeBps, minAlphaOut, p.AGON, p.Alpha)
	if err != nil {
		return p, Trade{}, fmt.Errorf("buy with %d nagon: %w", agonIn, err)
	}
	next = Pool{AGON: p.AGON + agonIn - fee, Alpha: p.Alpha - out}
	return next, trade(p, next, agonIn, fee, out), nil
}

// Sell pays alphaIn for AGON; it is Buy with the sides changed.
func (p Pool) Sell(alphaIn uint64, feeBps uint32, minAgonOut uint64) (next Pool, t Trade, err error) {
	fee, out, err := swap(alphaIn, feeBps, minAgonOut, p.Alpha, p.AGON)
	if err != nil {
		return p, Trade{}, fmt.Errorf("sell %d alpha: %w", alphaIn, err)
	}
	next = Pool{AGON: p.AGON - out, Alpha: p.Alpha + alphaIn - fee}
	return next, trade(p, next, alphaIn, fee, out), nil
}

// swap computes, for net = in - fee, out = floor(reserveOut*net / (reserveIn+net)): the most that leaves the product
// of the reserves no lower than it was.
func swap(in uint64, feeBps uint32, minOut, reserveIn, reserveOut uint64) (fee, out uint64, err error) {
	if in == 0 {
		return 0, 0, ErrZeroAmount
	}
	if feeBps > MaxFeeBps {
		return 0, 0, fmt.Errorf("fee of %d basis points, at most %d: %w", feeBps, MaxFeeBps, ErrFee)
	}
	if reserveIn < MinReserve || reserveOut < MinReserve {
		return 0, 0, fmt.Errorf("reserves %d and %d, at least %d each: %w", reserveIn, reserveOut, MinReserve, ErrInsufficientLiquidity)
	}
	fee, _ = wide.MulDivCeil64(in, uint64(feeBps), maxBps) // at most in: fits
	net := in - fee
	if reserveIn > MaxReserve || reserveOut > MaxReserve || net > MaxReserve-reserveIn {
		return 0, 0, fmt.Errorf("reserve %d plus %d, at most %d: %w", reserveIn, net, MaxReserve, ErrOverflow)
	}
	out, _ = wide.MulDiv64(reserveOut, net, reserveIn+net) // below reserveOut: fits
	if out < minOut {
		return 0, 0, fmt.Errorf("would give %d, below the limit of %d; lower the limit or the amount: %w", out, minOut, ErrSlippage)
	}
	if out == 0 {
		return 0, 0, fmt.Errorf("%d after a fee of %d buys nothing; pay in more: %w", net, fee, ErrZeroAmount)
	}
	if reserveOut-out < MinReserve {
		return 0, 0, fmt.Errorf("would leave a reserve of %d, at least %d: %w", reserveOut-out, MinReserve, ErrInsufficientLiquidity)
	}
	return fee, out, nil
}

func trade(before, after Pool, in, fee, out uint64) Trade {
	t := Trade{In: in, Fee: fee, Out: out, PriceBeforeQ32: before.PriceQ32(), PriceAfterQ32: after.PriceQ32()}
	a, b := after.PriceQ64(), before.PriceQ64()
	diff, under := a.Sub(b)
	if under {
		diff, _ = b.Sub(a)
	}
	q, rem, ok := diff.MulDiv(maxBps, b)
	if !rem.IsZero() {
		q, _ = q.Add(wide.From64(1))
	}
	if !ok || q.Hi != 0 || q.Lo > uint64(^uint32(0)) {
		t.ImpactBps = ^uint32(0)
	} else {
		t.ImpactBps = uint32(q.Lo)
	}
	return t
}

// Inject adds liquidity from emission: all of agon, and the alpha that matches it at the present price (floor), but at
// most alphaCap. Alpha that the cap cuts off leaves the rest of the AGON one-sided, which raises the price; without a
// cut the price keeps to within rounding and never falls. agon 0 is ErrZeroAmount, a full reserve ErrOverflow.
func (p Pool) Inject(agon, alphaCap uint64) (next Pool, agonIn, alphaIn uint64, err error) {
	if agon == 0 {
		return p, 0, 0, fmt.Errorf("inject: %w", ErrZeroAmount)
	}
	if err := p.Validate(); err != nil {
		return p, 0, 0, fmt.Errorf("inject: %w", err)
	}
	alphaIn = min(p.AlphaFor(agon), alphaCap)
	if agon > MaxReserve-p.AGON || alphaIn > MaxReserve-p.Alpha {
		return p, 0, 0, fmt.Errorf("inject %d nagon and %d alpha into %d and %d, at most %d each: %w", agon, alphaIn, p.AGON, p.Alpha, MaxReserve, ErrOverflow)
	}
	return Pool{AGON: p.AGON + agon, Alpha: p.Alpha + alphaIn}, agon, alphaIn, nil
}
