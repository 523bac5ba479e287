package chain

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/cosmos/cosmos-sdk/client/tx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
)

const (
	nonceBytes = 8
	// maxMemo leaves room for the nonce in the 256 bytes that the chain takes.
	maxMemo = 256 - 1 - 2*nonceBytes
)

// errUnsignable says that the messages do not make a transaction.
var errUnsignable = errors.New("messages cannot be signed")

// signer makes the bytes of transactions.
type signer interface {
	// simulation is the transaction with neither fee nor signature.
	simulation(a account, msgs []sdk.Msg) ([]byte, error)
	// sign is the transaction with both, valid up to the timeout height.
	sign(ctx context.Context, a account, gas, timeout uint64, msgs []sdk.Msg) ([]byte, error)
}

// keySigner signs with a key of a keyring.
type keySigner struct {
	keyring  *Keyring
	key      string
	factory  tx.Factory
	encoding Encoding
	gasPrice string
}

func newKeySigner(c *Client, k *Keyring, key string, opts TxOptions) *keySigner {
	f := tx.Factory{}.
		WithTxConfig(c.encoding.TxConfig).
		WithKeybase(k.kr).
		WithFromName(key).
		WithChainID(c.cfg.ChainID).
		WithSignMode(signing.SignMode_SIGN_MODE_DIRECT).
		WithSimulateAndExecute(true). // simulate with the real public key, whose kind the gas depends on
		WithMemo(opts.Memo).
		WithFeeGranter(opts.FeeGranter)
	return &keySigner{keyring: k, key: key, factory: f, encoding: c.encoding, gasPrice: c.cfg.GasPrice}
}

// at is the factory for one transaction. The nonce in its memo makes each signature one of a kind: two programs with the
// same key that sign the same messages for the same sequence would otherwise take the one inclusion for both.
func (s *keySigner) at(a account) tx.Factory {
	var nonce [nonceBytes]byte
	_, _ = rand.Read(nonce[:]) // never fails
	memo := strings.TrimSpace(s.factory.Memo() + " " + hex.EncodeToString(nonce[:]))
	return s.factory.WithAccountNumber(a.number).WithSequence(a.sequence).WithMemo(memo)
}

func (s *keySigner) simulation(a account, msgs []sdk.Msg) ([]byte, error) {
	s.keyring.mu.Lock()
	defer s.keyring.mu.Unlock()
	bytes, err := s.at(a).BuildSimTx(msgs...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnsignable, err)
	}
	return bytes, nil
}

func (s *keySigner) sign(ctx context.Context, a account, gas, timeout uint64, msgs []sdk.Msg) ([]byte, error) {
	s.keyring.mu.Lock()
	defer s.keyring.mu.Unlock()
	f := s.at(a).WithGas(gas).WithGasPrices(s.gasPrice).WithTimeoutHeight(timeout)
	builder, err := f.BuildUnsignedTx(msgs...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnsignable, err)
	}
	if err := tx.Sign(ctx, f, s.key, builder, true); err != nil {
		return nil, fmt.Errorf("%w: with key %q: %w", errUnsignable, s.key, err)
	}
	bytes, err := s.encoding.TxConfig.TxEncoder()(builder.GetTx())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnsignable, err)
	}
	return bytes, nil
}
