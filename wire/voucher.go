package wire

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"net/http"
)

const (
	// HeaderVoucher carries a [Voucher] on a request.
	HeaderVoucher = "Agon-Voucher"

	domainVoucher  = "agon/voucher/v1"
	voucherVersion = 1

	voucherBody = 1 + HashSize + 8 + 8

	// VoucherSize is the width in bytes of an encoded [Voucher].
	VoucherSize = voucherBody + ed25519.SignatureSize
)

// Voucher is a payer's word that the payee of a channel may claim so much of it in all, from its opening on. It is cumulative: the highest
// one is worth all that came before it, a lower one is worth nothing beside it, and no voucher can be spent twice.
type Voucher struct {
	ChainIDHash Hash
	Channel     uint64 // id on the chain
	Cumulative  uint64 // nagon
	Signature   [ed25519.SignatureSize]byte
}

// VoucherKey is the ed25519 key that signs the vouchers of a channel. Its public half stands in the channel, so that a payer's
// account key need not be where calls are made.
type VoucherKey struct{ signing }

// NewVoucherKey makes a fresh key.
func NewVoucherKey() VoucherKey { return VoucherKey{newSigning()} }

// VoucherKeyFromSeed makes the key of a 32-byte seed.
func VoucherKeyFromSeed(seed []byte) (VoucherKey, error) {
	s, err := signingFromSeed(seed)
	return VoucherKey{s}, err
}

// Public is the half that the channel is opened with; all zero when no key was made.
func (k VoucherKey) Public() [ed25519.PublicKeySize]byte { return k.public() }

// Equal compares in constant time.
func (k VoucherKey) Equal(o VoucherKey) bool { return k.equal(o.signing) }

func (v *Voucher) appendUnsigned(b []byte) []byte {
	b = append(b, voucherVersion)
	b = append(b, v.ChainIDHash[:]...)
	b = binary.BigEndian.AppendUint64(b, v.Channel)
	return binary.BigEndian.AppendUint64(b, v.Cumulative)
}

// SigningBytes is what the payer signs: the domain, then everything of the encoding but the signature.
func (v *Voucher) SigningBytes() []byte {
	return v.appendUnsigned(append(make([]byte, 0, len(domainVoucher)+voucherBody), domainVoucher...))
}

// Encode writes the fixed layout, [VoucherSize] bytes.
func (v *Voucher) Encode() []byte {
	return append(v.appendUnsigned(make([]byte, 0, VoucherSize)), v.Signature[:]...)
}

// String is the encoding in unpadded base64url, as the Agon-Voucher header carries it.
func (v *Voucher) String() string { return text.EncodeToString(v.Encode()) }

// DecodeVoucher reads exactly what Encode writes. It does not verify: see [Voucher.Verify]. Errors: ErrVoucher.
func DecodeVoucher(b []byte) (Voucher, error) {
	if len(b) != VoucherSize {
		return Voucher{}, fmt.Errorf("%w: %d bytes, want %d", ErrVoucher, len(b), VoucherSize)
	}
	if b[0] != voucherVersion {
		return Voucher{}, fmt.Errorf("%w: version %d, want %d", ErrVoucher, b[0], voucherVersion)
	}
	var v Voucher
	b = b[1:]
	b = b[copy(v.ChainIDHash[:], b):]
	v.Channel, v.Cumulative = binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])
	copy(v.Signature[:], b[16:])
	return v, nil
}

// ParseVoucher reads the header's spelling. Errors: ErrVoucher.
func ParseVoucher(s string) (Voucher, error) {
	var b [VoucherSize]byte
	if err := decodeText(b[:], s); err != nil {
		return Voucher{}, fmt.Errorf("%w: voucher %w", ErrVoucher, err)
	}
	return DecodeVoucher(b[:])
}

// Sign fills in the signature.
func (v *Voucher) Sign(key VoucherKey) error {
	sig, err := key.sign(v.SigningBytes())
	if err != nil {
		return err
	}
	v.Signature = sig
	return nil
}

// Verify says whether the key of a channel signed this voucher for this chain. What the channel holds is the chain's to say. Errors:
// ErrVoucherChain, ErrVoucherSignature.
func (v *Voucher) Verify(public [ed25519.PublicKeySize]byte, chain Hash) error {
	if v.ChainIDHash != chain {
		return fmt.Errorf("%w: channel %d, chain id hash %x, want %x", ErrVoucherChain, v.Channel, v.ChainIDHash[:4], chain[:4])
	}
	if !ed25519.Verify(public[:], v.SigningBytes(), v.Signature[:]) {
		return fmt.Errorf("%w: channel %d, cumulative %d, voucher key %x", ErrVoucherSignature, v.Channel, v.Cumulative, public[:])
	}
	return nil
}

// Set puts a signed voucher on a request.
func (v *Voucher) Set(h http.Header) { h.Set(HeaderVoucher, v.String()) }
