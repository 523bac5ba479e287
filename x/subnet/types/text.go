package types

import (
	"encoding/json"
	"unicode/utf8"

	errorsmod "cosmossdk.io/errors"
)

// Bounds of texts, in bytes.
const (
	MaxName        = 64
	MaxDescription = 1024
	MaxURL         = 256
	MaxContact     = 256
	MaxSymbol      = 12
	MaxTaskKind    = 64
	MaxTaskParams  = 8192
	MaxRegion      = 64
	MaxHardware    = 128
	MaxServedName  = 128
)

// checkText refuses a text that is too long, is no UTF-8, or holds characters that hide or reorder what people see.
// Which characters those are is listed here and not taken from a Unicode table, which could differ between two builds
// of the chain. lines allows line feeds.
func checkText(kind *errorsmod.Error, field, s string, least, most int, lines bool) error {
	if len(s) < least || len(s) > most {
		return errorsmod.Wrapf(kind, "%s has %d bytes, want %d to %d", field, len(s), least, most)
	}
	if !utf8.ValidString(s) {
		return errorsmod.Wrapf(kind, "%s is not UTF-8", field)
	}
	for i, r := range s {
		if (r == '\n' && lines) || !hidden(r) {
			continue
		}
		return errorsmod.Wrapf(kind, "%s has the unprintable character U+%04X at byte %d: remove it", field, r, i)
	}
	if s != "" && (s[0] == ' ' || s[len(s)-1] == ' ') {
		return errorsmod.Wrapf(kind, "%s %q begins or ends with a space: remove it", field, s)
	}
	return nil
}

// hidden says whether r is a control character, a line separator, or one that changes the direction of text.
func hidden(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r <= 0x9f,
		r == 0x200b, r == 0x200e, r == 0x200f, r == 0xfeff,
		r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x2069:
		return true
	}
	return false
}

// checkSite accepts an empty text or the address of a page: http or https and printable ASCII.
func checkSite(kind *errorsmod.Error, field, s string) error {
	if s == "" {
		return nil
	}
	if len(s) > MaxURL {
		return errorsmod.Wrapf(kind, "%s has %d bytes, want at most %d", field, len(s), MaxURL)
	}
	_, rest, ok := cutScheme(s)
	if !ok || rest == "" || rest[0] == '/' {
		return errorsmod.Wrapf(kind, "%s is %q, want http:// or https:// and a host", field, s)
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return errorsmod.Wrapf(kind, "%s has the byte 0x%02x at %d, want printable ASCII without spaces", field, s[i], i)
		}
	}
	return nil
}

// CheckSymbol accepts the ticker of a subnet's token: 1 to MaxSymbol of A-Z and 0-9. Errors: ErrInvalidSymbol.
func CheckSymbol(symbol string) error {
	ok := len(symbol) >= 1 && len(symbol) <= MaxSymbol
	for i := range len(symbol) {
		c := symbol[i]
		ok = ok && (c >= 'A' && c <= 'Z' || c >= '0' && c <= '9')
	}
	if !ok {
		return errorsmod.Wrapf(ErrInvalidSymbol, "symbol is %.*q, want 1 to %d of A-Z and 0-9", 2*MaxSymbol, symbol, MaxSymbol)
	}
	return nil
}

// CheckTaskKind accepts the name of a kind of expertise: 1 to MaxTaskKind of a-z, 0-9, '-' and '/', with a letter first.
// Errors: ErrInvalidTask.
func CheckTaskKind(kind string) error {
	ok := len(kind) >= 1 && len(kind) <= MaxTaskKind && kind[0] >= 'a' && kind[0] <= 'z'
	for i := range len(kind) {
		c := kind[i]
		ok = ok && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '/')
	}
	if !ok {
		return errorsmod.Wrapf(ErrInvalidTask, "task_kind is %.*q, want 1 to %d of a-z, 0-9, '-' and '/', a letter first",
			2*MaxTaskKind, kind, MaxTaskKind)
	}
	return nil
}

// CheckTaskParams accepts an empty text or a JSON object of at most MaxTaskParams bytes. What is in the object is the
// business of the task. Errors: ErrInvalidTask.
func CheckTaskParams(params string) error {
	if len(params) > MaxTaskParams {
		return errorsmod.Wrapf(ErrInvalidTask, "task_params has %d bytes, want at most %d", len(params), MaxTaskParams)
	}
	if params == "" {
		return nil
	}
	if params[0] != '{' || !utf8.ValidString(params) || !json.Valid([]byte(params)) {
		return errorsmod.Wrap(ErrInvalidTask, "task_params is no JSON object, want one that begins with '{', or nothing for the task's defaults")
	}
	return nil
}

// CheckText refuses a text of another length than least to most bytes, or one that hides or reorders what people see. lines allows line feeds. The
// error is of the kind given.
func CheckText(kind *errorsmod.Error, field, s string, least, most int, lines bool) error {
	return checkText(kind, field, s, least, most, lines)
}
