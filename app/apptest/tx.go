package apptest

import (
	"context"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	clienttx "github.com/cosmos/cosmos-sdk/client/tx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"

	"github.com/agon-chain/agon/app/params"
)

const (
	// Gas is the gas limit of every transaction that Sign makes.
	Gas = 5_000_000
	// Fee is what such a transaction pays, in nagon: the node's minimum price.
	Fee = Gas / 10
)

// Sign packs messages into one transaction of the account's next sequence, in the form that goes into a block.
// Several transactions of one account may be signed for the same block; they go into it in the order of signing.
func (c *Chain) Sign(signer Account, msgs ...sdk.Msg) []byte {
	c.t.Helper()
	return c.sign(signer, nil, msgs...)
}

// SignGranted is Sign for a transaction whose fee another account has granted.
func (c *Chain) SignGranted(signer, granter Account, msgs ...sdk.Msg) []byte {
	c.t.Helper()
	return c.sign(signer, granter.Address, msgs...)
}

// sign makes a transaction of the signer; a granter of nil means that the signer pays.
func (c *Chain) sign(signer Account, granter sdk.AccAddress, msgs ...sdk.Msg) []byte {
	c.t.Helper()
	config := c.App.Encoding().TxConfig
	account := c.App.AccountKeeper.GetAccount(c.Context(), signer.Address)
	require.NotNil(c.t, account, "account %s does not exist on the chain", signer.Name)
	sequence := account.GetSequence() + c.pending[signer.String()]
	c.pending[signer.String()]++

	builder := config.NewTxBuilder()
	require.NoError(c.t, builder.SetMsgs(msgs...))
	builder.SetGasLimit(Gas)
	builder.SetFeeAmount(sdk.NewCoins(sdk.NewCoin(params.BaseDenom, math.NewInt(Fee))))

	builder.SetFeeGranter(granter)

	const mode = signing.SignMode_SIGN_MODE_DIRECT
	// The signer's public key is part of what is signed, so it is set first, with no signature yet.
	require.NoError(c.t, builder.SetSignatures(signing.SignatureV2{
		PubKey: signer.Key.PubKey(), Sequence: sequence, Data: &signing.SingleSignatureData{SignMode: mode},
	}))
	signature, err := clienttx.SignWithPrivKey(context.Background(), mode, authsigning.SignerData{
		Address: signer.String(), ChainID: ChainID, AccountNumber: account.GetAccountNumber(),
		Sequence: sequence, PubKey: signer.Key.PubKey(),
	}, builder, signer.Key, config, sequence)
	require.NoError(c.t, err)
	require.NoError(c.t, builder.SetSignatures(signature))
	raw, err := config.TxEncoder()(builder.GetTx())
	require.NoError(c.t, err)
	return raw
}

// Deliver makes a block of one transaction and returns its result, which may be a refusal.
func (c *Chain) Deliver(signer Account, msgs ...sdk.Msg) *abci.ExecTxResult {
	c.t.Helper()
	return c.Block(c.Sign(signer, msgs...)).TxResults[0]
}

// MustDeliver is Deliver for a transaction that has to succeed.
func (c *Chain) MustDeliver(signer Account, msgs ...sdk.Msg) *abci.ExecTxResult {
	c.t.Helper()
	result := c.Deliver(signer, msgs...)
	require.Zero(c.t, result.Code, "transaction of %s at height %d: %s", signer.Name, c.height, result.Log)
	return result
}
