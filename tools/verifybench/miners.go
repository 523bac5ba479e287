package main

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/agon-chain/agon/lm/sample"
)

// collusion is the pair whose answers coincide.
const collusion = "colluding pair"

// miner is one way to answer, honest or not.
type miner struct {
	name   string
	honest bool
	slow   bool // to answer here
	// what says in a line what it does, limit what bounds the damage where no layer can see it.
	what, limit string
	answer      func(ctx context.Context, p probe) (answer, error)
}

// cast are the models that miners have: the pinned one, and those that cost less or are another's.
type cast struct {
	pinned model // as the validator has it
	// variants are honest: the same weights by other engines and precisions that the pin allows.
	variants map[string]model
	smaller  model // fewer parameters, same vocabulary
	heavier  model // the pinned weights, quantized further
	tuned    model // fine-tuned from the pinned weights
	end      int   // id of the end token, which a miner that stops early claims
}

// serve is a miner that answers with a model as it is.
func serve(m model) func(ctx context.Context, p probe) (answer, error) {
	return func(ctx context.Context, p probe) (answer, error) {
		a, err := m.generate(ctx, p.prompt, p.sampler, p.tokens)
		return honest(p, a), err
	}
}

// miners are all whose answers are judged.
func (c cast) miners() []miner {
	out := []miner{{name: "honest", honest: true, what: "the pinned file by the validator's engine", answer: serve(c.pinned)}}
	for _, name := range sortedKeys(c.variants) {
		_, slow := c.variants[name].(*peer)
		out = append(out, miner{name: "honest", honest: true, slow: slow, what: "the same weights by " + name, answer: serve(c.variants[name])})
	}
	return append(out,
		miner{name: "smaller model", what: "a model of a fraction of the parameters", answer: serve(c.smaller)},
		miner{name: "heavier quantization", what: "the pinned weights in q4_0", answer: serve(c.heavier)},
		miner{name: "fine-tune", what: "an expert that was trained on from the pinned weights", answer: serve(c.tuned)},
		miner{name: "cached answers", what: "the pinned model's answer to the same prompt under another seed, with its true numbers", answer: c.cached},
		miner{name: "early stop", what: "half the answer, called the model's own end", answer: c.early},
		miner{name: "padded usage", what: "a fifth more tokens in the bill", answer: c.padded},
		miner{name: "forged log-probabilities", what: "the right text, with a tenth of a nat of noise on each number, so that no other model need be asked", answer: c.forged},
		miner{name: "prefill attack", what: "text of the smaller model with the pinned model's numbers", answer: c.prefill},
		miner{name: "half of all callers", what: "the pinned model for who looks like a validator, the smaller one for others; as nothing tells them apart, it guesses", answer: c.guessing},
		miner{name: "one caller in five", what: "as above, with the smaller model for a fifth of the callers", answer: c.sometimes},
		miner{name: collusion, what: "one machine behind two uids that answers both with the first one's text", answer: c.cached},
		miner{
			name: "relay", what: "passes each call on to an honest miner", answer: serve(c.pinned),
			limit: "the answer is the pinned model's, and paid for twice; slower by a round trip, which latency notes; what it relays to can refuse it, and earns by it",
		},
	)
}

// cached draws under a seed of its own: what it once gave somebody else.
func (c cast) cached(ctx context.Context, p probe) (answer, error) {
	other := p.sampler
	other.Seed[31] ^= 0xff
	a, err := c.pinned.generate(ctx, p.prompt, other, p.tokens)
	return honest(p, a), err
}

// early gives half and claims that the model ended.
func (c cast) early(ctx context.Context, p probe) (answer, error) {
	a, err := c.pinned.generate(ctx, p.prompt, p.sampler, p.tokens/2)
	if err != nil {
		return a, err
	}
	if !a.ended {
		rows, err := c.pinned.logits(ctx, p.prompt, append(append([]int(nil), a.tokens...), c.end))
		if err != nil {
			return a, err
		}
		a.claimed = append(a.claimed, sample.LogProb(rows[len(a.tokens)], c.end))
		a.tokens, a.ended = append(a.tokens, c.end), true
	}
	return honest(p, a), nil
}

func (c cast) padded(ctx context.Context, p probe) (answer, error) {
	a, err := c.pinned.generate(ctx, p.prompt, p.sampler, p.tokens)
	a = honest(p, a)
	a.completionTokens += (len(a.tokens) + 4) / 5
	return a, err
}

func (c cast) forged(ctx context.Context, p probe) (answer, error) {
	a, err := c.pinned.generate(ctx, p.prompt, p.sampler, p.tokens)
	noise := rand.New(rand.NewPCG(uint64(p.number), 1))
	for i := range a.claimed {
		a.claimed[i] = min(a.claimed[i]+0.1*noise.NormFloat64(), 0)
	}
	return honest(p, a), err
}

func (c cast) prefill(ctx context.Context, p probe) (answer, error) {
	a, err := c.smaller.generate(ctx, p.prompt, p.sampler, p.tokens)
	if err != nil {
		return a, err
	}
	rows, err := c.pinned.logits(ctx, p.prompt, a.tokens)
	if err != nil {
		return a, err
	}
	for i, id := range a.tokens {
		a.claimed[i] = sample.LogProb(rows[i], id)
	}
	return honest(p, a), nil
}

func (c cast) guessing(ctx context.Context, p probe) (answer, error) { return c.cheapFor(ctx, p, 0.5) }

func (c cast) sometimes(ctx context.Context, p probe) (answer, error) {
	return c.cheapFor(ctx, p, 0.2)
}

func (c cast) cheapFor(ctx context.Context, p probe, share float64) (answer, error) {
	m := c.pinned
	if rand.New(rand.NewPCG(uint64(p.number), 2)).Float64() < share {
		m = c.smaller
	}
	a, err := m.generate(ctx, p.prompt, p.sampler, p.tokens)
	return honest(p, a), err
}

func sortedKeys(m map[string]model) []string { return slices.Sorted(maps.Keys(m)) }
