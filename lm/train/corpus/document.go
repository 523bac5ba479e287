package corpus

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
)

// ErrCorpus is wrapped by every refusal of a corpus.
var ErrCorpus = errors.New("corpus")

// Document is one text of a corpus.
type Document struct {
	Name  string // of its file, without what follows the dot: the key of the split
	Year  int    // when it was written; 0 where the corpus does not say
	Genre string // as the corpus names it; "" where it has none
	Text  string // UTF-8, paragraphs separated by line feeds
}

// heldOutOneIn is how many texts there are to one that is held out, on average.
const heldOutOneIn = 10

// HeldOut says whether a text of this name is kept from every training: where the first eight bytes of the SHA-256 of
// "agon/held-out/v1/" and the name, taken as a big-endian number, are divisible by ten.
func HeldOut(name string) bool {
	sum := sha256.Sum256([]byte("agon/held-out/v1/" + name))
	return binary.BigEndian.Uint64(sum[:])%heldOutOneIn == 0
}

// Split parts documents into those to train on and those held out, in their order.
func Split(docs []Document) (training, heldOut []Document) {
	for _, d := range docs {
		if HeldOut(d.Name) {
			heldOut = append(heldOut, d)
		} else {
			training = append(training, d)
		}
	}
	return training, heldOut
}

// Where are the documents for which keep holds, in their order.
func Where(docs []Document, keep func(Document) bool) []Document {
	var kept []Document
	for _, d := range docs {
		if keep(d) {
			kept = append(kept, d)
		}
	}
	return kept
}
