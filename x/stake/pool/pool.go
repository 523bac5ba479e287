package pool

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/agon-chain/agon/internal/wide"
)

const (
	// MinReserve is the least that either side of a pool holds, in base units (a thousandth of a token): a pool is
	// never drained, so it always has a price.
	MinReserve uint64 = 1_000_000
	// MaxReserve is the most that either side holds, in base units; the caps of supply are hundreds of times lower.
	MaxReserve uint64 = 1<<63 - 1
)

// Refusals of this package; callers test them with errors.Is.
var (
	ErrZeroAmount            = errors.New("amount is zero")
	ErrInsufficientLiquidity = errors.New("pool has too little liquidity")
	ErrSlippage              = errors.New("slippage limit not met")
	ErrOverflow              = errors.New("pool reserve overflows")
	ErrFee                   = errors.New("fee out of bounds")
)

// Pool holds the two reserves, in base units.
type Pool struct {
	AGON, Alpha uint64
}

// New is a pool with the given reserves, if Validate accepts them.
func New(agon, alpha uint64) (Pool, error) {
	p := Pool{AGON: agon, Alpha: alpha}
	return p, p.Validate()
}

// Validate returns ErrInsufficientLiquidity or ErrOverflow where a reserve is outside [MinReserve, MaxReserve].
func (p Pool) Validate() error {
	switch {
	case p.AGON < MinReserve || p.Alpha < MinReserve:
		return fmt.Errorf("reserves %d nagon and %d alpha, at least %d each: %w", p.AGON, p.Alpha, MinReserve, ErrInsufficientLiquidity)
	case p.AGON > MaxReserve || p.Alpha > MaxReserve:
		return fmt.Errorf("reserves %d nagon and %d alpha, at most %d each: %w", p.AGON, p.Alpha, MaxReserve, ErrOverflow)
	}
	return nil
}

// PriceQ32 is AGON per alpha with 32 fractional bits: floor(AGON*2^32/Alpha), saturating; 0 for an empty pool.
func (p Pool) PriceQ32() uint64 {
	q, _, ok := wide.From64(p.AGON).MulDiv(1<<32, wide.From64(p.Alpha))
	switch {
	case p.Alpha == 0:
		return 0
	case !ok || q.Hi != 0:
		return ^uint64(0)
	}
	return q.Lo
}

// PriceQ64 is AGON per alpha with 64 fractional bits: floor(AGON*2^64/Alpha); 0 for an empty pool.
func (p Pool) PriceQ64() wide.U128 {
	if p.Alpha == 0 {
		return wide.U128{}
	}
	lo, _ := bits.Div64(p.AGON%p.Alpha, 0, p.Alpha)
	return wide.U128{Hi: p.AGON / p.Alpha, Lo: lo}
}

// AlphaFor is the alpha worth agon at the present price, floor(agon*Alpha/AGON), saturating: a valuation, not a quote.
func (p Pool) AlphaFor(agon uint64) uint64 { return worth(agon, p.Alpha, p.AGON) }

// AgonFor is the AGON worth alpha at the present price, floor(alpha*AGON/Alpha), saturating: a valuation, not a quote.
func (p Pool) AgonFor(alpha uint64) uint64 { return worth(alpha, p.AGON, p.Alpha) }

func worth(amount, of, per uint64) uint64 {
	v, ok := wide.MulDiv64(amount, of, per)
	switch {
	case per == 0:
		return 0
	case !ok:
		return ^uint64(0)
	}
	return v
}
