package tokenizer

import (
	"strings"
	"unicode/utf8"
)

// spaceMark is what SentencePiece writes for a space.
const spaceMark = "\u2581"

// Options say how a text is taken.
type Options struct {
	// Special recognises control tokens such as "<s>" in the text. Never for text that users write.
	Special bool
	// Continue is for text that goes on after other text: no BOS and no space before it.
	Continue bool
}

// Encode is the tokens of a text, with the BOS and EOS that the file asks for.
func (t *Tokenizer) Encode(text string, o Options) []int {
	var out []int
	if t.addBOS && t.bos >= 0 && !o.Continue {
		out = append(out, t.bos)
	}
	space := t.spacePrefix && !o.Continue
	for _, part := range t.cut(text, o.Special) {
		if part.id >= 0 {
			out = append(out, part.id)
			space = t.spacePrefix
			continue
		}
		switch {
		case t.words != nil:
			for _, w := range t.words(part.text) {
				out = t.encodeWord(out, w)
			}
		case space:
			out = t.encodePieces(out, " "+part.text)
		default:
			out = t.encodePieces(out, part.text)
		}
		space = false
	}
	if t.addEOS && t.eos >= 0 && !o.Continue {
		out = append(out, t.eos)
	}
	return out
}

// part is a special token, or text where id is -1.
type part struct {
	id   int
	text string
}

// cut finds special tokens: the longest ones first, throughout the text, as llama.cpp does.
func (t *Tokenizer) cut(text string, special bool) []part {
	if text == "" {
		return nil
	}
	parts := []part{{-1, text}}
	for _, id := range t.specials {
		if !special && t.kinds[id] != userDefined {
			continue
		}
		mark := t.texts[id]
		if !strings.Contains(text, mark) {
			continue
		}
		var next []part
		for _, p := range parts {
			for p.id < 0 {
				before, after, found := strings.Cut(p.text, mark)
				if !found {
					break
				}
				if before != "" {
					next = append(next, part{-1, before})
				}
				next = append(next, part{id, mark})
				p.text = after
			}
			if p.id >= 0 || p.text != "" {
				next = append(next, p)
			}
		}
		parts = next
	}
	return parts
}

// encodePieces is SentencePiece.
func (t *Tokenizer) encodePieces(out []int, text string) []int {
	text = strings.ReplaceAll(text, " ", spaceMark)
	pieces := join(characters(text), func(left, right string) (float64, bool) {
		id, ok := t.ids[left+right]
		if !ok {
			return 0, false
		}
		return -float64(t.scores[id]), true
	})
	for _, p := range pieces {
		if id, ok := t.ids[p]; ok {
			out = append(out, id)
			continue
		}
		for _, b := range []byte(p) {
			out = append(out, t.bytes[b])
		}
	}
	return out
}

// encodeWord is byte-level BPE.
func (t *Tokenizer) encodeWord(out []int, word string) []int {
	chars := make([]string, len(word))
	for i, b := range []byte(word) {
		chars[i] = string(printable[b])
	}
	if t.wholeWordsBefore {
		if id, ok := t.ids[strings.Join(chars, "")]; ok {
			return append(out, id)
		}
	}
	pieces := join(chars, func(left, right string) (float64, bool) {
		rank, ok := t.merges[[2]string{left, right}]
		return float64(rank), ok
	})
	for _, p := range pieces {
		if id, ok := t.ids[p]; ok {
			out = append(out, id)
			continue
		}
		for _, b := range []byte(fromPrintable(p)) {
			out = append(out, t.bytes[b])
		}
	}
	return out
}

// characters cuts text into characters; a byte that is no part of one stands alone (llama.cpp takes what follows it too, and
// then a space among it does not come back as one).
func characters(text string) []string {
	var out []string
	for text != "" {
		_, n := utf8.DecodeRuneInString(text)
		out = append(out, text[:n])
		text = text[n:]
	}
	return out
}
