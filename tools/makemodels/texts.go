package main

import (
	"path/filepath"

	"github.com/agon-chain/agon/lm/train/bpe"
	"github.com/agon-chain/agon/lm/train/corpus"
)

// texts are all that is trained and measured on.
type texts struct {
	training []corpus.Document // speeches
	heldOut  []corpus.Document // speeches and Brown's texts
	vocab    *bpe.Vocabulary
}

func readTexts(dir string) (texts, error) {
	var t texts
	speeches, err := corpus.Sotu(filepath.Join(dir, "sotu"))
	if err != nil {
		return t, err
	}
	brown, err := corpus.Brown(filepath.Join(dir, "brown"))
	if err != nil {
		return t, err
	}
	t.training, t.heldOut = corpus.Split(speeches)
	_, held := corpus.Split(brown)
	t.heldOut = append(t.heldOut, held...)
	var all []string
	for _, d := range t.training {
		all = append(all, d.Text)
	}
	t.vocab, err = bpe.Train(all, vocabulary)
	return t, err
}

// tokens encodes documents.
func (t texts) tokens(docs []corpus.Document) [][]int32 {
	out := make([][]int32, len(docs))
	for i, d := range docs {
		out[i] = t.vocab.Encode(d.Text)
	}
	return out
}

// size is the number of bytes of documents.
func size(docs []corpus.Document) int {
	n := 0
	for _, d := range docs {
		n += len(d.Text)
	}
	return n
}
