package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/subnet/types"
)

// Codes are part of consensus: a new error goes to the end.
func TestErrorCodes(t *testing.T) {
	for i, err := range []*errorsmod.Error{
		types.ErrSubnetNotFound, types.ErrNeuronNotFound, types.ErrNotRegistered, types.ErrUnknownHotkey, types.ErrAlreadyRegistered,
		types.ErrHotkeyOwned, types.ErrNotOwner, types.ErrTooManySubnets, types.ErrCostAboveLimit, types.ErrPriceAboveLimit,
		types.ErrTooManyRegistrations, types.ErrAllImmune, types.ErrInvalidAddress, types.ErrInvalidIdentity, types.ErrInvalidSymbol,
		types.ErrInvalidTask, types.ErrInvalidHyperparams, types.ErrInvalidParams, types.ErrInvalidAxon, types.ErrAxonTooSoon,
		types.ErrServiceKeyTooSoon, types.ErrColumn, types.ErrInvalidGenesis, types.ErrIdentityNotFound, types.ErrInvariant,
		types.ErrInvalidOffer, types.ErrOfferNotFound, types.ErrNotOffered, types.ErrNothingPending,
		types.ErrInvalidCommitment, types.ErrCommitmentTooSoon, types.ErrCommitmentNotFound, types.ErrSubnetDissolved,
		types.ErrStartTooSoon, types.ErrAlreadyStarted, types.ErrInvalidTrim, types.ErrTrimTooSoon, types.ErrTooManyImmune,
		types.ErrSubnetImmune,
	} {
		require.Equal(t, uint32(i+2), err.ABCICode(), err.Error())
		require.Equal(t, "subnet", err.Codespace())
	}
	for code, err := range map[uint32]*errorsmod.Error{
		44: types.ErrKeySwapped, 45: types.ErrKeyInUse, 47: types.ErrSwapCostAboveLimit, 48: types.ErrInvalidOwnerSwap,
		50: types.ErrOwnerSwapNotFound, 51: types.ErrOwnerSwapBegun, 52: types.ErrOwnerSwapTooSoon, 53: types.ErrNotSwapParty,
		54: types.ErrNoCollateral, 55: types.ErrNothingVested, 56: types.ErrInvalidCollateral, 63: types.ErrLeased, 64: types.ErrInvalidLease,
		70: types.ErrCollateralDisputed,
	} {
		require.Equal(t, code, err.ABCICode(), err.Error())
	}
}
