package wire

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"net/http"
	"time"
)

const (
	domainReceipt  = "agon/receipt/v1"
	receiptVersion = 1

	receiptBody = 1 + HashSize + 2 + ed25519.PublicKeySize + 5*HashSize + 2 + 4 + 4 + 8 + 8

	// ReceiptSize is the width in bytes of an encoded [Receipt].
	ReceiptSize = receiptBody + ed25519.SignatureSize
)

// Receipt is a miner's signed word on one reply. It is evidence for scoring, disputes, payment and proof of
// examination, and so says nothing that only the two sides could check.
type Receipt struct {
	ChainIDHash  Hash
	Netuid       uint16
	ServiceKey   ServicePublic // the miner's; the chain binds it to a uid
	RequestHash  Hash          // SHA-256 of the request's signing bytes
	QuestionHash Hash          // BodyHash of the request
	Tag          Tag
	ResponseHash Hash   // BodyHash of the response, as carried by HTTP
	ModelVersion Hash   // content hash of the model version that answered; zero when the subnet pins none
	Status       uint16 // HTTP status of the reply: an error is signed for too, but counts for no examination
	PromptTokens uint32
	OutputTokens uint32
	ReceivedAt   time.Time // whole milliseconds, by the miner's clock
	FinishedAt   time.Time // whole milliseconds, not before ReceivedAt
	Signature    [ed25519.SignatureSize]byte
}

func (r *Receipt) appendUnsigned(b []byte) []byte {
	b = append(b, receiptVersion)
	b = append(b, r.ChainIDHash[:]...)
	b = binary.BigEndian.AppendUint16(b, r.Netuid)
	b = append(b, r.ServiceKey[:]...)
	b = append(b, r.RequestHash[:]...)
	b = append(b, r.QuestionHash[:]...)
	b = append(b, r.Tag[:]...)
	b = append(b, r.ResponseHash[:]...)
	b = append(b, r.ModelVersion[:]...)
	b = binary.BigEndian.AppendUint16(b, r.Status)
	b = binary.BigEndian.AppendUint32(b, r.PromptTokens)
	b = binary.BigEndian.AppendUint32(b, r.OutputTokens)
	b = binary.BigEndian.AppendUint64(b, uint64(r.ReceivedAt.UnixMilli()))
	return binary.BigEndian.AppendUint64(b, uint64(r.FinishedAt.UnixMilli()))
}

// SigningBytes is what the miner signs: the domain, then everything of the encoding but the signature.
func (r *Receipt) SigningBytes() []byte {
	return r.appendUnsigned(append(make([]byte, 0, len(domainReceipt)+receiptBody), domainReceipt...))
}

// Encode writes the fixed layout, [ReceiptSize] bytes.
func (r *Receipt) Encode() []byte {
	return append(r.appendUnsigned(make([]byte, 0, ReceiptSize)), r.Signature[:]...)
}

// String is the encoding in unpadded base64url, as the Agon-Receipt header carries it.
func (r *Receipt) String() string { return text.EncodeToString(r.Encode()) }

func (r *Receipt) check() error {
	if r.Status < 100 || r.Status > 599 {
		return fmt.Errorf("%w: status %d, want 100 to 599", ErrReceipt, r.Status)
	}
	if a, b := r.ReceivedAt.UnixMilli(), r.FinishedAt.UnixMilli(); a < 0 || b > maxUnix*1000 || b < a {
		return fmt.Errorf("%w: received at %d ms, finished at %d ms, want 0 <= received <= finished <= %d", ErrReceipt, a, b, int64(maxUnix*1000))
	}
	return nil
}

// DecodeReceipt reads exactly what Encode writes. It does not verify: see [Receipt.Verify].
func DecodeReceipt(b []byte) (Receipt, error) {
	if len(b) != ReceiptSize {
		return Receipt{}, fmt.Errorf("%w: %d bytes, want %d", ErrReceipt, len(b), ReceiptSize)
	}
	if b[0] != receiptVersion {
		return Receipt{}, fmt.Errorf("%w: version %d, want %d", ErrReceipt, b[0], receiptVersion)
	}
	var r Receipt
	b = b[1:]
	b = b[copy(r.ChainIDHash[:], b):]
	r.Netuid, b = binary.BigEndian.Uint16(b), b[2:]
	b = b[copy(r.ServiceKey[:], b):]
	b = b[copy(r.RequestHash[:], b):]
	b = b[copy(r.QuestionHash[:], b):]
	b = b[copy(r.Tag[:], b):]
	b = b[copy(r.ResponseHash[:], b):]
	b = b[copy(r.ModelVersion[:], b):]
	r.Status = binary.BigEndian.Uint16(b)
	r.PromptTokens, r.OutputTokens = binary.BigEndian.Uint32(b[2:]), binary.BigEndian.Uint32(b[6:])
	received, finished := binary.BigEndian.Uint64(b[10:]), binary.BigEndian.Uint64(b[18:])
	if received > maxUnix*1000 || finished > maxUnix*1000 {
		return Receipt{}, fmt.Errorf("%w: received at %d ms, finished at %d ms, want at most %d", ErrReceipt, received, finished, int64(maxUnix*1000))
	}
	r.ReceivedAt, r.FinishedAt = time.UnixMilli(int64(received)), time.UnixMilli(int64(finished))
	copy(r.Signature[:], b[26:])
	if err := r.check(); err != nil {
		return Receipt{}, err
	}
	return r, nil
}

// ParseReceipt reads the header's spelling.
func ParseReceipt(s string) (Receipt, error) {
	var b [ReceiptSize]byte
	if err := decodeText(b[:], s); err != nil {
		return Receipt{}, fmt.Errorf("%w: receipt %w", ErrReceipt, err)
	}
	return DecodeReceipt(b[:])
}

// Sign fills in the service key and the signature. It refuses a receipt that no decoder would accept.
func (r *Receipt) Sign(key ServiceKey) error {
	if err := r.check(); err != nil {
		return err
	}
	r.ServiceKey = key.Public()
	sig, err := key.sign(r.SigningBytes())
	if err != nil {
		return err
	}
	r.Signature = sig
	return nil
}

// Verify says whether this service key signed this receipt. The chain and the caller decide whose key it is.
func (r *Receipt) Verify(key ServicePublic) error {
	if r.ServiceKey != key {
		return fmt.Errorf("%w: service key %s, want %s", ErrReceiptMismatch, r.ServiceKey, key)
	}
	if !ed25519.Verify(key[:], r.SigningBytes(), r.Signature[:]) {
		return fmt.Errorf("%w: service key %s", ErrReceiptSignature, key)
	}
	return nil
}

// Set puts a signed receipt on a reply, as a header before the first byte of the body is written. A stream carries it as an event
// instead: see [Receipt.Event].
func (r *Receipt) Set(h http.Header) { h.Set(HeaderReceipt, r.String()) }
