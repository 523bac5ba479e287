package types

import (
	"crypto/sha256"
	"encoding/binary"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

const (
	// HashSize is the length of a hash, in bytes.
	HashSize = sha256.Size
	// MinSalt is the least length of a salt, in bytes: there are three verdicts, so only the salt keeps one secret.
	MinSalt = 16
	// MaxSalt is the largest length of a salt, in bytes.
	MaxSalt = 64
)

const domainVote = "agon/dispute/vote/v1"

// Vote is all that a judge's commit binds. The salt keeps it secret until the reveal; case and hotkey keep a commit from being copied
// by another judge or used in another case.
type Vote struct {
	CaseID   uint64
	Hotkey   sdk.AccAddress // the judge's, whichever key signs for it
	Verdict  Verdict
	Evidence []byte // hash of what the judge saw itself, HashSize bytes
	Salt     []byte // MinSalt to MaxSalt bytes
}

// Hash is SHA-256 over domain, case (8), hotkey (length 4, bytes), verdict (1), evidence (length 4, bytes) and salt (length 4, bytes).
func (v Vote) Hash() [HashSize]byte {
	b := make([]byte, 0, len(domainVote)+8+4+len(v.Hotkey)+1+4+len(v.Evidence)+4+len(v.Salt))
	b = append(b, domainVote...)
	b = binary.BigEndian.AppendUint64(b, v.CaseID)
	for i, part := range [][]byte{v.Hotkey, v.Evidence, v.Salt} {
		if i == 1 {
			b = append(b, byte(v.Verdict))
		}
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	return sha256.Sum256(b)
}

// validVerdict refuses what no judge can say. Errors: ErrInvalidVote.
func validVerdict(v Verdict) error {
	if v < Verdict_VERDICT_GUILTY || v > Verdict_VERDICT_CANNOT_TELL {
		return errorsmod.Wrapf(ErrInvalidVote, "verdict is %d, want %d (guilty), %d (not guilty) or %d (cannot tell)",
			v, Verdict_VERDICT_GUILTY, Verdict_VERDICT_NOT_GUILTY, Verdict_VERDICT_CANNOT_TELL)
	}
	return nil
}

func hashField(kind *errorsmod.Error, field string, hash []byte) error {
	if len(hash) != HashSize {
		return errorsmod.Wrapf(kind, "%s has %d bytes, want %d", field, len(hash), HashSize)
	}
	return nil
}
