package types

import (
	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/emission/curve"
)

// The arithmetic of a fund whose subnet is open. Shares are contributions, of which each paid the same part of the cost: so
// shares need no rounding. What is paid to a holder is rounded down; what that leaves stays with the others.

// Share takes up what has come into the fund's account, balance in all, and returns how much that is. Errors: ErrBroken.
func (o *Outcome) Share(balance, shares uint64) (income uint64, err error) {
	if balance < o.Held {
		return 0, errorsmod.Wrapf(ErrBroken, "account holds %d, %d are held for shares", balance, o.Held)
	}
	income = balance - o.Held
	if income == 0 {
		return 0, nil
	}
	next, err := curve.Accumulator{Index: o.Index, Carry: o.Carry}.Add(income, shares)
	if err != nil {
		return 0, err
	}
	o.Index, o.Carry, o.Held = next.Index, next.Carry, balance
	return income, nil
}

// Due is the token that a contribution's shares are due, rounded down over all that they ever received: claiming often loses nothing.
func (o Outcome) Due(c Contribution) (uint64, error) {
	owed, err := curve.Owed(c.Amount, o.Index, c.Index)
	if err != nil {
		return 0, err
	}
	if owed < c.Claimed {
		return 0, errorsmod.Wrapf(ErrBroken, "%s was due %d in all and has claimed %d", c.Contributor, owed, c.Claimed)
	}
	return owed - c.Claimed, nil
}

// Refund is a contribution's part of the surplus that is left, in proportion to what is not settled. It is rounded down, and the last
// one gets all that is left: refunds sum to the surplus. Errors: ErrBroken.
func (o Outcome) Refund(c Contribution) (uint64, error) {
	if c.Settled {
		return 0, nil
	}
	if c.Amount > o.Unsettled {
		return 0, errorsmod.Wrapf(ErrBroken, "contribution %d of %s exceeds the %d that are not settled", c.Amount, c.Contributor, o.Unsettled)
	}
	refund, _ := wide.MulDiv64(o.Surplus, c.Amount, o.Unsettled) // at most the surplus: fits
	return refund, nil
}
