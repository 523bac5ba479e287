package app

import (
	"crypto/sha256"
	"encoding/binary"

	lru "github.com/hashicorp/golang-lru/v2"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/auth/ante"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"
)

// verifiedTxs is how many transactions a node remembers as well signed: more than a full mempool of CometBFT's default size
// and a block together. One takes some 100 bytes.
const verifiedTxs = 32_768

// cachedSigVerification verifies a transaction's signatures once on its way from the mempool into a block, instead of at each
// step. Whether signatures are good is a pure function of the transaction's bytes, the chain id, and the key, account number and
// sequence of each signer; what is remembered is a digest of all of them, so the answer never differs from the one that is
// reckoned anew. It changes neither gas, which another decorator takes, nor anything that is stored. The check of sequences is the
// SDK's and always made.
type cachedSigVerification struct {
	accounts ante.AccountKeeper
	verify   ante.SigVerificationDecorator
	good     *lru.Cache[[sha256.Size]byte, struct{}]
}

var _ sdk.AnteDecorator = cachedSigVerification{}

func newCachedSigVerification(accounts ante.AccountKeeper, verify ante.SigVerificationDecorator) (cachedSigVerification, error) {
	good, err := lru.New[[sha256.Size]byte, struct{}](verifiedTxs)
	return cachedSigVerification{accounts: accounts, verify: verify, good: good}, err
}

// AnteHandle implements sdk.AnteDecorator.
func (d cachedSigVerification) AnteHandle(ctx sdk.Context, tx sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	digest, ok := d.digest(ctx, tx)
	if simulate || !ok || !ctx.IsSigverifyTx() || ctx.IsReCheckTx() {
		return d.verify.AnteHandle(ctx, tx, simulate, next)
	}
	if d.good.Contains(digest) {
		return d.verify.AnteHandle(ctx.WithIsSigverifyTx(false), tx, simulate, func(ctx sdk.Context, tx sdk.Tx, simulate bool) (sdk.Context, error) {
			return next(ctx.WithIsSigverifyTx(true), tx, simulate)
		})
	}
	return d.verify.AnteHandle(ctx, tx, simulate, func(ctx sdk.Context, tx sdk.Tx, simulate bool) (sdk.Context, error) {
		d.good.Add(digest, struct{}{})
		return next(ctx, tx, simulate)
	})
}

// digest is over all that the verification depends on. It is not ok where some of it is missing, which the verification will say.
func (d cachedSigVerification) digest(ctx sdk.Context, tx sdk.Tx) (out [sha256.Size]byte, ok bool) {
	signed, isSigned := tx.(authsigning.SigVerifiableTx)
	if !isSigned || len(ctx.TxBytes()) == 0 {
		return out, false
	}
	signers, err := signed.GetSigners()
	if err != nil {
		return out, false
	}
	h := sha256.New()
	part := func(bz []byte) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(bz))))
		h.Write(bz)
	}
	part(ctx.TxBytes())
	part([]byte(ctx.ChainID()))
	// At height 0 the SDK takes every account number for 0.
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(min(ctx.BlockHeight(), 1))))
	for _, signer := range signers {
		account := d.accounts.GetAccount(ctx, signer)
		if account == nil || account.GetPubKey() == nil {
			return out, false
		}
		part([]byte(account.GetPubKey().Type()))
		part(account.GetPubKey().Bytes())
		h.Write(binary.BigEndian.AppendUint64(nil, account.GetAccountNumber()))
		h.Write(binary.BigEndian.AppendUint64(nil, account.GetSequence()))
	}
	return [sha256.Size]byte(h.Sum(nil)), true
}
