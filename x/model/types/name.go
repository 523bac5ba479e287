package types

import (
	"strings"

	errorsmod "cosmossdk.io/errors"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Bounds of texts, in bytes.
const (
	MinName         = 3
	MaxName         = 48
	MaxAbout        = 1024
	MaxArchitecture = 64
	MaxQuantization = 32
	MaxEngine       = 64
	MaxReason       = 256
)

// CheckName accepts the name of a model: MinName to MaxName of a-z, 0-9 and '-', a letter first, no '-' last or twice in a row. Names that
// differ only in how hyphens look are one name or none. Errors: ErrInvalidName.
func CheckName(field, name string) error {
	ok := len(name) >= MinName && len(name) <= MaxName && name[0] >= 'a' && name[0] <= 'z' && name[len(name)-1] != '-' && !strings.Contains(name, "--")
	for i := range len(name) {
		c := name[i]
		ok = ok && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-')
	}
	if !ok {
		return errorsmod.Wrapf(ErrInvalidName, "%s is %.*q, want %d to %d of a-z, 0-9 and '-', a letter first and no '-' last or twice in a row", field, 2*MaxName, name, MinName, MaxName)
	}
	return nil
}

// CheckVersion accepts the name of a model and a number that one of its versions could have. Errors: ErrInvalidName, ErrVersionNotFound.
func CheckVersion(field, model string, number uint32) error {
	if err := CheckName(field, model); err != nil {
		return err
	}
	if number == 0 {
		return errorsmod.Wrapf(ErrVersionNotFound, "%s@0; versions are numbered from 1", model)
	}
	return nil
}

func checkAbout(about string) error {
	return subnettypes.CheckText(ErrInvalidText, "about", about, 0, MaxAbout, true)
}
