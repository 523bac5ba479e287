package bpe

import "unicode/utf8"

// EndOfText is how the last token is written.
const EndOfText = "<|endoftext|>"

// Vocabulary encodes text as tokens. It may be used by several goroutines at once.
type Vocabulary struct {
	merges []merge
	rank   map[pair]int // of a merge: the smaller, the earlier
	text   []string     // of each token, raw bytes; all different
	ids    map[string]int32
}

// merge is a pair and the token that it becomes.
type merge struct {
	pair
	id int32
}

// newVocabulary returns the bytes.
func newVocabulary() *Vocabulary {
	v := &Vocabulary{rank: map[pair]int{}, ids: map[string]int32{}}
	for b := range 256 {
		v.text = append(v.text, string([]byte{byte(b)}))
		v.ids[v.text[b]] = int32(b)
	}
	return v
}

// add appends a merge and returns its token: a new one, unless another pair has spelt the same before.
func (v *Vocabulary) add(p pair) int32 {
	text := v.text[p.left] + v.text[p.right]
	id, known := v.ids[text]
	if !known {
		id = int32(len(v.text))
		v.ids[text] = id
		v.text = append(v.text, text)
	}
	v.rank[p] = len(v.merges)
	v.merges = append(v.merges, merge{p, id})
	return id
}

// Size is the number of tokens.
func (v *Vocabulary) Size() int { return len(v.text) }

// End is the token that stands at the end of a text, and before its beginning.
func (v *Vocabulary) End() int32 { return int32(len(v.text) - 1) }

// Encode returns the tokens of a text. EndOfText in a text is spelt, not meant.
func (v *Vocabulary) Encode(text string) []int32 {
	var out []int32
	known := map[string][]int32{}
	Split(text, func(w string) {
		tokens, ok := known[w]
		if !ok {
			tokens = v.word(w)
			known[w] = tokens
		}
		out = append(out, tokens...)
	})
	return out
}

// word merges the bytes of one word, at each step the pair that was learnt first, from the left.
func (v *Vocabulary) word(w string) []int32 {
	tokens := make([]int32, len(w))
	for i := range len(w) {
		tokens[i] = int32(w[i])
	}
	for {
		at, first := -1, 0
		for i := 1; i < len(tokens); i++ {
			if r, ok := v.rank[pair{tokens[i-1], tokens[i]}]; ok && (at < 0 || r < first) {
				at, first = i-1, r
			}
		}
		if at < 0 {
			return tokens
		}
		tokens[at] = v.merges[first].id
		tokens = append(tokens[:at+1], tokens[at+2:]...)
	}
}

// Decode returns the text of tokens; the end of a text has none. A token out of the vocabulary is left out.
func (v *Vocabulary) Decode(tokens []int32) string {
	var out []byte
	for _, t := range tokens {
		if t >= 0 && t < v.End() {
			out = append(out, v.text[t]...)
		}
	}
	return string(out)
}

// Strings are the tokens as GGUF's array tokenizer.ggml.tokens has them: each byte as a printable rune.
func (v *Vocabulary) Strings() []string {
	out := make([]string, v.Size())
	for i, t := range v.text {
		out[i] = printable(t)
	}
	out[v.End()] = EndOfText
	return out
}

// Merges are the merges as GGUF's array tokenizer.ggml.merges has them: two tokens with a blank between.
func (v *Vocabulary) Merges() []string {
	out := make([]string, len(v.merges))
	for i, m := range v.merges {
		out[i] = printable(v.text[m.left]) + " " + printable(v.text[m.right])
	}
	return out
}

// byteRunes is GPT-2's table: a byte that Latin-1 prints is its own rune, the rest follow from U+0100 on.
var byteRunes = func() (table [256]rune) {
	next := rune(256)
	for b := range table {
		if r := rune(b); r >= '!' && r <= '~' || r >= '¡' && r <= '¬' || r >= '®' {
			table[b] = r
		} else {
			table[b] = next
			next++
		}
	}
	return table
}()

func printable(s string) string {
	var out []byte
	for i := range len(s) {
		out = utf8.AppendRune(out, byteRunes[s[i]])
	}
	return string(out)
}
