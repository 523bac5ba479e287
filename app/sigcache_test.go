package app_test

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/agon-chain/agon/app/apptest"
)

// TestVerifiedOnceIsNoLicence: that a node remembers a good transaction lets no other one pass, and the same one only once.
func TestVerifiedOnceIsNoLicence(t *testing.T) {
	chain := apptest.New(t, apptest.WithAccounts("alice", "bob"))
	alice, bob := apptest.NewAccount("alice"), apptest.NewAccount("bob")
	raw := chain.Sign(alice, send(alice, bob, 1))
	check := func(tx []byte) *abci.ResponseCheckTx {
		t.Helper()
		res, err := chain.App.CheckTx(&abci.RequestCheckTx{Tx: tx, Type: abci.CheckTxType_New})
		require.NoError(t, err)
		return res
	}
	require.Zero(t, check(raw).Code)

	forged := append([]byte(nil), raw...)
	forged[len(forged)-1] ^= 1 // the signature is the last field of a transaction
	result := chain.Block(forged).TxResults[0]
	require.Equal(t, sdkerrors.ErrUnauthorized.ABCICode(), result.Code, result.Log)

	require.Zero(t, chain.Block(raw).TxResults[0].Code)
	result = chain.Block(raw).TxResults[0]
	require.Equal(t, sdkerrors.ErrWrongSequence.ABCICode(), result.Code, result.Log)
}
