package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/model/types"
)

// Codes are part of consensus: a new error goes to the end.
func TestErrorCodes(t *testing.T) {
	for i, err := range []*errorsmod.Error{
		types.ErrInvalidParams, types.ErrInvalidGenesis, types.ErrBroken, types.ErrInvalidName, types.ErrInvalidText, types.ErrNameTaken, types.ErrModelNotFound,
		types.ErrNotOwner, types.ErrInvalidOffer, types.ErrOfferNotFound, types.ErrNotOffered, types.ErrVersionNotFound, types.ErrInvalidFiles, types.ErrInvalidHash,
		types.ErrInvalidDescription, types.ErrInvalidLicence, types.ErrInvalidParents, types.ErrTooManyVersions, types.ErrDeprecated, types.ErrInvalidSuccessor,
		types.ErrReserved, types.ErrTooManyReservations, types.ErrReservationNotFound, types.ErrBound, types.ErrTooManyBindings, types.ErrBarred, types.ErrNotBound,
		types.ErrNoChallenge, types.ErrTooLate, types.ErrInvalidAnswer, types.ErrRootNotFound,
	} {
		require.Equal(t, uint32(i+2), err.ABCICode(), err.Error())
		require.Equal(t, "model", err.Codespace())
	}
}
