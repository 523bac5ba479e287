package bpe

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

var contractions = []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}

// Split cuts text into words as GPT-2 does; joined they are the text again. The pattern is
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
func Split(text string, word func(string)) {
	for text != "" {
		n := wordLen(text)
		word(text[:n])
		text = text[n:]
	}
}

func wordLen(s string) int {
	for _, c := range contractions {
		if strings.HasPrefix(s, c) {
			return len(c)
		}
	}
	start := 0
	if s[0] == ' ' {
		start = 1
	}
	for _, in := range []func(rune) bool{unicode.IsLetter, unicode.IsNumber, isOther} {
		if n := run(s[start:], in); n > 0 {
			return start + n
		}
	}
	// White space. Before a word its last rune is left to that word, unless it is all there is.
	n := run(s, unicode.IsSpace)
	if n == len(s) {
		return n
	}
	if _, last := utf8.DecodeLastRuneInString(s[:n]); last < n {
		return n - last
	}
	return n
}

func isOther(r rune) bool { return !unicode.IsSpace(r) && !unicode.IsLetter(r) && !unicode.IsNumber(r) }

// run is the length of the longest beginning of s whose runes are all in a class.
func run(s string, in func(rune) bool) int {
	for i, r := range s {
		if !in(r) {
			return i
		}
	}
	return len(s)
}
