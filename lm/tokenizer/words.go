package tokenizer

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The rules below are regular expressions of other programs; Go's have no lookahead, so each alternative is a function that
// returns how many bytes of the text it takes, 0 for none. The first that takes something wins.

type rule func(text string) int

func cutBy(text string, rules ...rule) []string {
	var out []string
	for text != "" {
		_, n := utf8.DecodeRuneInString(text) // what no rule takes stands alone
		for _, r := range rules {
			if took := r(text); took > 0 {
				n = took
				break
			}
		}
		out = append(out, text[:n])
		text = text[n:]
	}
	return out
}

func other(r rune) bool { return !unicode.IsSpace(r) && !unicode.IsLetter(r) && !unicode.IsNumber(r) }

func newline(r rune) bool { return r == '\r' || r == '\n' }

// run is the length of the beginning of text whose characters all fit, at most limit characters.
func run(text string, fits func(rune) bool, limit int) int {
	n := 0
	for limit > 0 && n < len(text) {
		r, size := utf8.DecodeRuneInString(text[n:])
		if !fits(r) {
			break
		}
		n += size
		limit--
	}
	return n
}

const unlimited = math.MaxInt

// contraction: 's|'t|'re|'ve|'m|'ll|'d
func contraction(text string) int {
	for _, c := range []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"} {
		if strings.HasPrefix(text, c) {
			return len(c)
		}
	}
	return 0
}

// contractionAnyCase is contraction in either case.
func contractionAnyCase(text string) int {
	n := min(len(text), 3)
	head := []byte(text[:n])
	for i, b := range head {
		if b >= 'A' && b <= 'Z' {
			head[i] = b + 'a' - 'A'
		}
	}
	return contraction(string(head))
}

// afterSpace: an optional space and one or more that fit.
func afterSpace(fits func(rune) bool) rule {
	return func(text string) int {
		space := 0
		if text[0] == ' ' {
			space = 1
		}
		if n := run(text[space:], fits, unlimited); n > 0 {
			return space + n
		}
		return 0
	}
}

// spaces: \s+(?!\S)|\s+ takes all of a run of spaces but the last where a word follows, and a single one whole.
func spaces(text string) int {
	n := run(text, unicode.IsSpace, unlimited)
	if n == 0 || n == len(text) {
		return n
	}
	_, last := utf8.DecodeLastRuneInString(text[:n])
	if n > last {
		return n - last
	}
	return n
}

// lines: \s*[\r\n]+ takes a run of spaces up to its last line break.
func lines(text string) int {
	n := run(text, unicode.IsSpace, unlimited)
	return strings.LastIndexAny(text[:n], "\r\n") + 1
}

// lettersAfterMark: [^\r\n\p{L}\p{N}]?\p{L}+
func lettersAfterMark(text string) int {
	r, size := utf8.DecodeRuneInString(text)
	if unicode.IsLetter(r) || newline(r) || unicode.IsNumber(r) {
		size = 0
	}
	if n := run(text[size:], unicode.IsLetter, unlimited); n > 0 {
		return size + n
	}
	return 0
}

// marks: " ?[^\s\p{L}\p{N}]+[\r\n]*"
func marks(text string) int {
	n := afterSpace(other)(text)
	if n == 0 {
		return 0
	}
	return n + run(text[n:], newline, unlimited)
}

func digits(limit int) rule {
	return func(text string) int { return run(text, unicode.IsNumber, limit) }
}

func gpt2Words(text string) []string {
	return cutBy(text, contraction, afterSpace(unicode.IsLetter), afterSpace(unicode.IsNumber), afterSpace(other), spaces)
}

func llama3Words(text string) []string {
	return cutBy(text, contractionAnyCase, lettersAfterMark, digits(3), marks, lines, spaces)
}

func qwen2Words(text string) []string {
	return cutBy(text, contractionAnyCase, lettersAfterMark, digits(1), marks, lines, spaces)
}

// defaultWords is what llama.cpp does for a file that does not say how: runs of punctuation first, then gpt-2's words, then
// digits by themselves and in threes.
func defaultWords(text string) []string {
	punctuation := func(r rune) bool { return unicode.IsPunct(r) || strings.ContainsRune("$+<=>^~|", r) }
	ascii := func(r rune) bool { return r >= '0' && r <= '9' }
	var out []string
	for _, part := range between(text, func(s string) int { return run(s, punctuation, unlimited) }) {
		for _, word := range gpt2Words(part) {
			for _, number := range between(word, digits(unlimited)) {
				out = append(out, between(number, func(s string) int {
					if n := run(s, ascii, 3); n == 3 {
						return n
					}
					return 0
				})...)
			}
		}
	}
	return out
}

// between cuts a text at what a rule takes, which stands alone, and leaves what lies between whole.
func between(text string, r rule) []string {
	var out []string
	from := 0
	for at := 0; at < len(text); {
		n := r(text[at:])
		if n == 0 {
			_, size := utf8.DecodeRuneInString(text[at:])
			at += size
			continue
		}
		if from < at {
			out = append(out, text[from:at])
		}
		out = append(out, text[at:at+n])
		at += n
		from = at
	}
	if from < len(text) {
		out = append(out, text[from:])
	}
	return out
}
