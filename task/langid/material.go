package langid

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"unicode"

	"github.com/agon-chain/agon/task"
)

// minLetters is the least number of letters in a phrase: shorter ones ("de", "la")
// belong to several languages at once.
const minLetters = 4

// phrase is a place in the material.
type phrase struct {
	Language string `json:"language"`
	Doc      string `json:"doc"`
	Text     int    `json:"text"`  // index in the document
	Start    int    `json:"start"` // index of the first word
	Words    int    `json:"words"`
}

// material is documents cut to words, by language.
type material struct {
	languages []string // ordered
	texts     map[string][]wordText
	total     map[string]int // words of the language
	byPlace   map[place][]string
}

type wordText struct {
	place
	words []string
}

type place struct {
	doc  string
	text int
}

// newMaterial cuts the documents of the languages. Every language must have a text
// of at least needWords words.
func newMaterial(docs []task.Document, languages []string, needWords int) (*material, error) {
	m := &material{
		languages: languages,
		texts:     map[string][]wordText{},
		total:     map[string]int{},
		byPlace:   map[place][]string{},
	}
	known := map[string]bool{}
	for _, l := range languages {
		known[l] = true
	}
	docs = append([]task.Document(nil), docs...)
	sort.Slice(docs, func(i, j int) bool { return docs[i].ID < docs[j].ID })
	for _, d := range docs {
		if !known[d.Label] {
			continue
		}
		for i, text := range d.Texts {
			words := cutWords(text)
			if len(words) == 0 {
				continue
			}
			at := place{d.ID, i}
			m.texts[d.Label] = append(m.texts[d.Label], wordText{at, words})
			m.total[d.Label] += len(words)
			m.byPlace[at] = words
		}
	}
	for _, l := range languages {
		longest := 0
		for _, t := range m.texts[l] {
			longest = max(longest, len(t.words))
		}
		if longest < needWords {
			return nil, fmt.Errorf("langid: %w: the longest text in %s has %d words, want %d", task.ErrNoMaterial, l, longest, needWords)
		}
	}
	return m, nil
}

// cutWords splits a text at white space and drops what has no letter.
func cutWords(text string) []string {
	fields := strings.Fields(text)
	words := fields[:0]
	for _, w := range fields {
		if strings.ContainsFunc(w, unicode.IsLetter) {
			words = append(words, w)
		}
	}
	return words
}

// draw picks a phrase of the language, every place about equally likely. If the
// material has no text of n words the phrase is as long as the longest text.
func (m *material) draw(rng *rand.Rand, language string, n int) phrase {
	texts := m.texts[language]
	best := phrase{Language: language}
	for range 64 {
		at := rng.IntN(m.total[language])
		i := 0
		for at >= len(texts[i].words) {
			at -= len(texts[i].words)
			i++
		}
		t := texts[i]
		p := phrase{Language: language, Doc: t.doc, Text: t.text, Start: at, Words: min(n, len(t.words)-at)}
		if p.Words == n && letters(m.words(p)) >= minLetters {
			return p
		}
		if p.Words > best.Words {
			best = p
		}
	}
	for _, t := range texts {
		if len(t.words) >= n || len(t.words) > best.Words {
			best = phrase{Language: language, Doc: t.doc, Text: t.text, Words: min(n, len(t.words))}
			if best.Words == n {
				break
			}
		}
	}
	return best
}

// near moves a phrase by a word and lets it grow or shrink by one, within bounds:
// what was hard there is probably hard here, and the text is another. It reports
// false if the place is not in the material.
func (m *material) near(rng *rand.Rand, p phrase, minWords, maxWords int) (phrase, bool) {
	words, ok := m.byPlace[place{p.Doc, p.Text}]
	if !ok || len(words) < minWords {
		return phrase{}, false
	}
	q := p
	q.Words = min(max(p.Words+rng.IntN(3)-1, minWords), maxWords, len(words))
	q.Start = min(max(p.Start+rng.IntN(3)-1, 0), len(words)-q.Words)
	if letters(m.words(q)) < minLetters {
		return phrase{}, false
	}
	return q, true
}

// words returns a copy of the phrase's words; nil if the place is not there.
func (m *material) words(p phrase) []string {
	all := m.byPlace[place{p.Doc, p.Text}]
	if p.Start < 0 || p.Words < 0 || p.Start > len(all) || p.Words > len(all)-p.Start {
		return nil
	}
	return append([]string(nil), all[p.Start:p.Start+p.Words]...)
}

func letters(words []string) int {
	n := 0
	for _, w := range words {
		for _, r := range w {
			if unicode.IsLetter(r) {
				n++
			}
		}
	}
	return n
}
