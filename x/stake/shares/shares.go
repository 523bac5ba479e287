package shares

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/agon-chain/agon/internal/wide"
)

const (
	// SharesPerAlpha is what one base unit of alpha mints in an empty pool, and the number of shares of nobody.
	SharesPerAlpha uint64 = 1 << 40
	// MinRaiseAlpha times SharesPerAlpha is the least number of shares on which a dividend is paid.
	MinRaiseAlpha uint64 = 1_000
	// MaxAlpha is the most a pool holds, in base units; the cap of supply is hundreds of times lower.
	MaxAlpha uint64 = 1<<63 - 1
)

// Refusals of this package; callers test them with errors.Is.
var (
	ErrZeroAmount         = errors.New("amount is zero")
	ErrTooSmall           = errors.New("amount rounds to nothing")
	ErrInsufficientShares = errors.New("more than the shares there are")
	ErrNoBackers          = errors.New("too few shares to pay a dividend on")
	ErrOverflow           = errors.New("pool of shares overflows")
	ErrInvalid            = errors.New("not a state that operations lead to")
)

// Pool is the alpha that all holders own together, in base units, and the number of their shares. The zero value is
// an empty pool; either field is 0 only if both are.
type Pool struct {
	TotalAlpha  uint64
	TotalShares wide.U128
}

// Validate returns ErrInvalid for a pool that no operations lead to, such as shares of nothing or shares worth less than
// when they were first minted.
func (p Pool) Validate() error {
	if p.TotalShares.IsZero() != (p.TotalAlpha == 0) {
		return fmt.Errorf("%d alpha in %v shares: %w", p.TotalAlpha, p.TotalShares, ErrInvalid)
	}
	if p.TotalAlpha > MaxAlpha {
		return fmt.Errorf("%d alpha, at most %d: %w", p.TotalAlpha, MaxAlpha, ErrInvalid)
	}
	if p.TotalShares.Cmp(wide.Mul64(p.TotalAlpha, SharesPerAlpha)) > 0 {
		return fmt.Errorf("%v shares for %d alpha, at most %d for each: %w", p.TotalShares, p.TotalAlpha, SharesPerAlpha, ErrInvalid)
	}
	return nil
}

// rate is the value of a share as a fraction, with the shares of nobody: alpha/shares.
func (p Pool) rate() (alpha uint64, shares wide.U128) {
	shares, _ = p.TotalShares.Add(wide.From64(SharesPerAlpha)) // at most 2^103 + 2^40 in a valid pool
	return p.TotalAlpha + 1, shares
}

// Deposit adds alpha and mints floor(alpha * (TotalShares+SharesPerAlpha) / (TotalAlpha+1)) shares for it.
// Errors: ErrZeroAmount, ErrTooSmall where that is 0, ErrOverflow, ErrInvalid; the pool given is then returned.
func (p Pool) Deposit(alpha uint64) (next Pool, minted wide.U128, err error) {
	if err := p.check(alpha); err != nil {
		return p, wide.U128{}, fmt.Errorf("deposit: %w", err)
	}
	if alpha > MaxAlpha-p.TotalAlpha {
		return p, wide.U128{}, fmt.Errorf("deposit of %d alpha into %d, at most %d: %w", alpha, p.TotalAlpha, MaxAlpha, ErrOverflow)
	}
	per, of := p.rate()
	minted, _, ok := of.MulDiv(alpha, wide.From64(per))
	total, overflow := p.TotalShares.Add(minted)
	if !ok || overflow {
		return p, wide.U128{}, fmt.Errorf("deposit of %d alpha into %d: %w", alpha, p.TotalAlpha, ErrOverflow)
	}
	if minted.IsZero() {
		return p, wide.U128{}, fmt.Errorf("deposit of %d alpha, a share is worth more; deposit more: %w", alpha, ErrTooSmall)
	}
	return Pool{TotalAlpha: p.TotalAlpha + alpha, TotalShares: total}, minted, nil
}

// Value is what Withdraw would pay for shares: floor(shares * (TotalAlpha+1) / (TotalShares+SharesPerAlpha)), and all of
// TotalAlpha for all shares. ErrInsufficientShares where there are not as many.
func (p Pool) Value(shares wide.U128) (uint64, error) {
	if err := p.Validate(); err != nil {
		return 0, err
	}
	switch shares.Cmp(p.TotalShares) {
	case 1:
		return 0, fmt.Errorf("%v shares of %v: %w", shares, p.TotalShares, ErrInsufficientShares)
	case 0:
		return p.TotalAlpha, nil
	}
	of, per := p.rate()
	q, _, _ := shares.MulDiv(of, per) // shares < per, so at most TotalAlpha: fits
	return q.Lo, nil
}

// Withdraw burns shares and pays their Value. Errors: ErrZeroAmount, ErrTooSmall where the value is 0,
// ErrInsufficientShares, ErrInvalid; the pool given is then returned.
func (p Pool) Withdraw(shares wide.U128) (next Pool, alpha uint64, err error) {
	if shares.IsZero() {
		return p, 0, fmt.Errorf("withdraw: %w", ErrZeroAmount)
	}
	alpha, err = p.Value(shares)
	if err != nil {
		return p, 0, fmt.Errorf("withdraw: %w", err)
	}
	if alpha == 0 {
		return p, 0, fmt.Errorf("withdraw of %v shares is worth less than one unit; withdraw more: %w", shares, ErrTooSmall)
	}
	rest, _ := p.TotalShares.Sub(shares) // Value has seen to it that there are as many
	// Where shares are left, at least a unit is left for them: a share is never worth less than 2^-40.
	return Pool{TotalAlpha: p.TotalAlpha - alpha, TotalShares: rest}, alpha, nil
}

// WithdrawAlpha pays exactly alpha and burns ceil(alpha * (TotalShares+SharesPerAlpha) / (TotalAlpha+1)) shares for it,
// or all shares for all alpha. Never more are burned than a holder has whose Value is alpha or above, but where one
// holder has all shares the last units may be reached by Withdraw alone. Errors: ErrZeroAmount, ErrInsufficientShares,
// ErrInvalid; the pool given is then returned. The caller checks burned against the holder's shares.
func (p Pool) WithdrawAlpha(alpha uint64) (next Pool, burned wide.U128, err error) {
	if err := p.check(alpha); err != nil {
		return p, wide.U128{}, fmt.Errorf("withdraw: %w", err)
	}
	if alpha > p.TotalAlpha {
		return p, wide.U128{}, fmt.Errorf("withdraw of %d alpha of %d: %w", alpha, p.TotalAlpha, ErrInsufficientShares)
	}
	if alpha == p.TotalAlpha {
		return Pool{}, p.TotalShares, nil
	}
	per, of := p.rate()
	burned, rem, _ := of.MulDiv(alpha, wide.From64(per)) // below of: fits
	if !rem.IsZero() {
		burned, _ = burned.Add(wide.From64(1))
	}
	if burned.Cmp(p.TotalShares) >= 0 {
		return p, wide.U128{}, fmt.Errorf("withdraw of %d alpha of %d would burn every share; withdraw all shares: %w", alpha, p.TotalAlpha, ErrInsufficientShares)
	}
	rest, _ := p.TotalShares.Sub(burned)
	return Pool{TotalAlpha: p.TotalAlpha - alpha, TotalShares: rest}, burned, nil
}

// Raise adds alpha for all holders in proportion to their shares. ErrNoBackers says that there are too few shares to pay
// on, and that the caller has to pay the amount elsewhere. Other errors: ErrZeroAmount, ErrOverflow, ErrInvalid.
func (p Pool) Raise(alpha uint64) (next Pool, err error) {
	if err := p.check(alpha); err != nil {
		return p, fmt.Errorf("raise: %w", err)
	}
	if p.TotalShares.Cmp(wide.Mul64(MinRaiseAlpha, SharesPerAlpha)) < 0 {
		return p, fmt.Errorf("raise by %d alpha on %v shares, at least %d*%d: %w", alpha, p.TotalShares, MinRaiseAlpha, SharesPerAlpha, ErrNoBackers)
	}
	if sum, carry := bits.Add64(p.TotalAlpha, alpha, 0); carry != 0 || sum > MaxAlpha {
		return p, fmt.Errorf("raise of %d alpha by %d, at most %d: %w", p.TotalAlpha, alpha, MaxAlpha, ErrOverflow)
	}
	return Pool{TotalAlpha: p.TotalAlpha + alpha, TotalShares: p.TotalShares}, nil
}

func (p Pool) check(alpha uint64) error {
	if alpha == 0 {
		return ErrZeroAmount
	}
	return p.Validate()
}
