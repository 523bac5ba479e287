package byzantine

import (
	"context"
	"fmt"
	"os"

	"github.com/cosmos/cosmos-sdk/client/tx"
	"github.com/cosmos/cosmos-sdk/crypto"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/params"
)

// account is the hostile validator's own.
type account struct{ key cryptotypes.PrivKey }

func (a account) address() sdk.AccAddress { return sdk.AccAddress(a.key.PubKey().Address()) }

// readKey takes a key out of the keyring of backend test in a home.
func readKey(a *app.App, home, name string) (account, error) {
	ring, err := keyring.New(sdk.KeyringServiceName(), keyring.BackendTest, home, os.Stdin, a.Encoding().Codec)
	if err != nil {
		return account{}, err
	}
	const passphrase = keyring.BackendTest // of the armour between two lines
	armor, err := ring.ExportPrivKeyArmor(name, passphrase)
	if err != nil {
		return account{}, fmt.Errorf("key %q in %s: %w", name, home, err)
	}
	key, _, err := crypto.UnarmorDecryptPrivKey(armor, passphrase)
	return account{key}, err
}

// sign makes a transaction under its own key, whoever the messages are of; fee in nagon.
func (a account) sign(on *app.App, number, sequence, gas uint64, fee int64, msgs ...sdk.Msg) ([]byte, error) {
	config := on.Encoding().TxConfig
	b := config.NewTxBuilder()
	if err := b.SetMsgs(msgs...); err != nil {
		return nil, err
	}
	b.SetGasLimit(gas)
	if fee > 0 {
		b.SetFeeAmount(sdk.NewCoins(sdk.NewInt64Coin(params.BaseDenom, fee)))
	}
	const mode = signing.SignMode_SIGN_MODE_DIRECT
	// The key is part of what is signed.
	err := b.SetSignatures(signing.SignatureV2{PubKey: a.key.PubKey(), Sequence: sequence, Data: &signing.SingleSignatureData{SignMode: mode}})
	if err != nil {
		return nil, err
	}
	signature, err := tx.SignWithPrivKey(context.Background(), mode, authsigning.SignerData{
		Address: a.address().String(), ChainID: on.ChainID(), AccountNumber: number, Sequence: sequence, PubKey: a.key.PubKey(),
	}, b, a.key, config, sequence)
	if err != nil {
		return nil, err
	}
	if err := b.SetSignatures(signature); err != nil {
		return nil, err
	}
	return config.TxEncoder()(b.GetTx())
}
