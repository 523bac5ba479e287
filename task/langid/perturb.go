package langid

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode"
)

// A perturbation changes a text in a way that must not change its language. It
// gets words of its own to change and says whether it did anything.
type perturbation struct {
	name  string
	apply func(rng *rand.Rand, language string, words []string) ([]string, bool)
}

// perturbations are applied at most one of each kind, in this order.
var perturbations = []perturbation{
	{"trim", trimWord},
	{"case", changeCase},
	{"strip", stripPunctuation},
	{"punctuation", addPunctuation},
	{"digits", addDigits},
	{"space", addSpace},
}

// reword joins words to a text, with one or two perturbations where perturb is
// true. It returns the names of those applied, in order.
func reword(rng *rand.Rand, language string, words []string, perturb bool) (string, []string) {
	var names []string
	if perturb {
		chosen := map[int]bool{}
		for range 1 + rng.IntN(2) {
			chosen[rng.IntN(len(perturbations))] = true
		}
		for i, p := range perturbations {
			if !chosen[i] {
				continue
			}
			if changed, ok := p.apply(rng, language, words); ok {
				words, names = changed, append(names, p.name)
			}
		}
	}
	text := strings.Join(words, " ")
	for len(text) > MaxTextBytes && len(words) > 1 {
		words = words[:len(words)-1]
		text = strings.Join(words, " ")
	}
	return text, names
}

// trimWord drops the first or last word of a phrase of four or more: fewer would
// make another question of it.
func trimWord(rng *rand.Rand, _ string, words []string) ([]string, bool) {
	if len(words) < 4 {
		return words, false
	}
	if rng.IntN(2) == 0 {
		return words[1:], true
	}
	return words[:len(words)-1], true
}

func changeCase(rng *rand.Rand, language string, words []string) ([]string, bool) {
	upper, lower := unicode.ToUpper, unicode.ToLower
	if language == "tur" || language == "azj" { // i and ı are two letters there
		upper, lower = unicode.TurkishCase.ToUpper, unicode.TurkishCase.ToLower
	}
	how := rng.IntN(3)
	changed := false
	for i, w := range words {
		var out string
		switch how {
		case 0:
			out = strings.Map(lower, w)
		case 1:
			out = strings.Map(upper, w)
		default:
			first := true
			out = strings.Map(func(r rune) rune {
				if first && unicode.IsLetter(r) {
					first = false
					return upper(r)
				}
				return lower(r)
			}, w)
		}
		changed = changed || out != w
		words[i] = out
	}
	return words, changed
}

// stripPunctuation removes punctuation at the edges of words, not inside, where it
// is spelling.
func stripPunctuation(_ *rand.Rand, _ string, words []string) ([]string, bool) {
	changed := false
	for i, w := range words {
		if out := strings.TrimFunc(w, unicode.IsPunct); out != "" && out != w {
			words[i], changed = out, true
		}
	}
	return words, changed
}

func addPunctuation(rng *rand.Rand, _ string, words []string) ([]string, bool) {
	marks := [][2]string{{"", "."}, {"", "!"}, {"", "…"}, {"", " -"}, {"\"", "\""}, {"(", ")"}, {"- ", ""}, {"... ", ""}, {"", ","}, {"[", "]"}}
	m := marks[rng.IntN(len(marks))]
	words[0] = m[0] + words[0]
	words[len(words)-1] += m[1]
	return words, true
}

func addDigits(rng *rand.Rand, _ string, words []string) ([]string, bool) {
	n := rng.IntN(2100)
	switch rng.IntN(4) {
	case 0:
		words[0] = fmt.Sprintf("%d %s", n, words[0])
	case 1:
		words[0] = fmt.Sprintf("%d. %s", n%40+1, words[0])
	case 2:
		words[len(words)-1] += fmt.Sprintf(" %d", n)
	default:
		words[len(words)-1] += fmt.Sprintf(" (%d)", n)
	}
	return words, true
}

func addSpace(rng *rand.Rand, _ string, words []string) ([]string, bool) {
	switch rng.IntN(4) {
	case 0:
		words[0] = "  " + words[0]
	case 1:
		words[len(words)-1] += "\n"
	case 2:
		words[rng.IntN(len(words))] += " "
	default:
		i := rng.IntN(len(words))
		words[i] = "\n" + words[i]
	}
	return words, true
}
