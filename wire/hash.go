package wire

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

// HashSize is the width in bytes of every hash, tag and identity on the wire.
const HashSize = 32

// Hash is a SHA-256 digest.
type Hash = [HashSize]byte

// ChainIDHash is how receipts and certificates name a chain in a fixed width: SHA-256 of its id.
func ChainIDHash(chainID string) Hash { return sha256.Sum256([]byte(chainID)) }

// BodyHash is SHA-256 of a body exactly as HTTP carries it (sealed if it is sealed). For a request it is the question hash.
func BodyHash(body []byte) Hash { return sha256.Sum256(body) }

// text is the one spelling of binary values in headers. Strict refuses stray trailing bits, so that
// a value has a single spelling.
var text = base64.RawURLEncoding.Strict()

// decodeText reads exactly len(dst) bytes. The length is judged before decoding, so that the cost is bounded by the
// size expected and not by the size sent; line breaks, which the decoder would skip, fail that test too.
func decodeText(dst []byte, s string) error {
	if want := text.EncodedLen(len(dst)); len(s) != want {
		return fmt.Errorf("has %d characters, want %d of unpadded base64url", len(s), want)
	}
	n, err := text.Decode(dst, []byte(s))
	if err != nil {
		return fmt.Errorf("is not unpadded base64url: %w", err)
	}
	if n != len(dst) {
		return fmt.Errorf("holds %d bytes, want %d", n, len(dst))
	}
	return nil
}

// appendShort appends a 16-bit length and the bytes. Callers bound the length; a longer one would be ambiguous, so
// it is cut nowhere and checked by them.
func appendShort[T ~string | ~[]byte](b []byte, v T) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(v)))
	return append(b, v...)
}
