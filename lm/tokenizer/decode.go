package tokenizer

import (
	"strings"
	"unicode/utf8"
)

// Piece is the bytes that a token stands for: none for control tokens and for what is no token. They may be a part of a
// character.
func (t *Tokenizer) Piece(id int) string {
	if id < 0 || id >= len(t.pieces) {
		return ""
	}
	return t.pieces[id]
}

// Decode is the text of tokens that go on after others.
func (t *Tokenizer) Decode(ids []int) string {
	var out strings.Builder
	for _, id := range ids {
		out.WriteString(t.Piece(id))
	}
	return out.String()
}

// DecodeWhole is the text of a whole sequence: Decode, less the space that Encode has put before it.
func (t *Tokenizer) DecodeWhole(ids []int) string {
	text := t.Decode(ids)
	if t.spacePrefix {
		text = strings.TrimPrefix(text, " ")
	}
	return text
}

// Stream joins pieces into text that never ends within a character. The zero value is ready.
type Stream struct{ held string }

// Push adds a piece and returns the text that is complete with it.
func (s *Stream) Push(piece string) string {
	text := s.held + piece
	n := len(text) - incomplete(text)
	s.held = text[n:]
	return text[:n]
}

// Flush returns what is left: the beginning of a character that never ended.
func (s *Stream) Flush() string {
	held := s.held
	s.held = ""
	return held
}

// incomplete is how many bytes at the end of text begin a character that more bytes could complete.
func incomplete(text string) int {
	for n := 1; n <= min(len(text), utf8.UTFMax-1); n++ {
		if tail := text[len(text)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRuneInString(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}
