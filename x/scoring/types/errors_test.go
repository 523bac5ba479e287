package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/scoring/types"
)

// Codes are part of consensus: clients and proofs know them.
func TestErrorCodes(t *testing.T) {
	for i, err := range []*errorsmod.Error{
		types.ErrInvalidParams, types.ErrInvalidGenesis, types.ErrUnknownSubnet, types.ErrBroken,
		types.ErrWeightsCount, types.ErrWeightsUID, types.ErrWeightsOrder, types.ErrWeightsValue, types.ErrWeightsVersion,
		types.ErrTooEarly, types.ErrTooLate, types.ErrAlreadyCommitted, types.ErrNoCommit, types.ErrHashMismatch,
		types.ErrInvalidField, types.ErrCommitReveal, types.ErrExamination, types.ErrStakeTooLow, types.ErrNotPaused, types.ErrUnauthorized,
	} {
		require.EqualValues(t, 2+i, err.ABCICode(), err.Error())
		require.Equal(t, "scoring", err.Codespace())
	}
	require.EqualValues(t, 23, types.ErrNotStarted.ABCICode())
}
