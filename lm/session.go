package lm

import (
	"context"
	"fmt"
)

// DefaultBatch is how many tokens go through a layer together.
const DefaultBatch = 32

// outputs is how many tokens' logits are computed together: enough to read the large output matrix seldom.
const outputs = 8

// Session is one sequence of tokens with its keys and values. It is for one goroutine at a time; others have their own.
type Session struct {
	model *Model
	cache *cache
	used  int
	limit int // tokens of this sequence, at most
	batch int

	x, norm, q, k, v, heads, gate, up, scratch, logits rows
	cos, sin, scores                                   []float32
}

// SessionOptions bound a session.
type SessionOptions struct {
	// Context is the most tokens of the sequence; 0, or more than the model's, for the model's own.
	Context int
	// Batch is how many tokens go through a layer together, for speed and memory, never for the result; 0 for DefaultBatch.
	Batch int
}

// NewSession begins an empty sequence. Memory for keys and values grows with the sequence.
func (m *Model) NewSession(o SessionOptions) *Session {
	c := m.Config
	s := &Session{model: m, limit: c.Context, batch: o.Batch, cache: newCache(c.Layers, c.KVHeads*c.HeadDim)}
	if o.Context > 0 {
		s.limit = min(o.Context, c.Context)
	}
	if s.batch <= 0 {
		s.batch = DefaultBatch
	}
	s.batch = min(s.batch, s.limit)
	n, wide := s.batch, max(c.Dim, c.Hidden, c.Heads*c.HeadDim)
	s.x, s.norm = newRows(n, c.Dim), newRows(n, c.Dim)
	s.q, s.heads = newRows(n, c.Heads*c.HeadDim), newRows(n, c.Heads*c.HeadDim)
	s.k, s.v = newRows(n, c.KVHeads*c.HeadDim), newRows(n, c.KVHeads*c.HeadDim)
	s.gate, s.up, s.scratch = newRows(n, c.Hidden), newRows(n, c.Hidden), newRows(n, wide)
	s.cos, s.sin = make([]float32, c.RopeDim/2), make([]float32, c.RopeDim/2)
	s.logits = newRows(min(n, outputs), c.Vocabulary)
	return s
}

// Len is the number of tokens of the sequence.
func (s *Session) Len() int { return s.used }

// Context is the most tokens that the sequence may have.
func (s *Session) Context() int { return s.limit }

// Truncate forgets all but the first n tokens. It does nothing if there are no more.
func (s *Session) Truncate(n int) { s.used = min(s.used, max(n, 0)) }

// Prefill adds tokens, in batches, and returns the logits of what follows the last: one number a token of the vocabulary,
// valid until the next call. The result is that of Decode for each, bit for bit. ErrEmpty, ErrToken, ErrContextFull, or
// the context's error, with the batches before it kept.
func (s *Session) Prefill(ctx context.Context, tokens []int) ([]float32, error) {
	if len(tokens) == 0 {
		return nil, fmt.Errorf("prefill: %w", ErrEmpty)
	}
	last := len(tokens) - 1
	err := s.Each(ctx, tokens, last, func(int, []float32) error { return nil })
	if err != nil {
		return nil, err
	}
	return s.logits.row(0), nil
}

// Decode adds one token; see Prefill.
func (s *Session) Decode(token int) ([]float32, error) {
	return s.Prefill(context.Background(), []int{token})
}

// Each adds tokens and calls do with the logits of what follows tokens[i] for each i >= from, in order. The logits are
// valid during the call. An error of do ends it and is returned.
func (s *Session) Each(ctx context.Context, tokens []int, from int, do func(i int, logits []float32) error) error {
	for i, t := range tokens {
		if t < 0 || t >= s.model.Config.Vocabulary {
			return fmt.Errorf("token %d at %d, the vocabulary has %d: %w", t, i, s.model.Config.Vocabulary, ErrToken)
		}
	}
	if len(tokens) > s.limit-s.used {
		return fmt.Errorf("%d tokens after %d, the context has room for %d: %w", len(tokens), s.used, s.limit, ErrContextFull)
	}
	for at := 0; at < len(tokens); at += s.batch {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(s.batch, len(tokens)-at)
		s.forward(tokens[at : at+n])
		for first := max(from-at, 0); first < n; first += outputs {
			k := min(outputs, n-first)
			s.project(first, k)
			for i := range k {
				if err := do(at+first+i, s.logits.row(i)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// forward takes a batch of tokens through all layers and adds it to the sequence; s.x is what comes out.
func (s *Session) forward(tokens []int) {
	m, c, n := s.model, s.model.Config, len(tokens)
	s.cache.grow(s.used+n, s.used, s.limit)
	if len(s.scores) < s.cache.room {
		s.scores = aligned(s.cache.room)
	}
	for i, t := range tokens {
		copy(s.x.row(i), m.embedding.w[t*c.Dim:(t+1)*c.Dim])
	}
	eps := float32(c.NormEps)
	for l := range m.layers {
		w := &m.layers[l]
		for i := range n {
			rmsNorm(s.norm.row(i), s.x.row(i), w.attnNorm, eps)
		}
		w.q.apply(s.q, s.norm, s.scratch, n)
		w.k.apply(s.k, s.norm, s.scratch, n)
		w.v.apply(s.v, s.norm, s.scratch, n)
		for i := range n {
			m.rope.angles(s.used+i, s.cos, s.sin)
			m.rope.turn(s.q.row(i), c.HeadDim, s.cos, s.sin)
			m.rope.turn(s.k.row(i), c.HeadDim, s.cos, s.sin)
			s.cache.put(l, s.used+i, s.k.row(i), s.v.row(i))
		}
		for i := range n {
			s.cache.attend(l, c, s.q.row(i), s.heads.row(i), s.scores, s.used+i+1)
		}
		w.o.apply(s.norm, s.heads, s.scratch, n)
		for i := range n {
			add(s.x.row(i), s.norm.row(i))
			rmsNorm(s.norm.row(i), s.x.row(i), w.ffnNorm, eps)
		}
		w.gate.apply(s.gate, s.norm, s.scratch, n)
		w.up.apply(s.up, s.norm, s.scratch, n)
		for i := range n {
			swiGLU(s.gate.row(i), s.up.row(i))
		}
		w.down.apply(s.norm, s.gate, s.scratch, n)
		for i := range n {
			add(s.x.row(i), s.norm.row(i))
		}
	}
	s.used += n
}

// project sets the first n rows of s.logits to those of the last batch's rows from first on.
func (s *Session) project(first, n int) {
	m := s.model
	for i := range n {
		rmsNorm(s.norm.row(i), s.x.row(first+i), m.outputNorm, float32(m.Config.NormEps))
	}
	m.output.apply(s.logits, s.norm, s.scratch, n)
}
