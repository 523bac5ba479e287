package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/crowdfund/types"
)

// Codes are part of consensus: a new error goes to the end.
func TestErrorCodes(t *testing.T) {
	for i, err := range []*errorsmod.Error{
		types.ErrInvalidParams, types.ErrInvalidGenesis, types.ErrBroken, types.ErrInvalidFund, types.ErrFundNotFound, types.ErrTooManyFunds,
		types.ErrNotOperator, types.ErrNotCollecting, types.ErrFundFull, types.ErrInvalidContribution, types.ErrContributionNotFound,
		types.ErrDeposit, types.ErrNotEnough, types.ErrFinalized, types.ErrNotFinalized, types.ErrNothingDue, types.ErrInvalidTransfer,
		types.ErrNotAllShares,
	} {
		require.Equal(t, uint32(i+2), err.ABCICode(), err.Error())
		require.Equal(t, "crowdfund", err.Codespace())
	}
}
