package wide

import (
	"errors"
	"fmt"
	"math/bits"
)

// maxDigits is the number of decimal digits of 2^128 - 1.
const maxDigits = 39

// Refusals of Parse.
var (
	ErrSyntax = errors.New("not a canonical decimal integer")
	ErrRange  = errors.New("does not fit 128 bits")
)

// Parse reads the canonical decimal form: digits only, no sign, no leading zero but for "0" itself.
// Anything else is ErrSyntax; a number of 2^128 or more is ErrRange.
func Parse(s string) (U128, error) {
	if len(s) > maxDigits {
		// The text is not echoed: it may be of any length.
		return U128{}, fmt.Errorf("decimal integer of %d digits, at most %d: %w", len(s), maxDigits, ErrRange)
	}
	if s == "" || (len(s) > 1 && s[0] == '0') {
		return U128{}, fmt.Errorf("decimal integer %q: %w", s, ErrSyntax)
	}
	var v U128
	for i := range len(s) {
		d := s[i] - '0'
		if d > 9 {
			return U128{}, fmt.Errorf("decimal integer %q: %w", s, ErrSyntax)
		}
		next, _, ok := v.MulDiv(10, From64(1))
		if !ok {
			return U128{}, fmt.Errorf("decimal integer %q: %w", s, ErrRange)
		}
		var overflow bool
		if v, overflow = next.Add(From64(uint64(d))); overflow {
			return U128{}, fmt.Errorf("decimal integer %q: %w", s, ErrRange)
		}
	}
	return v, nil
}

// append writes the decimal form behind b.
func (a U128) append(b []byte) []byte {
	var buf [maxDigits]byte
	i := len(buf)
	for {
		hi := a.Hi / 10
		lo, r := bits.Div64(a.Hi%10, a.Lo, 10)
		i--
		buf[i] = '0' + byte(r)
		a = U128{Hi: hi, Lo: lo}
		if a.IsZero() {
			return append(b, buf[i:]...)
		}
	}
}

// String is the canonical decimal form.
func (a U128) String() string { return string(a.append(nil)) }

// MarshalText is the canonical decimal form.
func (a U128) MarshalText() ([]byte, error) { return a.append(nil), nil }

// UnmarshalText reads what Parse reads.
func (a *U128) UnmarshalText(b []byte) error {
	v, err := Parse(string(b))
	if err != nil {
		return err
	}
	*a = v
	return nil
}

// MarshalJSON is the decimal form as a JSON string: JSON numbers lose digits in many readers.
func (a U128) MarshalJSON() ([]byte, error) {
	return append(a.append([]byte{'"'}), '"'), nil
}

// UnmarshalJSON reads a JSON string with the decimal form.
func (a *U128) UnmarshalJSON(b []byte) error {
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return fmt.Errorf("128-bit integer must be a JSON string of decimal digits: %w", ErrSyntax)
	}
	return a.UnmarshalText(b[1 : len(b)-1])
}

// Marshal, MarshalTo, Size and Unmarshal make U128 a gogoproto custom type of a string field.
func (a U128) Marshal() ([]byte, error) { return a.append(nil), nil }

// MarshalTo writes the decimal form at the start of b, which holds at least Size bytes.
func (a *U128) MarshalTo(b []byte) (int, error) {
	text := a.append(nil)
	if len(b) < len(text) {
		return 0, fmt.Errorf("buffer of %d bytes for %d digits: %w", len(b), len(text), ErrLength)
	}
	return copy(b, text), nil
}

// Size is the number of decimal digits.
func (a *U128) Size() int { return len(a.append(nil)) }

// Unmarshal reads the decimal form; an empty field is 0, as in proto3.
func (a *U128) Unmarshal(b []byte) error {
	if len(b) == 0 {
		*a = U128{}
		return nil
	}
	return a.UnmarshalText(b)
}
