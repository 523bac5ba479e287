package wire

import (
	"crypto/sha256"
	"fmt"

	"github.com/cosmos/btcutil/bech32"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	//lint:ignore SA1019 the address of a secp256k1 account is defined by it
	"golang.org/x/crypto/ripemd160"
)

// AddressPrefix is the human-readable part of Agon's account addresses.
const AddressPrefix = "agon"

// maxAddress bounds an address in a header: bech32's own limit.
const maxAddress = bech32.MaxLengthBIP173

// AccountKey is a compressed secp256k1 public key: 0x02 or 0x03, then the x coordinate.
type AccountKey [33]byte

// AccountSigner signs as an account does: 64 bytes r || s (s in the lower half) over SHA-256 of the message.
// A Cosmos keyring's Sign for a local key is one.
type AccountSigner func(message []byte) ([]byte, error)

// AddressBytes is the account's raw address, 20 bytes: RIPEMD-160 of SHA-256 of the compressed key.
func (k AccountKey) AddressBytes() []byte {
	h := sha256.Sum256(k[:])
	r := ripemd160.New()
	r.Write(h[:])
	return r.Sum(nil)
}

// Address is the account's bech32 address under the prefix.
func (k AccountKey) Address(prefix string) (string, error) {
	a, err := bech32.EncodeFromBase256(prefix, k.AddressBytes())
	if err != nil {
		return "", fmt.Errorf("address prefix %q: %w", prefix, err)
	}
	return a, nil
}

// verify says whether sig is r || s over SHA-256 of the message, with s in the lower half so that each signature has one spelling.
func (k AccountKey) verify(message []byte, sig [64]byte) bool {
	pub, err := secp256k1.ParsePubKey(k[:])
	if err != nil {
		return false
	}
	var r, s secp256k1.ModNScalar
	if r.SetByteSlice(sig[:32]) || s.SetByteSlice(sig[32:]) || r.IsZero() || s.IsZero() || s.IsOverHalfOrder() {
		return false
	}
	h := sha256.Sum256(message)
	return ecdsa.NewSignature(&r, &s).Verify(h[:], pub)
}

// LocalAccount makes a signer of a raw 32-byte secp256k1 private key, for programs that hold no keyring.
func LocalAccount(private []byte) (AccountKey, AccountSigner, error) {
	var d secp256k1.ModNScalar
	if len(private) != 32 || d.SetByteSlice(private) || d.IsZero() {
		return AccountKey{}, nil, fmt.Errorf("%w: account key must be 32 bytes of a number in [1, group order)", ErrKey)
	}
	priv := secp256k1.NewPrivateKey(&d)
	sign := func(message []byte) ([]byte, error) {
		h := sha256.Sum256(message)
		sig := ecdsa.Sign(priv, h[:])
		r, s := sig.R(), sig.S()
		var out [64]byte
		r.PutBytesUnchecked(out[:32])
		s.PutBytesUnchecked(out[32:])
		return out[:], nil
	}
	return AccountKey(priv.PubKey().SerializeCompressed()), sign, nil
}
