package train

// Score is how well a model foretells texts.
type Score struct {
	Nats   float64 // sum of -ln p over all tokens
	Tokens int
}

// Evaluate scores documents: each is followed by `end`, cut into windows of at most length tokens, and every window is
// fed with `end` first, as in training. So the early tokens of a window are foretold from little, which is part of the
// figure; longer windows give lower ones.
func (p *Pass) Evaluate(w *Params, docs [][]int32, end int32, length int) (Score, error) {
	var sum Score
	for _, doc := range docs {
		doc = append(append([]int32(nil), doc...), end)
		for len(doc) > 0 {
			n := min(length, len(doc))
			b := Batch{Seqs: 1, Len: n, Input: append([]int32{end}, doc[:n-1]...), Target: doc[:n]}
			nats, tokens, err := p.Loss(w, b)
			if err != nil {
				return Score{}, err
			}
			sum.Nats += nats
			sum.Tokens += tokens
			doc = doc[n:]
		}
	}
	return sum, nil
}
