package types

import (
	"slices"

	errorsmod "cosmossdk.io/errors"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// MayOperate says whether an address may open, top up and close channels with the account.
func (a Account) MayOperate(address string) bool {
	return a.Owner == address || slices.Contains(a.Operators, address)
}

// IsEmpty says whether nothing of the account is worth keeping.
func (a Account) IsEmpty() bool { return a.Balance == 0 && a.Channels == 0 && len(a.Operators) == 0 }

// Validate reports the first contradiction in a stored account. Errors: ErrInvalidAccount, and ErrInvalidAddress of x/subnet.
func (a Account) Validate() error {
	if _, err := subnettypes.ParseAddress("owner", a.Owner); err != nil {
		return err
	}
	if a.IsEmpty() {
		return errorsmod.Wrapf(ErrInvalidAccount, "account of %s is empty; leave it out", a.Owner)
	}
	if a.Balance > MaxAmount {
		return errorsmod.Wrapf(ErrInvalidAccount, "balance of %s is %d, want at most %d", a.Owner, a.Balance, uint64(MaxAmount))
	}
	if !slices.IsSorted(a.Operators) {
		return errorsmod.Wrapf(ErrInvalidAccount, "operators of %s are out of order, want ascending text", a.Owner)
	}
	return checkOperators(a.Owner, a.Operators)
}

func checkOperators(owner string, operators []string) error {
	if len(operators) > MaxOperators {
		return errorsmod.Wrapf(ErrInvalidAccount, "operators are %d, want at most %d", len(operators), MaxOperators)
	}
	for i, o := range operators {
		if _, err := subnettypes.ParseAddress("operators", o); err != nil {
			return err
		}
		if o == owner {
			return errorsmod.Wrapf(ErrInvalidAccount, "operators[%d] is the owner %s, who may do all of it; leave it out", i, o)
		}
		if slices.Contains(operators[:i], o) {
			return errorsmod.Wrapf(ErrInvalidAccount, "operators[%d] is %s for the second time", i, o)
		}
	}
	return nil
}
