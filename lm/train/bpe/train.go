package bpe

import (
	"errors"
	"fmt"
)

// ErrTrain is wrapped by every refusal to learn a vocabulary.
var ErrTrain = errors.New("vocabulary")

// The bounds of a vocabulary's size: the bytes, one merge and the end; and what token ids of small models allow.
const (
	MinSize = 258
	MaxSize = 1 << 16
)

// pair are two neighbouring tokens.
type pair struct{ left, right int32 }

func (p pair) less(q pair) bool {
	return p.left < q.left || p.left == q.left && p.right < q.right
}

// Train learns a vocabulary of size tokens from texts.
func Train(texts []string, size int) (*Vocabulary, error) {
	if size < MinSize || size > MaxSize {
		return nil, fmt.Errorf("%w: size is %d, must be from %d to %d", ErrTrain, size, MinSize, MaxSize)
	}
	l := newLearner(texts)
	v := newVocabulary()
	for len(v.text) < size-1 {
		best, ok := l.best()
		if !ok {
			return nil, fmt.Errorf("%w: the text has pairs for %d tokens, not for %d; give more text or ask for fewer", ErrTrain, len(v.text)+1, size)
		}
		l.merge(best, v.add(best))
	}
	v.text = append(v.text, EndOfText)
	return v, nil
}

// learner keeps the distinct words as tokens, how often each pair occurs in all text, and in which words.
type learner struct {
	words [][]int32
	times []int
	count map[pair]int
	where map[pair][]int32 // every word that has the pair, and some that no longer do
}

func newLearner(texts []string) *learner {
	l := &learner{count: map[pair]int{}, where: map[pair][]int32{}}
	index := map[string]int{}
	for _, text := range texts {
		Split(text, func(w string) {
			i, known := index[w]
			if !known {
				i = len(l.words)
				index[w] = i
				tokens := make([]int32, len(w))
				for j := range len(w) {
					tokens[j] = int32(w[j])
				}
				l.words, l.times = append(l.words, tokens), append(l.times, 0)
			}
			l.times[i]++
		})
	}
	for i := range l.words {
		l.note(i, 1)
	}
	return l
}

// note adds the pairs of word i to the counts, or takes them away.
func (l *learner) note(i, sign int) {
	w := l.words[i]
	for j := 1; j < len(w); j++ {
		p := pair{w[j-1], w[j]}
		l.count[p] += sign * l.times[i]
		if l.count[p] == 0 {
			delete(l.count, p)
			delete(l.where, p)
			continue
		}
		if at := l.where[p]; sign > 0 && (len(at) == 0 || at[len(at)-1] != int32(i)) {
			l.where[p] = append(at, int32(i))
		}
	}
}

// best is the most frequent pair, the smallest of them where several are.
func (l *learner) best() (best pair, ok bool) {
	most := 0
	for p, n := range l.count { // any order: the choice is of a total order
		if n > most || n == most && p.less(best) {
			best, most = p, n
		}
	}
	return best, most > 0
}

// merge replaces a pair by a new token in every word.
func (l *learner) merge(p pair, id int32) {
	for _, i := range l.where[p] {
		if merged := replace(l.words[i], p, id); len(merged) < len(l.words[i]) {
			l.note(int(i), -1)
			l.words[i] = merged
			l.note(int(i), 1)
		}
	}
}

// replace returns the tokens with each pair, from the left, replaced by id.
func replace(w []int32, p pair, id int32) []int32 {
	out := make([]int32, 0, len(w))
	for i := 0; i < len(w); i++ {
		if i+1 < len(w) && w[i] == p.left && w[i+1] == p.right {
			out = append(out, id)
			i++
		} else {
			out = append(out, w[i])
		}
	}
	return out
}
