package main

import (
	"math"
	"sync"

	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/lm/quant"
	"github.com/agon-chain/agon/lm/train"
	"github.com/agon-chain/agon/lm/train/corpus"
)

// Loss is what a model pays for a set of texts.
type Loss struct {
	Set           string  `json:"set"`
	About         string  `json:"about"`
	Texts         int     `json:"texts"`
	Bytes         int     `json:"bytes"`
	Tokens        int     `json:"tokens"`
	NatsPerToken  float64 `json:"nats_per_token"`
	BitsPerByte   float64 `json:"bits_per_byte"`
	PerplexityTok float64 `json:"perplexity_per_token"`
}

// measure is a model's loss on each held-out set. Every text is scored once, and counts in each set that it is in.
func (m *maker) measure(p *train.Params) ([]Loss, error) {
	docs := corpus.Where(m.texts.heldOut, func(d corpus.Document) bool {
		for _, set := range heldOut {
			if set.keep(d) {
				return true
			}
		}
		return false
	})
	scores, errs := make([]train.Score, len(docs)), make([]error, len(docs))
	next := make(chan int, len(docs))
	for i := range docs {
		next <- i
	}
	close(next)
	var wait sync.WaitGroup
	for range max(1, m.workers) {
		pass, err := train.NewPass(p.Config)
		if err != nil {
			return nil, err
		}
		wait.Go(func() {
			for i := range next {
				tokens := m.texts.tokens(docs[i : i+1])
				scores[i], errs[i] = pass.Evaluate(p, tokens, m.texts.vocab.End(), p.Config.Context)
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	var out []Loss
	for _, set := range heldOut {
		l, nats := Loss{Set: set.name, About: set.about}, 0.0
		for i, d := range docs {
			if set.keep(d) {
				l.Texts++
				l.Bytes += len(d.Text)
				l.Tokens += scores[i].Tokens
				nats += scores[i].Nats
			}
		}
		l.NatsPerToken = round(nats / float64(l.Tokens))
		l.BitsPerByte = round(nats / math.Ln2 / float64(l.Bytes))
		l.PerplexityTok = round(math.Exp(nats / float64(l.Tokens)))
		out = append(out, l)
	}
	return out, nil
}

// round keeps four decimals.
func round(x float64) float64 { return math.Round(x*1e4) / 1e4 }

// rounded are the weights as a file of a type holds them.
func rounded(p *train.Params, kind gguf.TensorType) (*train.Params, error) {
	q := p.Copy()
	for _, t := range q.Tensors {
		if t.Rows == 1 {
			continue
		}
		data, err := quant.Encode(kind, t.Data)
		if err != nil {
			return nil, err
		}
		if err := quant.Decode(kind, t.Data, data); err != nil {
			return nil, err
		}
	}
	return q, nil
}
