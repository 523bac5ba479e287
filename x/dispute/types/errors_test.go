package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/dispute/types"
)

// Codes are part of consensus: a new error goes to the end.
func TestErrorCodes(t *testing.T) {
	for i, err := range []*errorsmod.Error{
		types.ErrInvalidParams, types.ErrInvalidGenesis, types.ErrBroken, types.ErrInvalidAccusation, types.ErrInvalidVote, types.ErrInvalidCase,
		types.ErrCaseNotFound, types.ErrNoPermit, types.ErrBelowThreshold, types.ErrOwnMiner, types.ErrServesNothing, types.ErrCaseOpen,
		types.ErrTooManyCases, types.ErrBarred, types.ErrBenchTooSmall, types.ErrNotJudge, types.ErrTooEarly, types.ErrTooLate,
		types.ErrAlreadyVoted, types.ErrNotCommitted, types.ErrHashMismatch,
	} {
		require.Equal(t, uint32(i+2), err.ABCICode(), err.Error())
		require.Equal(t, "dispute", err.Codespace())
	}
}
