package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"cosmossdk.io/math"

	clienttx "github.com/cosmos/cosmos-sdk/client/tx"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain"
)

// account signs for the generator. Number and sequence are its own book-keeping: nobody else uses its key.
type account struct {
	key      *secp256k1.PrivKey
	address  sdk.AccAddress
	number   uint64
	sequence uint64
}

// newAccount derives the i-th account of a name, the same in every run.
func newAccount(name string, i int) *account {
	seed := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(name), uint64(i)))
	key := secp256k1.GenPrivKeyFromSecret(seed[:])
	return &account{key: key, address: sdk.AccAddress(key.PubKey().Address())}
}

// signer makes transactions for one chain.
type signer struct{ encoding chain.Encoding }

// sign packs messages into the account's next transaction.
func (s signer) sign(a *account, gas uint64, msgs ...sdk.Msg) ([]byte, error) {
	config := s.encoding.TxConfig
	builder := config.NewTxBuilder()
	if err := builder.SetMsgs(msgs...); err != nil {
		return nil, err
	}
	builder.SetGasLimit(gas)
	builder.SetFeeAmount(sdk.NewCoins(sdk.NewCoin(params.BaseDenom, math.NewIntFromUint64(gas/1_000+1))))
	const mode = signing.SignMode_SIGN_MODE_DIRECT
	if err := builder.SetSignatures(signing.SignatureV2{
		PubKey: a.key.PubKey(), Sequence: a.sequence, Data: &signing.SingleSignatureData{SignMode: mode},
	}); err != nil {
		return nil, err
	}
	signature, err := clienttx.SignWithPrivKey(context.Background(), mode, authsigning.SignerData{
		Address: a.address.String(), ChainID: chainID, AccountNumber: a.number, Sequence: a.sequence, PubKey: a.key.PubKey(),
	}, builder, a.key, config, a.sequence)
	if err != nil {
		return nil, fmt.Errorf("sign for %s: %w", a.address, err)
	}
	if err := builder.SetSignatures(signature); err != nil {
		return nil, err
	}
	a.sequence++
	return config.TxEncoder()(builder.GetTx())
}
