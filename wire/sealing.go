package wire

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	domainSealRequest  = "agon/seal-request/v1"
	domainSealResponse = "agon/seal-response/v1"

	sealVersion = 1
	sealEnc     = 1088 + 32 // an ML-KEM-768 ciphertext, then an X25519 share
	sealSalt    = 32
	aeadTag     = 16

	// SealedOverhead is what sealing adds to a request's body.
	SealedOverhead = 1 + sealEnc + aeadTag

	// ContentTypeSealed is the content type of a sealed body.
	ContentTypeSealed = "application/vnd.agon.sealed"
)

// The suite is fixed by the version byte: HPKE base mode, ML-KEM-768 with X25519, HKDF-SHA-256, AES-256-GCM.
func sealSuite() (hpke.KDF, hpke.AEAD) { return hpke.HKDFSHA256(), hpke.AES256GCM() }

// SealBinding is what a sealed body is bound to: it opens only where chain, recipient, method and path are the same.
func SealBinding(chainID, to, method, path string) []byte {
	h := sha256.New()
	for _, s := range []string{chainID, to, method, path} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	return h.Sum(nil)
}

// SealRequest seals a body to a miner and returns what opens its reply. Sign the sealed bytes, not the plain ones. The length
// of the plaintext shows; pad it where that matters. The miner itself reads the plaintext.
func SealRequest(to SealingPublic, binding, plaintext []byte) ([]byte, *ResponseOpener, error) {
	pub, err := hpke.MLKEM768X25519().NewPublicKey(to[:])
	if err != nil {
		return nil, nil, fmt.Errorf("%w: sealing key: %w", ErrKey, err)
	}
	kdf, aead := sealSuite()
	enc, sender, err := hpke.NewSender(pub, kdf, aead, []byte(domainSealRequest))
	if err != nil {
		return nil, nil, fmt.Errorf("seal request: %w", err)
	}
	ct, err := sender.Seal(binding, plaintext)
	if err != nil {
		return nil, nil, fmt.Errorf("seal request: %w", err)
	}
	secret, err := sender.Export(domainSealResponse, 32)
	if err != nil {
		return nil, nil, fmt.Errorf("seal request: %w", err)
	}
	out := append(make([]byte, 0, 1+len(enc)+len(ct)), sealVersion)
	return append(append(out, enc...), ct...), &ResponseOpener{secret: secret}, nil
}

// OpenRequest opens what [SealRequest] sealed and returns what seals the reply. Errors: [ErrSealed], [ErrKey].
func OpenRequest(key SealingKey, binding, sealed []byte) ([]byte, *ResponseSealer, error) {
	priv, err := key.open()
	if err != nil {
		return nil, nil, err
	}
	if len(sealed) < SealedOverhead {
		return nil, nil, fmt.Errorf("%w: %d bytes, want at least %d", ErrSealed, len(sealed), SealedOverhead)
	}
	if sealed[0] != sealVersion {
		return nil, nil, fmt.Errorf("%w: version %d, want %d", ErrSealed, sealed[0], sealVersion)
	}
	kdf, aead := sealSuite()
	rcpt, err := hpke.NewRecipient(sealed[1:1+sealEnc], priv, kdf, aead, []byte(domainSealRequest))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: encapsulated key: %w", ErrSealed, err)
	}
	plain, err := rcpt.Open(binding, sealed[1+sealEnc:])
	if err != nil {
		return nil, nil, fmt.Errorf("%w: sealed to another key, or for another chain, recipient, method or path", ErrSealed)
	}
	secret, err := rcpt.Export(domainSealResponse, 32)
	if err != nil {
		return nil, nil, fmt.Errorf("open request: %w", err)
	}
	s := &ResponseSealer{}
	rand.Read(s.salt[:]) //nolint:errcheck // crypto/rand.Read never returns an error: it ends the program instead
	if s.aead, err = responseAEAD(secret, s.salt[:]); err != nil {
		return nil, nil, err
	}
	return plain, s, nil
}

// responseAEAD makes a reply's own key: the salt is fresh for each, so a request that is answered twice uses no nonce twice.
func responseAEAD(secret, salt []byte) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, secret, salt, domainSealResponse+"/key", 32)
	if err != nil {
		return nil, fmt.Errorf("derive response key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("derive response key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("derive response key: %w", err)
	}
	return aead, nil
}

// record flags; the flag is authenticated with its event.
const (
	recordMore = 0
	recordEnd  = 1
)

func recordNonce(n uint64) []byte {
	var b [12]byte
	binary.BigEndian.PutUint64(b[4:], n)
	return b[:]
}

var errSealEnded = errors.New("sealed stream has ended")

// ResponseSealer seals a reply as records: one for a whole body, or one per event of a stream. Order and end are
// authenticated. Not safe for concurrent use.
type ResponseSealer struct {
	aead  cipher.AEAD
	salt  [sealSalt]byte
	next  uint64
	ended bool
}

// Seal seals the next event; end says that it is the last (its event may be empty). The first record begins with the salt.
func (s *ResponseSealer) Seal(event []byte, end bool) ([]byte, error) {
	if s.ended {
		return nil, errSealEnded
	}
	var out []byte
	if s.next == 0 {
		out = append(out, s.salt[:]...)
	}
	flag := byte(recordMore)
	if end {
		flag, s.ended = recordEnd, true
	}
	out = append(out, flag)
	out = s.aead.Seal(out, recordNonce(s.next), event, []byte{flag})
	s.next++
	return out, nil
}

// ResponseOpener opens the records of a reply in order. After an error it opens nothing more. Not safe for concurrent use.
type ResponseOpener struct {
	secret []byte
	aead   cipher.AEAD
	next   uint64
	ended  bool
	failed error
}

// Open opens the next record and says whether it is the authenticated end. Errors: [ErrSealed].
func (o *ResponseOpener) Open(record []byte) (event []byte, end bool, err error) {
	if o.failed != nil {
		return nil, false, o.failed
	}
	defer func() { o.failed = err }()
	if o.ended {
		return nil, false, fmt.Errorf("%w: record %d after the end", ErrSealed, o.next)
	}
	if o.next == 0 {
		if len(record) < sealSalt {
			return nil, false, fmt.Errorf("%w: first record has %d bytes, want at least %d", ErrSealed, len(record), sealSalt+1+aeadTag)
		}
		if o.aead, err = responseAEAD(o.secret, record[:sealSalt]); err != nil {
			return nil, false, err
		}
		record = record[sealSalt:]
	}
	if len(record) < 1+aeadTag || record[0] > recordEnd {
		return nil, false, fmt.Errorf("%w: record %d of %d bytes, want a flag of 0 or 1 and at least %d more", ErrSealed, o.next, len(record), aeadTag)
	}
	event, err = o.aead.Open(nil, recordNonce(o.next), record[1:], record[:1])
	if err != nil {
		return nil, false, fmt.Errorf("%w: record %d is forged, reordered or of another reply", ErrSealed, o.next)
	}
	o.next++
	o.ended = record[0] == recordEnd
	return event, o.ended, nil
}

// Close says whether the reply was whole. Errors: [ErrTruncated], or what Open failed with.
func (o *ResponseOpener) Close() error {
	if o.failed != nil {
		return o.failed
	}
	if !o.ended {
		return fmt.Errorf("%w: after %d records", ErrTruncated, o.next)
	}
	return nil
}
