package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/payment/types"
)

// Codes are part of consensus: a new error goes to the end.
func TestErrorCodes(t *testing.T) {
	for i, err := range []*errorsmod.Error{
		types.ErrInvalidParams, types.ErrInvalidGenesis, types.ErrBroken, types.ErrInvalidAmount, types.ErrInvalidAccount, types.ErrInvalidPrice,
		types.ErrInvalidChannel, types.ErrInvalidClaim, types.ErrNotOperator, types.ErrInsufficientBalance, types.ErrTooManyChannels, types.ErrNotBound,
		types.ErrChannelNotFound, types.ErrClosed, types.ErrClosing, types.ErrNotClosing, types.ErrTooEarly, types.ErrNotPayee, types.ErrBadVoucher,
		types.ErrPotNotFound, types.ErrNothingToRefund,
	} {
		require.Equal(t, uint32(i+2), err.ABCICode(), err.Error())
		require.Equal(t, "payment", err.Codespace())
	}
}
