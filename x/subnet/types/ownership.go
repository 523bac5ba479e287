package types

import errorsmod "cosmossdk.io/errors"

// MaxOfferBlocks bounds how far ahead an offer of ownership expires, in blocks, so that none is forgotten and accepted years later.
const MaxOfferBlocks = 1_000_000

// Validate reports the first field of an offer that no chain would take. Errors: ErrSubnetNotFound, ErrInvalidAddress, ErrInvalidOffer.
func (o OwnershipOffer) Validate() error {
	if err := CheckNetuid(o.Netuid); err != nil {
		return err
	}
	if _, err := ParseAddress("new_owner", o.NewOwner); err != nil {
		return err
	}
	if o.ExpiresAt < 1 {
		return errorsmod.Wrapf(ErrInvalidOffer, "expires_at is %d, want a height", o.ExpiresAt)
	}
	return nil
}
