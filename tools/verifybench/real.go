package main

import (
	"context"

	"github.com/agon-chain/agon/lm"
	"github.com/agon-chain/agon/lm/sample"
)

// engine is a model file by this project's own engine.
type engine struct {
	model *lm.Model
	end   int // id of the end token, or -1
}

func (e engine) generate(ctx context.Context, prompt []int, s sample.Sampler, n int) (answer, error) {
	session := e.model.NewSession(lm.SessionOptions{})
	logits, err := session.Prefill(ctx, prompt)
	if err != nil {
		return answer{}, err
	}
	var a answer
	for i := range n {
		id, p := s.Pick(logits, i)
		a.tokens, a.claimed = append(a.tokens, id), append(a.claimed, p)
		if id == e.end {
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

func (e engine) logits(ctx context.Context, prompt, completion []int) ([][]float32, error) {
	if len(completion) == 0 {
		return nil, nil
	}
	tokens := append(append([]int(nil), prompt...), completion[:len(completion)-1]...)
	rows := make([][]float32, 0, len(completion))
	err := e.model.NewSession(lm.SessionOptions{}).Each(ctx, tokens, len(prompt)-1, func(_ int, row []float32) error {
		rows = append(rows, append([]float32(nil), row...))
		return nil
	})
	return rows, err
}
