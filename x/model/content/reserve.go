package content

import (
	"crypto/sha256"
	"encoding/binary"
)

const (
	domainReserve = "agon/content-reserve/v1"
	// MinSalt and MaxSalt bound a reservation's salt, in bytes. A short one could be guessed by who guesses the root.
	MinSalt = 16
	MaxSalt = 64
)

// ReserveHash is what claims a root without showing it: SHA-256 over domain, the owner's address with its length, root and salt. It
// binds the owner, so that who copies it has nothing.
func ReserveHash(owner []byte, root Hash, salt []byte) Hash {
	b := append([]byte(domainReserve), binary.BigEndian.AppendUint16(nil, uint16(len(owner)))...)
	b = append(append(b, owner...), root[:]...)
	return sha256.Sum256(append(b, salt...))
}
