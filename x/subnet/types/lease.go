package types

import (
	"fmt"

	errorsmod "cosmossdk.io/errors"
)

// wholeBps is all of an amount, in basis points.
const wholeBps = 10_000

// LeaseAt is the lease that runs at a height, if one does. Nothing happens when its last height has passed: from then on it
// counts as none.
func (s Subnet) LeaseAt(height int64) (Lease, bool) {
	if s.Lease == nil || (s.Lease.Until != 0 && height >= s.Lease.Until) {
		return Lease{}, false
	}
	return *s.Lease, true
}

// Term is when the lease ends, in words.
func (l Lease) Term() string {
	if l.Until == 0 {
		return "for ever"
	}
	return fmt.Sprintf("until block %d", l.Until)
}

// Validate reports the first field of a lease that no chain would take. Errors: ErrInvalidAddress, ErrInvalidLease.
func (l Lease) Validate() error {
	if _, err := ParseAddress("lease.payee", l.Payee); err != nil {
		return err
	}
	if l.OwnerBps > wholeBps {
		return errorsmod.Wrapf(ErrInvalidLease, "lease.owner_bps is %d, want at most %d", l.OwnerBps, wholeBps)
	}
	if l.Until < 0 {
		return errorsmod.Wrapf(ErrInvalidLease, "lease.until is %d, want a height, or 0 for ever", l.Until)
	}
	return nil
}
