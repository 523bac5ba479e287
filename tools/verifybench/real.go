package main

import (
	"context"

	"github.com/agon-chain/agon/lm"
	"github.com/agon-chain/agon/lm/sample"
	"github.com/agon-chain/agon/task/chat/engine"
)

// own is a model file by this project's own engine.
type own struct{ *engine.Engine }

func (o own) generate(ctx context.Context, prompt []int, s sample.Sampler, n int) (answer, error) {
	session := o.Model().NewSession(lm.SessionOptions{})
	logits, err := session.Prefill(ctx, prompt)
	if err != nil {
		return answer{}, err
	}
	var a answer
	for i := range n {
		id, p := s.Pick(logits, i)
		a.tokens, a.claimed = append(a.tokens, id), append(a.claimed, p)
		if o.End(id) {
			a.ended = true
			break
		}
		if i+1 < n {
			if logits, err = session.Decode(id); err != nil {
				return a, err
			}
		}
	}
	return a, nil
}

func (o own) logits(ctx context.Context, prompt, completion []int) ([][]float32, error) {
	return o.Logits(ctx, prompt, completion)
}
