package tokenizer

import "strings"

// printable is the character that byte-level vocabularies write for a byte: itself where it is a visible one of Latin-1,
// else one from U+0100 on, in order (Radford et al. 2019, bytes_to_unicode).
var printable = func() (table [256]rune) {
	next := rune(0x100)
	for b := range table {
		if b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae {
			table[b] = rune(b)
			continue
		}
		table[b] = next
		next++
	}
	return table
}()

var fromRune = func() map[rune]byte {
	out := map[rune]byte{}
	for b, r := range printable {
		out[r] = byte(b)
	}
	return out
}()

// fromPrintable is the bytes that a token of a byte-level vocabulary stands for. What no byte is written as stays itself.
func fromPrintable(text string) string {
	var out strings.Builder
	for _, r := range text {
		if b, ok := fromRune[r]; ok {
			out.WriteByte(b)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}
